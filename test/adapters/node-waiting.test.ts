// A response that is held back, among clients that go away and other middleware.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sessionMiddleware, type WithSession, withSession } from '../../src/adapters/node.ts'
import { expectSaved, listen, send, writing } from './node-servers.ts'
import { ask, DOWN, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)

expectNoRejections()
afterEach(() => {
  errors.mockClear()
})

describe('while the store is asked', () => {
  it('headers may still be set after a pipe, before its data', async () => {
    const source = new PassThrough()
    const { slow, next } = slowSessions()
    const port = await listen(
      withSession(slow, (request, response) => {
        request.session.set('user', 'Ada')
        source.pipe(response)
        response.setHeader('X-After', 'yes')
      }),
    )
    const answered = send(port)
    ;(await next()).done()
    await tick()
    source.end('ok')
    const answer = await answered
    expectSaved(answer)
    expect(answer).toMatchObject({ body: 'ok', headers: { 'x-after': 'yes' } })
  })

  it('a pipe that has brought nothing yet is refused at its first data', async () => {
    const source = new PassThrough()
    const { slow, next } = slowSessions()
    const port = await listen(
      withSession(slow, (request, response) => {
        request.session.set('user', 'Ada')
        source.pipe(response)
      }),
    )
    const answered = send(port)
    ;(await next()).fail(DOWN)
    await tick()
    source.end('ok')
    expect(await answered).toMatchObject({ status: 503, cookies: [] })
  })

  it('a client that goes away breaks nothing, whatever the store says', async () => {
    const { slow, next } = slowSessions()
    const closed: string[] = []
    const port = await listen(
      withSession(slow, (request, response) => {
        request.session.set('user', 'Ada')
        response.on('close', () => closed.push('close'))
        response.write('a')
        response.end('b')
      }),
    )
    for (const answer of ['done', 'fail'] as const) {
      const request = http.request({ host: '127.0.0.1', port }).on('error', () => {})
      request.end()
      const stored = await next()
      request.destroy()
      await vi.waitFor(() => expect(closed.splice(0)).toEqual(['close']))
      stored[answer](DOWN as never)
      await tick()
    }
    expect(errors).not.toHaveBeenCalled()
  })

  it('a handler that throws after it has answered harms no answer', async () => {
    const answer = await ask(
      writing((response) => {
        response.end('ok')
        throw new Error('late')
      }),
    )
    expectSaved(answer)
    expect(answer.body).toBe('ok')
    expect(errors).toHaveBeenCalledOnce()
  })

  it('a server that closes lets it go out', async () => {
    const { slow, next } = slowSessions()
    const server = http.createServer(
      withSession(
        slow,
        writing((response) => response.end('ok')),
      ),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const answered = send((server.address() as AddressInfo).port)
    const { done } = await next()
    server.close()
    await tick()
    done()
    expectSaved(await answered)
  })

  it('pipelined requests are answered in their order', async () => {
    const { slow, next } = slowSessions()
    const port = await listen(
      withSession(
        slow,
        writing((response) => response.end(`page ${response.req.url}`)),
      ),
    )
    const socket = net.connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    const [first, second] = [await next(), await next()]
    second.done()
    await tick()
    expect(text).toBe('')
    first.done()
    await vi.waitFor(() => expect(text).toContain('page /2'))
    expect(text.indexOf('page /1')).toBeLessThan(text.indexOf('page /2'))
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    socket.destroy()
  })
})

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

describe('among other middleware', () => {
  /** As compression does: it stands in write and end, and asks Node for the headers first. */
  const shouting: Middleware = (_, response, next) => {
    const { write, end } = response
    const old = response as unknown as { _header: unknown; _implicitHeader(): void }
    const head = () => {
      if (!old._header) old._implicitHeader()
    }
    response.write = ((chunk: string, ...rest: never[]) => {
      head()
      return Reflect.apply(write, response, [chunk.toUpperCase(), ...rest])
    }) as never
    response.end = ((chunk?: string, ...rest: never[]) => {
      head()
      return Reflect.apply(end, response, [chunk?.toUpperCase(), ...rest])
    }) as never
    next()
  }

  it.each(['before', 'behind'])('that stands in write and end, %s the sessions', async (where) => {
    const { slow, next } = slowSessions()
    const ours = sessionMiddleware(slow)
    const [first, second] = where === 'before' ? [shouting, ours] : [ours, shouting]
    const port = await listen((request, response) =>
      first(request, response, () =>
        second(request, response, () => {
          ;(request as WithSession<IncomingMessage>).session.set('a', 1)
          response.write('one ')
          response.write('two ')
          response.end('three')
        }),
      ),
    )
    const answered = send(port)
    ;(await next()).done()
    const answer = await answered
    expectSaved(answer)
    expect(answer.body).toBe('ONE TWO THREE')
  })

  it('two sessions are stored one after the other, and both cookies arrive', async () => {
    const first = slowSessions()
    const second = slowSessions()
    const outer = sessionMiddleware(first.slow)
    const inner = sessionMiddleware(second.slow)
    const port = await listen((request, response) =>
      outer(request, response, () => {
        const { session } = request as WithSession<IncomingMessage>
        inner(request, response, () => {
          session.set('a', 1)
          ;(request as WithSession<IncomingMessage>).session.set('b', 2)
          response.end('ok')
        })
      }),
    )
    const answered = send(port)
    ;(await second.next()).done()
    ;(await first.next()).done()
    expect((await answered).cookies).toHaveLength(2)
  })

  it('HTTP/2 in its compatible form', async () => {
    const { slow, next } = slowSessions()
    const middleware = sessionMiddleware(slow)
    const server = http2.createServer((request, response) => {
      middleware(request, response, () => {
        ;(request as unknown as WithSession<IncomingMessage>).session.set('a', 1)
        response.write('o')
        expect(response.headersSent).toBe(true)
        response.end('k')
        expect(response.writableEnded).toBe(true)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (const answer of ['done', 'fail'] as const) {
      const stream = client.request({ ':path': '/' })
      let body = ''
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      const headers = new Promise<http2.IncomingHttpHeaders>((resolve) =>
        stream.on('response', resolve),
      )
      const ended = new Promise((resolve) => stream.on('end', resolve))
      ;(await next())[answer](DOWN as never)
      const status = (await headers)[':status' as never]
      await ended
      expect([status, body.includes('ok')]).toEqual(answer === 'done' ? [200, true] : [503, false])
    }
    client.close()
    server.close()
  })
})
