// Two sessions on one response of node:http, whose stores answer when they are told to.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { sessionMiddleware, type WithSession } from '../../src/adapters/node.ts'
import { chain, type Last, type Middleware, PIECES, PROBLEM, writing } from './chains.ts'
import { listen, newSessions, send } from './node-servers.ts'
import { DOWN, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

expectNoRejections()

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

describe('three sessions in a row, of which the last joins the first', () => {
  type Seen = { readonly session: WithSession<IncomingMessage>['session'] }
  const change: (key: string) => Middleware = (key) => (request, _, next) => {
    ;(request as WithSession<IncomingMessage>).session.set(key, 1)
    next()
  }
  const run =
    (...middlewares: Middleware[]): Middleware =>
    (request, response, next) => {
      const step = (at: number): void => {
        const middleware = middlewares[at]
        if (middleware) middleware(request, response, () => step(at + 1))
        else next()
      }
      step(0)
    }

  it('have one cookie each, and nothing is lost', async () => {
    const site = newSessions('site')
    const shop = newSessions('shop')
    const middlewares = [
      sessionMiddleware(site),
      change('a'),
      sessionMiddleware(shop),
      change('b'),
      sessionMiddleware(site),
    ]
    let seen: unknown
    const port = await listen((request, response) =>
      run(...middlewares)(request, response, () => {
        const { session } = request as unknown as Seen
        seen = session.set('c', 1).toJSON()
        response.end()
      }),
    )
    const { cookies } = await send(port)
    expect(seen).toEqual({ a: 1, c: 1 })
    expect(cookies.map((line) => line.split('=')[0]).toSorted()).toEqual(['shop', 'site'])
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
    expect(site.open({ cookie }).toJSON()).toEqual({ a: 1, c: 1 })
    expect(shop.open({ cookie }).toJSON()).toEqual({ b: 1 })
  })
})
