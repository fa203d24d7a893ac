import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import {
  requireFresh as requireFreshInFetch,
  sessionStatus,
  withSession,
} from '../../src/adapters/fetch.ts'
import { requireFresh as requireFreshInNode } from '../../src/adapters/node.ts'
import { createSessions, type Session } from '../../src/index.ts'
import { needs } from '../support/needs.ts'
import { type Answer, expectSaved, listen, ours, send } from './node-servers.ts'
import { type Site, sites } from './sites.ts'

let now: number
beforeEach(() => {
  now = 1_700_000_000
})

async function visit(site: Site) {
  const sessions = createSessions({
    secretKey: 'a key of the tests, long enough',
    clock: () => now,
  })
  const port = await listen(site.build(sessions))
  let cookie = ''
  return async (path: string, method = 'GET'): Promise<Answer> => {
    const headers = { ...(cookie && { cookie }) }
    const answer = await send(port, { path: site.prefix + path, method, headers })
    const [line] = ours(answer)
    if (line !== undefined) cookie = line.slice(0, line.indexOf(';'))
    return answer
  }
}

const PAY = '/inside/pay'
const problemIn = ({ body }: Answer): unknown => JSON.parse(body)

describe.each(sites)('a guard of $name', (site) => {
  describe('', needs(site.found, 'this Express is not installed'), () => {
    it('answers 401 with what is asked, and lets the repeated request through', async () => {
      const ask = await visit(site)
      const refused = await ask(PAY)
      expect(refused.status).toBe(401)
      expect(refused.headers['content-type']).toBe('application/problem+json')
      expect(refused.headers['www-authenticate']).toBe('Session')
      expect(refused.headers['cache-control']).toBe('no-store')
      expect(problemIn(refused)).toMatchObject({
        reason: 'unauthenticated',
        factor: 'password',
        within: 300,
        age: null,
      })
      await ask('/login')
      expect(await ask(PAY)).toMatchObject({ status: 200, body: 'paid' })
    })

    it('asks again when the proof is too old, to the second', async () => {
      const ask = await visit(site)
      await ask('/login')
      now += 300
      expect((await ask(PAY)).status).toBe(200)
      now += 1
      const refused = await ask(PAY)
      expect(refused.status).toBe(401)
      expect(problemIn(refused)).toMatchObject({ reason: 'stale', age: 301 })
      await ask('/login')
      expect((await ask(PAY)).status).toBe(200)
    })

    it('saves what the session was changed to before it', async () => {
      const ask = await visit(site)
      expectSaved(await ask(PAY))
    })

    it('answers HEAD without a body', async () => {
      const ask = await visit(site)
      const refused = await ask(PAY, 'HEAD')
      expect(refused).toMatchObject({ status: 401, body: '' })
      expect(refused.headers['content-type']).toBe('application/problem+json')
      expectSaved(refused)
    })
  })
})

describe('a guard that nobody could pass', () => {
  const makers: [string, (freshness: never) => unknown][] = [
    ['fetch', (freshness) => requireFreshInFetch(freshness, () => new Response())],
    ['node', (freshness) => requireFreshInNode(freshness)],
  ]

  it.each(makers)('throws when it is made, in %s', (_, make) => {
    const making = (freshness: unknown) => () => make(freshness as never)
    expect(making({ within: 300 })).toThrow(expect.objectContaining({ code: 'bad-duration' }))
    expect(making({})).toThrow(expect.objectContaining({ code: 'bad-duration' }))
    expect(making({ within: '0s' })).toThrow(expect.objectContaining({ code: 'bad-duration' }))
    expect(making({ within: '5m', factor: '' })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })

  it('says where it belongs when there is no session before it', async () => {
    const guard = requireFreshInNode({ within: '5m' })
    const port = await listen((request, response) => {
      try {
        guard(request, response, () => response.end('through'))
      } catch (error) {
        response.end((error as { code: string }).code)
      }
    })
    expect((await send(port)).body).toBe('bad-option')
  })
})

it('a guard stands inside withSession, and knows its types', async () => {
  interface Data {
    user: string
  }
  const sessions = createSessions<Data>({ secretKey: 'a key of the tests, long enough' })
  const handler = withSession(
    sessions,
    requireFreshInFetch({ within: '5m' }, (request, session, env: { name: string }) => {
      expectTypeOf(request).toEqualTypeOf<Request>()
      expectTypeOf(session).toEqualTypeOf<Session<Data>>()
      return new Response(env.name)
    }),
  )
  expectTypeOf(handler).toEqualTypeOf<
    (request: Request, env: { name: string }) => Promise<Response>
  >()
  const response = await handler(new Request('https://example.com/'), { name: 'env' })
  expect(response.status).toBe(401)
})

it('a locked session is told so by the guard and by the status, and is still locked after', async () => {
  const sessions = createSessions({
    secretKey: 'a key of the tests, long enough',
    idleAction: 'lock',
    clock: () => now,
  })
  const session = sessions.open({ cookie: null }).authenticate('ann', { factor: 'password' })
  const [cookie = ''] = sessions.settle(session).setCookie?.split(';') ?? []
  now += 3600
  const request = () => new Request('https://example.com/', { headers: { cookie } })
  const guarded = withSession(
    sessions,
    requireFreshInFetch({ within: '5h' }, () => new Response()),
  )
  const refused = await guarded(request())
  expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []])
  expect(await refused.json()).toMatchObject({ reason: 'locked', age: 3600 })
  const status = await sessionStatus(sessions)(request())
  expect(await status.json()).toMatchObject({ state: 'locked', because: 'absolute' })
})
