// A store that fails, or takes its time, before a handler runs; and who answers in its place.
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type NodeOptions,
  sessionMiddleware,
  sessionStatus,
  withSession,
} from '../../src/adapters/node.ts'
import type { Sessions, Settlement } from '../../src/core/sessions.ts'
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
