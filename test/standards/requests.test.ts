// Items 18, 33 and 56 to 58: which requests count as somebody's activity, and may begin a session.
import type { ActivityFunction, ActivityOption, Session, Sessions } from 'sojourn'
import { withSession } from 'sojourn/fetch'
import { CookieJar } from 'tough-cookie'
import { describe, expect, test } from 'vitest'
import { createSite, FORMATS, isLive, MINUTE, pairOf, START, send, signIn, whyNot } from './site.ts'

type Named = Record<string, string>

/** One request through the adapter: the cookie that the browser then has, and the Set-Cookie line. */
async function ask(
  sessions: Sessions,
  act: (session: Session) => unknown,
  { path = '/', method = 'GET', ...headers }: Named = {},
) {
  const handle = withSession(sessions, (_request, session) => {
    act(session as Session)
    return new Response('ok')
  })
  const response = await handle(new Request(`https://shop.example${path}`, { method, headers }))
  const [line] = response.headers.getSetCookie()
  return { line, cookie: line === undefined ? headers.cookie : pairOf(line) }
}

const remember = (session: Session) => {
  session.set('user', 'ann').permanent = true
}
const read = (session: Session) => session.get('user')
const write = (session: Session) => session.set('user', 'ann')

const UNSEEN: ActivityOption = ({ header }, usual) =>
  header('sec-fetch-dest') === 'empty' ? 'background' : usual

const BACKGROUND: [string, ActivityOption | undefined, Named][] = [
  ['a header', undefined, { 'sojourn-activity': 'background' }],
  ['a prefetch', undefined, { 'sec-purpose': 'prefetch' }],
  ['a route', ['/poll', '/events/*'], { path: '/poll?since=4' }],
  ['a route with a star', ['/poll', '/events/*'], { path: '/events/orders' }],
  ['a pattern', [/^\/live\b/], { path: '/live/feed' }],
  ['Fetch Metadata', UNSEEN, { 'sec-fetch-dest': 'empty' }],
]

describe.each(FORMATS)('%s', (_name, format) => {
  test.each(BACKGROUND)(
    'item 18: %s marks what is no activity, and does not keep a session alive',
    async (_, activity, request) => {
      const { sessions, clock } = createSite({ format, ...(activity && { activity }) })
      let cookie = (await ask(sessions, remember)).cookie ?? ''
      for (let minutes = 5; minutes <= 30; minutes += 5) {
        clock.set(START + minutes * MINUTE)
        const sent = await ask(sessions, minutes === 25 ? write : read, { ...request, cookie })
        cookie = sent.cookie ?? ''
        expect([minutes, isLive(sessions, cookie)]).toEqual([minutes, true])
      }
      clock.advance({ minutes: 1 })
      expect(whyNot(sessions, cookie)).toBe('idle')
    },
  )

  test('item 18: the same requests without the mark keep it alive', async () => {
    const { sessions, clock } = createSite({ format, activity: ['/poll'] })
    let { cookie } = await ask(sessions, remember)
    for (const path of ['/', '/polls', '/poll/x', '/page', '/events/orders', '/live/feed']) {
      clock.advance({ minutes: 25 })
      cookie = (
        await ask(sessions, read, { path, cookie: cookie ?? '', 'sec-fetch-dest': 'empty' })
      ).cookie
      expect([path, isLive(sessions, cookie)]).toEqual([path, true])
    }
  })

  test.each([
    ['sec-purpose', 'prefetch'],
    ['sec-purpose', 'prefetch;prerender'],
    ['sec-purpose', 'prefetch;anonymous-client-ip'],
    ['purpose', 'prefetch'],
    ['x-moz', 'prefetch'],
  ])('item 57: %s: %s begins nothing, renews nothing and slides nothing', async (header, value) => {
    const { sessions, clock } = createSite({ format, refreshEachRequest: true })
    const ahead = { [header]: value }
    expect((await ask(sessions, write, ahead)).line).toBeUndefined()
    const { cookie = '' } = await ask(sessions, remember)
    const { id } = sessions.open({ cookie })
    clock.advance({ minutes: 20 })
    for (const act of [read, (session: Session) => session.renewId()]) {
      const sent = await ask(sessions, act, { ...ahead, cookie })
      const after = sessions.open({ cookie: sent.cookie })
      expect([after.id, after.explain().clocks[0]?.startedAt]).toEqual([id, START])
    }
    const real = await ask(sessions, read, { cookie })
    expect(sessions.open({ cookie: real.cookie }).explain().clocks[0]?.startedAt).toBe(clock.now)
  })
})

describe('from other sites', () => {
  /** What docs/standards.md shows. */
  const fromHere: ActivityFunction = ({ method, header }, usual) => {
    const site = header('sec-fetch-site')
    const origin = header('origin') ?? 'https://shop.example'
    const isForeign = site ? site === 'cross-site' : origin !== 'https://shop.example'
    const isVisit = method === 'GET' && header('sec-fetch-dest') === 'document'
    return isForeign && !isVisit ? 'background' : usual
  }
  const { sessions } = createSite({ activity: fromHere })
  const begins = async (request: Named) => (await ask(sessions, write, request)).line !== undefined
  const cross = { 'sec-fetch-site': 'cross-site' }

  test('item 33: a cross-site subresource begins no session, a link from there does', async () => {
    for (const dest of ['image', 'script', 'iframe', 'empty', 'style']) {
      expect([dest, await begins({ ...cross, 'sec-fetch-dest': dest })]).toEqual([dest, false])
    }
    expect(await begins({ ...cross, 'sec-fetch-dest': 'document' })).toBe(true)
    expect(await begins({ 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'image' })).toBe(true)
  })

  test('item 56: a form of another site signs nobody in, with Fetch Metadata or without', async () => {
    const form = { method: 'POST', 'sec-fetch-dest': 'document' }
    const login = (session: Session) => session.authenticate('eve', { factor: 'password' })
    const signsIn = async (request: Named) =>
      (await ask(sessions, login, request)).line !== undefined
    expect(await signsIn({ ...form, ...cross })).toBe(false)
    expect(await signsIn({ method: 'POST', origin: 'https://eve.example' })).toBe(false)
    expect(await signsIn({ method: 'POST', origin: 'null' })).toBe(false)
    expect(await signsIn({ ...form, 'sec-fetch-site': 'same-origin' })).toBe(true)
    expect(await signsIn({ method: 'POST', origin: 'https://shop.example' })).toBe(true)
    expect(await signsIn({ method: 'POST' })).toBe(true)
  })

  test('item 56: nor does it change whose session a visitor has', async () => {
    const cookie = signIn(sessions)
    const login = (session: Session) => session.authenticate('eve', { factor: 'password' })
    const sent = await ask(sessions, login, { ...cross, method: 'POST', cookie })
    expect([sent.line, sessions.open({ cookie: sent.cookie }).subject]).toEqual([undefined, null])
  })
})

describe('without https', () => {
  test.each(FORMATS)(
    'item 58: %s: a request over http gets no weaker cookie',
    async (_, format) => {
      const { sessions, clock } = createSite({ format })
      clock.set(new Date())
      const handle = withSession(sessions, (_request, session) => {
        remember(session as Session)
        return new Response('ok')
      })
      for (const headers of [
        {},
        { 'x-forwarded-proto': 'http' },
        { forwarded: 'proto=http' },
      ] as Named[]) {
        const response = await handle(new Request('http://localhost/', { headers }))
        const [line = ''] = response.headers.getSetCookie()
        expect(line).toMatch(/^__Host-session=.*; Secure; HttpOnly; Path=\//)
        const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })
        await jar.setCookie(line, 'https://shop.example/')
        const sent = await Promise.all(
          ['https', 'http'].map((scheme) => jar.getCookieString(`${scheme}://shop.example/`)),
        )
        expect(sent).toEqual([line.split(';')[0], ''])
      }
    },
  )

  test('item 58: where browsers would drop the cookie it is said, and not sent laxer', () => {
    const said: string[] = []
    const emit = process.emitWarning
    process.emitWarning = ((message: string) => said.push(message)) as typeof emit
    try {
      const { sessions } = createSite()
      const { setCookie } = send(sessions, undefined, write, { plainHost: 'shop.example' })
      expect(setCookie).toMatch(/^__Host-session=.*; Secure/)
    } finally {
      process.emitWarning = emit
    }
    expect(said).toHaveLength(1)
  })
})
