import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sessionMiddleware, type WithSession, withSession } from '../../src/adapters/node.ts'
import {
  ask,
  expectSaved,
  type Handler,
  listen,
  newSessions,
  send,
  writing,
} from './node-servers.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)

afterEach(() => {
  errors.mockClear()
})

describe('what goes wrong', () => {
  it('a change after the first write is refused, since it would be lost', async () => {
    const seen: unknown[] = []
    const answer = await ask((request, response) => {
      request.session.set('a', 1)
      response.write('body')
      try {
        request.session.set('b', 2)
      } catch (error) {
        seen.push(error)
      }
      response.end()
    })
    expectSaved(answer)
    expect(seen).toEqual([expect.objectContaining({ code: 'already-settled' })])
  })

  it.each<[string, Handler]>([
    [
      'at once',
      () => {
        throw new Error('thrown')
      },
    ],
    [
      'later',
      async () => {
        await null
        throw new Error('thrown')
      },
    ],
  ])('a handler that throws %s answers 500 and keeps the session', async (_, fails) => {
    const answer = await ask((request, response) => {
      request.session.set('user', 'Ada')
      response.setHeader('Content-Length', '5')
      response.setHeader('X-Of-The-View', 'yes')
      return fails(request, response)
    })
    expect(answer).toMatchObject({ status: 500, body: '' })
    expect(answer.headers['x-of-the-view']).toBeUndefined()
    expectSaved(answer)
    expect(errors).toHaveBeenCalledOnce()
  })

  it.each<[string, () => unknown]>([
    [
      'at once',
      () => {
        throw new Error('thrown')
      },
    ],
    ['later', () => Promise.reject(new Error('thrown'))],
  ])('a handler that throws %s after the headers breaks the answer off', async (_, fails) => {
    const answered = ask((__, response) => {
      response.setHeader('Content-Length', '10')
      response.write('half')
      return fails()
    })
    await expect(answered).rejects.toThrow()
  })

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['end', (response) => response.end('a body of the view')],
    ['write', (response) => response.write('a body of the view')],
    ['writeHead', (response) => response.writeHead(201, 'Made', { 'Content-Length': 18 })],
    ['flushHeaders', (response) => response.flushHeaders()],
    ['pipe', (response) => Readable.from(['a body']).pipe(response)],
    ['pipeline', (response) => pipeline(Readable.from(['a body']), response)],
  ])('what cannot be saved is a 500 without a cookie, at %s', async (_, then) => {
    const port = await listen(
      withSession(newSessions(), async (request, response) => {
        if (request.url === '/fine') return response.end('fine')
        request.session.set('f', () => 0)
        response.setHeader('Set-Cookie', 'of-the-view=1')
        return then(response)
      }),
    )
    const answer = await send(port)
    expect(answer).toMatchObject({ status: 500, message: 'Internal Server Error', body: '' })
    expect(answer.cookies).toEqual([])
    expect(errors).toHaveBeenCalledWith(expect.objectContaining({ code: 'not-serializable' }))
    expect((await send(port, { path: '/fine' })).body).toBe('fine')
  })

  it('leaves wrong arguments of writeHead to Node', async () => {
    const answer = await ask(writing((response) => response.writeHead(9999)))
    expect(answer).toMatchObject({ status: 500, cookies: [], body: '' })
  })

  it('in a middleware, what cannot be saved is thrown at who answers', async () => {
    const middleware = sessionMiddleware(newSessions())
    const seen: unknown[] = []
    const port = await listen((request, response) =>
      middleware(request, response, () => {
        ;(request as WithSession<IncomingMessage>).session.set('f', Symbol('no'))
        try {
          response.end('never')
        } catch (error) {
          seen.push(error)
          response.statusCode = 503
          response.end()
        }
      }),
    )
    expect(await send(port)).toMatchObject({ status: 503, cookies: [] })
    expect(seen).toEqual([expect.objectContaining({ code: 'not-serializable' })])
  })

  it.each([
    '',
    ';;;===',
    '__Host-session',
    '__Host-session=',
    '__Host-session=....',
    '__Host-session="\\777\\"; x',
    `__Host-session=${'.'.repeat(8000)}`,
    `__Host-session=${'A'.repeat(43)}.B.C`,
    '%F0%28; __proto__=1; __Host-session=%%%',
  ])('a garbage cookie is a new session: %#', async (cookie) => {
    const answer = await ask(
      (request, response) => {
        const { isNew } = request.session
        request.session.set('fresh', true)
        response.end(String(isNew))
      },
      { headers: { cookie } },
    )
    expect(answer).toMatchObject({ status: 200, body: 'true' })
    expectSaved(answer)
  })
})
