// A response that is held back, where two sessions or a compressing middleware stand in its way too.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { sessionMiddleware, type WithSession } from '../../src/adapters/node.ts'
import { compressing } from './compressing.ts'
import { listen, newSessions, send } from './node-servers.ts'
import { DOWN, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

expectNoRejections()

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void
type Last = (request: WithSession<IncomingMessage>, response: ServerResponse) => unknown

const PROBLEM = { type: 'urn:sojourn:problem:store-unavailable', status: 503 }
const PIECES = Array.from({ length: 20 }, (_, at) => `line ${at};`)

/** One in front of the other, and a handler behind both. */
const chain = (first: Middleware, second: Middleware, last: Last) =>
  listen((request, response) =>
    first(request, response, () =>
      second(request, response, () => last(request as WithSession<IncomingMessage>, response)),
    ),
  )

const writing: Last = ({ session }, response) => {
  session.set('user', 'Ada')
  response.write('of the ')
  response.end('handler')
}

describe('two sessions on one response', () => {
  async function start(last: Last) {
    const outer = slowSessions()
    const inner = slowSessions()
    const first = sessionMiddleware(outer.slow)
    const touched: Middleware = (request, response, next) =>
      first(request, response, () => {
        ;(request as WithSession<IncomingMessage>).session.set('a', 1)
        next()
      })
    const port = await chain(touched, sessionMiddleware(inner.slow), last)
    return { outer, inner, port }
  }

  it('the inner one that fails is a whole answer, with the cookie of the outer one', async () => {
    const { outer, inner, port } = await start(writing)
    const answered = send(port)
    ;(await inner.next()).fail(DOWN)
    ;(await outer.next()).done()
    const answer = await answered
    expect(answer.status).toBe(503)
    expect(answer.cookies).toHaveLength(1)
    expect(JSON.parse(answer.body)).toMatchObject(PROBLEM)
  })

  it('the outer one that fails keeps the cookie of the inner one, which is stored', async () => {
    const { outer, inner, port } = await start(writing)
    const answered = send(port)
    ;(await inner.next()).done()
    ;(await outer.next()).fail(DOWN)
    const answer = await answered
    expect(answer.status).toBe(503)
    expect(answer.cookies).toHaveLength(1)
    expect(JSON.parse(answer.body)).toMatchObject(PROBLEM)
  })

  it('both that fail are one answer', async () => {
    const { outer, inner, port } = await start(writing)
    const answered = send(port)
    ;(await inner.next()).fail(DOWN)
    ;(await outer.next()).fail(DOWN)
    const answer = await answered
    expect(answer).toMatchObject({ status: 503, cookies: [] })
    expect(JSON.parse(answer.body)).toMatchObject(PROBLEM)
  })

  it('a stream waits for both, whichever fails', async () => {
    for (const failing of ['outer', 'inner'] as const) {
      const { outer, inner, port } = await start(({ session }, response) => {
        session.set('user', 'Ada')
        Readable.from(PIECES).pipe(response)
      })
      const answered = send(port)
      const stored = { outer: await outer.next(), inner: await inner.next() }
      stored[failing].fail(DOWN)
      await tick()
      stored[failing === 'outer' ? 'inner' : 'outer'].done()
      const answer = await answered
      expect(answer.status).toBe(503)
      expect(JSON.parse(answer.body)).toMatchObject(PROBLEM)
    }
  })

  it('a problem of the inner one is a whole answer', async () => {
    const { outer, inner, port } = await start(writing)
    const problem = { type: 'urn:x', title: 'Too many', status: 409, detail: 'Log out elsewhere.' }
    const answered = send(port)
    ;(await inner.next()).done({ problem })
    ;(await outer.next()).done()
    const answer = await answered
    expect(answer.status).toBe(409)
    expect(answer.cookies).toHaveLength(2)
    expect(JSON.parse(answer.body)).toEqual(problem)
  })
})

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
