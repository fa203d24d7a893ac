// A store that fails, or takes its time, before a handler runs; and who answers in its place.
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type AnsweringResponse,
  type NodeOptions,
  sessionMiddleware,
  sessionStatus,
  withSession,
} from '../../src/adapters/node.ts'
import type { Sessions, Settlement } from '../../src/core/sessions.ts'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { chain, type Last, type Middleware } from './chains.ts'
import { type Handler, listen, send, writing } from './node-servers.ts'
import { ask, DOWN, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)

expectNoRejections()
afterEach(() => {
  errors.mockClear()
})

describe('a response whose session cannot be stored', () => {
  it('is answered otherwise by choice', async () => {
    const unavailable = vi.fn<NonNullable<NodeOptions['unavailable']>>((_, request, response) =>
      response.end(`sorry, ${request.method}`),
    )
    const handler = writing((response) => response.setHeader('X-Own', '1').end('ok'))
    const answer = await ask(handler, 'fail', { unavailable })
    expect(answer).toMatchObject({ status: 503, body: 'sorry, GET', cookies: [] })
    expect(answer.headers['x-own']).toBeUndefined()
    expect(unavailable.mock.calls[0]?.[0]).toBe(DOWN)
  })

  it.each<[string, NonNullable<NodeOptions['unavailable']>]>([
    [
      'throws',
      () => {
        throw new Error('mine')
      },
    ],
    ['rejects', () => Promise.reject(new Error('mine'))],
  ])('is a bare 500 where that %s', async (_, unavailable) => {
    const answer = await ask(
      writing((response) => response.end('ok')),
      'fail',
      { unavailable },
    )
    expect(answer).toMatchObject({ status: 500, body: '' })
    expect(errors).toHaveBeenCalledOnce()
  })

  it('may be answered later', async () => {
    const answer = await ask(
      writing((response) => response.end('ok')),
      'fail',
      {
        unavailable: async (_error, _request, response) => {
          await tick()
          response.end('later')
        },
      },
    )
    expect(answer).toMatchObject({ status: 503, body: 'later' })
  })
})

describe('an answer in the place of the handler', () => {
  const before: Middleware = (_, response, next) => {
    response.setHeader('Strict-Transport-Security', 'max-age=1')
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Set-Cookie', ['csrf=1'])
    response.setHeader('Vary', 'Origin')
    response.setHeader('Cache-Control', 'public, max-age=60')
    response.setHeader('CDN-Cache-Control', 'max-age=600')
    response.setHeader('Content-Type', 'text/html')
    next()
  }
  const handler: Last = ({ session }, response) => {
    session.set('user', 'Ada')
    response.removeHeader('Strict-Transport-Security')
    response.setHeader('Access-Control-Allow-Origin', 'https://own.example')
    response.appendHeader('Set-Cookie', 'own=1')
    response.setHeader('Content-Length', 2)
    response.setHeader('X-Own', '1')
    response.end('ok')
  }
  const begin = async (options: NodeOptions = {}) => {
    const { slow, next } = slowSessions()
    const port = await chain(before, sessionMiddleware(slow, options), handler)
    return { answered: send(port), stored: await next() }
  }
  const STOOD = {
    'strict-transport-security': 'max-age=1',
    'access-control-allow-origin': '*',
    'set-cookie': ['csrf=1'],
    vary: 'Origin',
  }

  it('keeps what stood before the session, and nothing of the handler', async () => {
    const { answered, stored } = await begin()
    stored.fail(DOWN)
    const { status, headers } = await answered
    expect(status).toBe(503)
    expect(headers).toMatchObject({
      ...STOOD,
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    })
    expect(headers['x-own']).toBeUndefined()
  })

  it('keeps it for a problem, with the cookie of the session', async () => {
    const { answered, stored } = await begin()
    stored.done({ problem: { type: 'urn:x', title: 'Too many', status: 409, detail: 'No.' } })
    const { status, headers, cookies } = await answered
    expect([status, headers['strict-transport-security']]).toEqual([409, 'max-age=1'])
    expect(cookies).toEqual(['csrf=1', expect.stringMatching(/^__Host-session=/)])
  })

  it.each([
    [503, (_: unknown, __: unknown, response: AnsweringResponse) => response.end('later')],
    [500, () => Promise.reject(new Error('mine'))],
  ])('keeps it without what told of a body or for how long to keep it: %d', async (code, way) => {
    const { answered, stored } = await begin({ unavailable: way })
    stored.fail(DOWN)
    const { status, headers } = await answered
    expect(status).toBe(code)
    expect(headers).toMatchObject(STOOD)
    for (const name of ['cache-control', 'cdn-cache-control', 'content-type']) {
      expect(headers[name]).toBeUndefined()
    }
  })

  it('keeps nothing that was set between two sessions of one request', async () => {
    const { slow, next } = slowSessions()
    const inner = sessionMiddleware(createSessions({ store: memoryStore() }))
    const between: Last = (request, response) => {
      request.session.set('outer', 1)
      response.setHeader('X-Between', '1')
      response.appendHeader('Set-Cookie', 'between=1')
      inner(request, response, () => handler(request, response))
    }
    const port = await chain(before, sessionMiddleware(slow), between)
    const answered = send(port)
    const stored = await next()
    stored.fail(DOWN)
    const { status, headers, cookies } = await answered
    expect([status, headers['x-between']]).toEqual([503, undefined])
    // That of the inner session, which is stored.
    expect(cookies).toEqual(['csrf=1', expect.stringMatching(/^__Host-session=/)])
  })

  it('keeps it where the session cannot be fetched', async () => {
    const { slow } = slowSessions()
    const down = { ...slow, load: () => Promise.reject(DOWN) }
    const answer = await send(await chain(before, sessionMiddleware(down), handler))
    expect(answer).toMatchObject({ status: 503, headers: STOOD })
  })
})

describe('a session that takes time to fetch', () => {
  const fetching = (outcome: () => Promise<void>) => {
    const { slow } = slowSessions()
    return { ...slow, load: outcome, commit: (settlement: Settlement) => settlement } as Sessions
  }

  it('is there when the handler runs', async () => {
    const order: string[] = []
    const sessions = fetching(async () => {
      await tick()
      order.push('fetched')
    })
    const port = await listen(
      withSession(sessions, (_, response) => {
        order.push('handled')
        response.end('ok')
      }),
    )
    expect((await send(port)).body).toBe('ok')
    expect(order).toEqual(['fetched', 'handled'])
  })

  it.each([
    ['later', () => Promise.reject(DOWN)],
    [
      'at once',
      () => {
        throw DOWN
      },
    ],
  ])('that fails %s is a 503, and nobody goes on', async (_, outcome) => {
    const sessions = fetching(outcome)
    const handler = vi.fn<Handler>()
    const answer = await send(await listen(withSession(sessions, handler)))
    expect(answer).toMatchObject({ status: 503, cookies: [] })
    expect(handler).not.toHaveBeenCalled()
    const status = sessionStatus(sessions)
    expect((await send(await listen(status))).status).toBe(503)
  })

  it('that fails otherwise is a bare 500', async () => {
    const sessions = fetching(() => Promise.reject(new Error('a bug')))
    const answer = await send(await listen(withSession(sessions, () => undefined)))
    expect(answer).toMatchObject({ status: 500, body: '' })
    expect(errors).toHaveBeenCalledOnce()
  })

  it('harms nobody where what comes after it throws', async () => {
    const middleware = sessionMiddleware(fetching(tick as () => Promise<void>))
    const port = await listen((request, response) =>
      middleware(request, response, () => {
        throw new Error('of the application')
      }),
    )
    expect((await send(port)).status).toBe(500)
  })
})
