import { beforeEach, describe, expect, it, vi } from 'vitest'
import { withSession } from '../../src/adapters/fetch.ts'
import { sessionMiddleware } from '../../src/adapters/node.ts'
import type { SessionStatus } from '../../src/core/status.ts'
import { createSessions, type Session, type SessionOptions } from '../../src/index.ts'
import { needs } from '../support/needs.ts'
import { type Answer, listen, ours, send } from './node-servers.ts'
import { type Site, sites } from './sites.ts'

const MINUTES = 60
const NO_EXPRESS = 'this Express is not installed'
const POLL = { 'sojourn-activity': 'background' }

let now: number
beforeEach(() => {
  now = 1_700_000_000
})

type Ask = (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>

/** A browser that keeps the session's cookie, at the site on a server of its own. */
async function visit(site: Site, options: Partial<SessionOptions> = {}): Promise<Ask> {
  const sessions = createSessions({
    secretKey: 'a key of the tests, long enough',
    lifetime: { idle: { minutes: 30 }, absolute: { hours: 12 } },
    activity: [`${site.prefix}/inside/poll`],
    clock: () => now,
    ...options,
  })
  const port = await listen(site.build(sessions))
  let cookie = ''
  return async (path, headers = {}, method = 'GET') => {
    const sent = { ...headers, ...(cookie && { cookie }) }
    const answer = await send(port, { path: site.prefix + path, method, headers: sent })
    const [line] = ours(answer)
    if (line !== undefined) cookie = line.slice(0, line.indexOf(';'))
    return answer
  }
}

async function everyTenMinutes(times: number, action: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time++) {
    now += 10 * MINUTES
    await action()
  }
}

const statusIn = ({ body }: Answer) => JSON.parse(body) as SessionStatus

describe.each(sites)('$name', (site) => {
  describe('', needs(site.found, NO_EXPRESS), () => {
    describe.each([false, true])('with refreshEachRequest %s', (refreshEachRequest) => {
      it('a user at work stays in', async () => {
        const ask = await visit(site, { refreshEachRequest })
        await ask('/login')
        await everyTenMinutes(6, () => ask('/page'))
        expect((await ask('/page')).body).toBe('ann')
      })

      it.each<[string, (ask: Ask) => Promise<Answer>]>([
        ['a poll by its route', (ask) => ask('/inside/poll')],
        ['a poll by its route, with a query', (ask) => ask('/inside/poll?since=5')],
        ['a request that says so', (ask) => ask('/page', POLL)],
        ['a prefetch', (ask) => ask('/page', { 'sec-purpose': 'prefetch;prerender' })],
        ['asking for the status', (ask) => ask('/session')],
      ])('%s does not keep a session alive', async (_, poll) => {
        const ask = await visit(site, { refreshEachRequest })
        await ask('/login')
        await everyTenMinutes(3, () => poll(ask))
        now += MINUTES
        expect(statusIn(await ask('/session'))).toMatchObject({
          state: 'none',
          ended: { reason: 'idle' },
        })
        expect((await ask('/page')).body).toBe('undefined')
      })
    })

    it('a prefetch begins no session, and a visit does', async () => {
      const ask = await visit(site)
      const ahead = await ask('/begin', { 'sec-purpose': 'prefetch' })
      expect(ahead).toMatchObject({ status: 200, body: '1', cookies: [] })
      expect((await ask('/begin')).cookies).toHaveLength(1)
    })

    it('a function decides by the method, the path as it was sent, and the headers', async () => {
      const seen: unknown[] = []
      const ask = await visit(site, {
        activity: (request, usual) => {
          seen.push([request.method, request.path, request.header('x-note'), usual])
          return 'user'
        },
      })
      await ask('/begin?a=1', { ...POLL, 'x-note': 'hi' }, 'POST')
      expect(seen[0]).toEqual(['POST', `${site.prefix}/begin`, 'hi', 'background'])
    })
  })

  describe('the status', needs(site.found, NO_EXPRESS), () => {
    it('is told as JSON that no cache keeps', async () => {
      const ask = await visit(site)
      expect(statusIn(await ask('/session'))).toMatchObject({ state: 'none', ended: null })
      await ask('/login')
      const answer = await ask('/session')
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toMatch(/^application\/json/)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(statusIn(answer)).toMatchObject({ state: 'live', now, because: 'idle' })
    })

    it('does not set a cookie, nor tell of a session’s data', async () => {
      const ask = await visit(site)
      await ask('/login')
      now += 10 * MINUTES
      const answer = await ask('/session')
      expect(answer.cookies).toEqual([])
      expect(answer.body).not.toContain('ann')
    })

    it('has no body for HEAD, and is there for nothing else', async () => {
      const ask = await visit(site)
      expect(await ask('/session', {}, 'HEAD')).toMatchObject({ status: 200, body: '' })
      const answer = await ask('/session', {}, 'POST')
      expect(answer).toMatchObject({ status: 405, body: '' })
      expect(answer.headers.allow).toBe('GET, HEAD')
    })
  })
})

describe('a request whose session is left alone', () => {
  const sessions = createSessions({
    secretKey: 'a key of the tests, long enough',
    activity: () => {
      throw new Error('asked')
    },
  })

  it('has no header read for its activity, in fetch', async () => {
    const request = new Request('https://example.com/', { headers: { cookie: 'a=1' } })
    const get = vi.spyOn(request.headers, 'get')
    await withSession(sessions, () => new Response())(request)
    expect(get.mock.calls).toEqual([['cookie']])
  })

  it('has no header read for its activity, in node', async () => {
    const read: unknown[] = []
    const middleware = sessionMiddleware(sessions)
    const port = await listen((request, response) => {
      const headers = new Proxy(request.headers, {
        get: (target, name) => {
          read.push(name)
          return Reflect.get(target, name)
        },
      })
      middleware(Object.defineProperty(request, 'headers', { value: headers }), response)
      response.end()
    })
    await send(port)
    expect(read).toEqual(['cookie'])
  })
})

it('an activity that asks for a header in any case, and one that was sent twice, is answered', async () => {
  const seen: unknown[] = []
  const sessions = createSessions({
    secretKey: 'a key of the tests, long enough',
    activity: ({ header }) => {
      seen.push([header('X-Note'), header('x-none'), header('set-cookie')])
      return 'user'
    },
  })
  const middleware = sessionMiddleware(sessions)
  const port = await listen((request, response) => {
    middleware(request, response)
    ;(request as unknown as { session: Session }).session.set('a', 1)
    response.end()
  })
  await send(port, { headers: { 'x-note': ['a', 'b'], 'set-cookie': ['c', 'd'] } })
  expect(seen[0]).toEqual(['a, b', undefined, 'c, d'])
})
