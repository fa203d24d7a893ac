// Section 1.4: where the cookie goes, how it is taken back, and what caches are told.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CookieOptions, createSessions, type Session } from 'sojourn'
import { withSession } from 'sojourn/fetch'
import { type WithSession, withSession as withNode } from 'sojourn/node'
import { CookieJar } from 'tough-cookie'
import { describe, expect, test } from 'vitest'
import { send as ask, listen as serve } from '../adapters/node-servers.ts'
import { createSite, FORMATS, SECRET, send, signIn } from './site.ts'

const HERE = 'https://shop.example/'
const write = (session: Session) => session.set('user', 'ann')
const attributesOf = (line: string) => line.split('; ').slice(1)

async function jarWith(line: string, url: string): Promise<CookieJar> {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })
  await jar.setCookie(line, url)
  return jar
}

describe('removal', () => {
  const SCOPES: [string, CookieOptions, string][] = [
    ['the default', {}, HERE],
    ['a path', { path: '/shop' }, `${HERE}shop/cart`],
    ['a domain', { domain: 'shop.example' }, 'https://www.shop.example/'],
    ['both', { domain: 'shop.example', path: '/shop', sameSite: 'Strict' }, `${HERE}shop`],
    ['a jar per site', { partitioned: true, sameSite: 'None' }, HERE],
  ]

  test.each(SCOPES)('item 32: %s: a logout removes the very cookie', async (_, cookie, url) => {
    const { sessions } = createSite({ cookie })
    const set = send(sessions, undefined, write)
    const jar = await jarWith(set.setCookie ?? '', url)
    expect(await jar.getCookieString(url)).toBe(set.cookie)
    const line = send(sessions, set.cookie, (session) => session.destroy()).setCookie ?? ''
    await jar.setCookie(line, url)
    expect(await jar.getCookieString(url)).toBe('')
    const kept = attributesOf(set.setCookie ?? '').filter((part) => !line.includes(part))
    expect([kept, attributesOf(line).includes('Max-Age=0')]).toEqual([[], true])
  })

  test.each(FORMATS)(
    'item 32: %s: a lasting cookie is taken back too, and replaced as it was set',
    async (_, format) => {
      const { sessions, clock } = createSite({ format })
      clock.set(new Date())
      const set = send(sessions, undefined, (session) => {
        write(session).permanent = true
      })
      const jar = await jarWith(set.setCookie ?? '', HERE)
      const changed = send(sessions, set.cookie, (session) => session.set('user', 'bob'))
      await jar.setCookie(changed.setCookie ?? '', HERE)
      expect(await jar.getCookies(HERE)).toHaveLength(1)
      const emptied = send(sessions, changed.cookie, (session) => session.clear())
      await jar.setCookie(emptied.setCookie ?? '', HERE)
      expect(await jar.getCookies(HERE)).toEqual([])
    },
  )
})

describe('reach', () => {
  test('item 34: the cookie goes to this host alone, unless a domain is asked for', async () => {
    const goesTo = async (cookie: CookieOptions, url: string) => {
      const { sessions } = createSite({ cookie })
      const jar = await jarWith(send(sessions, undefined, write).setCookie ?? '', `${HERE}shop`)
      return (await jar.getCookieString(url)) !== ''
    }
    const sub = 'https://pay.shop.example/shop'
    expect([await goesTo({}, HERE), await goesTo({}, sub)]).toEqual([true, false])
    expect(await goesTo({ domain: 'shop.example' }, sub)).toBe(true)
    const narrow = { path: '/shop' }
    expect([await goesTo(narrow, `${HERE}shop`), await goesTo(narrow, sub)]).toEqual([true, false])
    expect([await goesTo(narrow, HERE), await goesTo(narrow, `${HERE}shopping`)]).toEqual([
      false,
      false,
    ])
  })

  test('item 35: Partitioned is never without Secure', () => {
    for (const cookie of [{ partitioned: true }, { partitioned: true, secure: false }]) {
      const { sessions } = createSite({ cookie: { ...cookie, sameSite: 'None' } })
      const line = send(sessions, undefined, write).setCookie ?? ''
      expect(attributesOf(line)).toEqual(expect.arrayContaining(['Partitioned', 'Secure']))
      expect(line).toMatch(/^__Host-/)
    }
    expect(send(createSite().sessions, undefined, write).setCookie).not.toContain('Partitioned')
  })
})

describe('caches', () => {
  const sessions = createSessions({ secretKey: SECRET })
  const cookie = signIn(sessions)
  const none = { vary: 'Accept' }
  const own = { ...none, 'cache-control': 'private, max-age=600' }
  const sets = (session: Session) => session.set('n', Math.random())
  const reads = (session: Session) => session.get('user')
  const takesBack = (session: Session) => session.destroy()
  type Act = [string, (session: Session) => unknown, typeof none, string | null, string]
  const acts: Act[] = [
    ['sets', sets, none, 'no-store', 'Accept, Cookie'],
    ['sets, in spite of its own word,', sets, own, 'no-store', 'Accept, Cookie'],
    ['takes back', takesBack, own, 'no-store', 'Accept, Cookie'],
    ['only reads', reads, none, 'no-store', 'Accept, Cookie'],
    ['only reads, with a word of its own,', reads, own, 'private, max-age=600', 'Accept, Cookie'],
    ['ignores', () => null, own, 'private, max-age=600', 'Accept'],
    ['ignores, without a word of its own,', () => null, none, null, 'Accept'],
  ]

  test.each(acts)(
    'item 37: Request and Response: an answer that %s the session',
    async (_, act, given, store, vary) => {
      const handle = withSession(sessions, (_request, session) => {
        act(session)
        return new Response('ok', { headers: given })
      })
      const { headers } = await handle(new Request(HERE, { headers: { cookie } }))
      expect([headers.get('cache-control'), headers.get('vary')]).toEqual([store, vary])
    },
  )

  test.each(acts)(
    'item 37: node:http: an answer that %s the session',
    async (_, act, given, store, vary) => {
      const handle = (request: WithSession<IncomingMessage>, response: ServerResponse) => {
        act(request.session)
        response.writeHead(200, given).end('ok')
      }
      const { headers } = await ask(await serve(withNode(sessions, handle)), {
        headers: { cookie },
      })
      expect([headers['cache-control'] ?? null, headers.vary]).toEqual([store, vary])
    },
  )
})
