// A response that is held back, where a compressing middleware stands before the sessions or behind.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { sessionMiddleware } from '../../src/adapters/node.ts'
import { chain, type Last, type Middleware, PIECES, PROBLEM, writing } from './chains.ts'
import { compressing } from './compressing.ts'
import { newSessions, send } from './node-servers.ts'
import { DOWN, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

expectNoRejections()

describe('compression behind the sessions', () => {
  const ways: [name: string, last: Last][] = [
    ['an end', ({ session }, response) => session.set('a', 1) && response.end('of the handler')],
    ['writes', writing],
    [
      'a flush of the headers',
      ({ session }, response) => {
        session.set('a', 1)
        response.flushHeaders()
        response.end('of the handler')
      },
    ],
    [
      'a stream',
      ({ session }, response) => {
        session.set('a', 1)
        Readable.from(PIECES).pipe(response)
      },
    ],
  ]

  it.each(ways)('has no part in the answer to a store that fails, after %s', async (_, last) => {
    const { slow, next } = slowSessions()
    const answered = send(await chain(sessionMiddleware(slow), compressing, last))
    ;(await next()).fail(DOWN)
    const answer = await answered
    expect(answer.status).toBe(503)
    expect(answer.headers['content-encoding']).toBeUndefined()
    expect(JSON.parse(answer.body)).toMatchObject(PROBLEM)
  })

  it('cannot write into an answer that comes later', async () => {
    const { slow, next } = slowSessions()
    const middleware = sessionMiddleware(slow, {
      unavailable: async (_error, _request, response) => {
        for (let turn = 0; turn < 20; turn++) await tick()
        response.end('sorry')
      },
    })
    const answered = send(await chain(middleware, compressing, writing))
    ;(await next()).fail(DOWN)
    expect(await answered).toMatchObject({ status: 503, body: 'sorry' })
  })

  it.each(ways)('brings the whole body of a session that is stored, after %s', async (_, last) => {
    const { slow, next } = slowSessions()
    const port = await chain(sessionMiddleware(slow), compressing, last)
    const answered = fetch(`http://127.0.0.1:${port}/`)
    ;(await next()).done()
    const body = await (await answered).text()
    expect(['of the handler', PIECES.join('')]).toContain(body)
  })
})

it('a compressing middleware alone is what these tests think it is', async () => {
  const port = await chain(compressing, sessionMiddleware(newSessions()), (_, response) =>
    Readable.from(PIECES).pipe(response),
  )
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  expect(answer.headers.get('content-encoding')).toBe('gzip')
  expect(await answer.text()).toBe(PIECES.join(''))
})

describe('compression before the sessions', () => {
  const streams: [name: string, last: Last][] = [
    [
      'a pipe',
      ({ session }, response) => {
        session.set('a', 1)
        Readable.from(PIECES).pipe(response)
      },
    ],
    [
      'a pipeline',
      ({ session }, response) => {
        session.set('a', 1)
        return pipeline(Readable.from(PIECES), response)
      },
    ],
    [
      'whoever listens once',
      ({ session }, response) => {
        session.set('a', 1)
        response.once('drain', () => response.end(PIECES.slice(1).join('')))
        response.write(PIECES[0])
      },
    ],
    [
      'whoever has listened all along',
      ({ session }, response) => {
        const rest = [...PIECES]
        const go = () => {
          while (rest.length > 0 && response.write(rest.shift()));
          if (rest.length === 0) response.off('drain', go).end()
        }
        response.on('drain', go)
        session.set('a', 1)
        go()
      },
    ],
  ]

  it.each(streams)('lets a stream go on once the session is stored: %s', async (_, last) => {
    const { slow, next } = slowSessions()
    const port = await chain(compressing, sessionMiddleware(slow), last)
    const answered = fetch(`http://127.0.0.1:${port}/`)
    ;(await next()).done()
    expect(await (await answered).text()).toBe(PIECES.join(''))
  })

  it.each(streams.slice(2))('lets it go on where the store fails: %s', async (_, last) => {
    const { slow, next } = slowSessions()
    const port = await chain(compressing, sessionMiddleware(slow), last)
    const answered = fetch(`http://127.0.0.1:${port}/`)
    ;(await next()).fail(DOWN)
    expect(await (await answered).json()).toMatchObject(PROBLEM)
  })

  it('is flushed when the handler says so, though the session is stored later', async () => {
    const { slow, next } = slowSessions()
    let go = () => {}
    const port = await chain(compressing, sessionMiddleware(slow), ({ session }, response) => {
      const { flush } = response as unknown as { flush(): void }
      session.set('a', 1)
      response.write('an event')
      flush()
      go = () => response.end()
    })
    const answered = fetch(`http://127.0.0.1:${port}/`)
    ;(await next()).done()
    const reader = (await answered).body?.getReader()
    const first = await reader?.read()
    expect(new TextDecoder().decode(first?.value)).toBe('an event')
    go()
  })

  it('has nothing to flush of a handler that is not answered for', async () => {
    const { slow, next } = slowSessions()
    const port = await chain(compressing, sessionMiddleware(slow), ({ session }, response) => {
      const flush = () => (response as unknown as { flush(): void }).flush()
      flush()
      session.set('a', 1)
      response.write('an event')
      flush()
      response.end()
      flush()
    })
    const answered = fetch(`http://127.0.0.1:${port}/`)
    ;(await next()).fail(DOWN)
    expect(await (await answered).json()).toMatchObject(PROBLEM)
  })

  it('tells nobody twice', async () => {
    const { slow, next } = slowSessions()
    let told = 0
    const taking: Middleware = (_, response, go) => {
      const { on } = response
      response.on = ((...args: never[]) => Reflect.apply(on, response, args)) as never
      go()
    }
    const port = await chain(taking, sessionMiddleware(slow), ({ session }, response) => {
      session.set('a', 1)
      response.on('drain', () => {
        told += 1
        response.end()
      })
      response.write('a')
    })
    const answered = send(port)
    ;(await next()).done()
    expect((await answered).body).toBe('a')
    expect(told).toBe(1)
  })
})
