// Section 1.1: where a session's secret may go, and where it is asked for.
import { sealed } from 'sojourn'
import { withSession } from 'sojourn/fetch'
import { expect, test } from 'vitest'
import {
  authenticated,
  bodyOf,
  createSite,
  FORMATS,
  HOUR,
  isLive,
  listen,
  pairOf,
  send,
  signIn,
} from './site.ts'

test.each(FORMATS)(
  'item 07: %s: only the cookie counts, and only Set-Cookie carries it',
  async (_, format) => {
    const { sessions } = createSite({ format })
    const cookie = signIn(sessions)
    const value = bodyOf(cookie)
    const handle = withSession(sessions, (request, session) => {
      const user = String(session.get('user'))
      session.set('seen', 1)
      return request.url.endsWith('/move') ? Response.redirect(request.url) : new Response(user)
    })
    const url = `https://shop.example/;session=${value}?__Host-session=${value}&session=${value}`
    const elsewhere = { authorization: `Bearer ${value}`, 'x-session': value, 'set-cookie': cookie }
    expect(await (await handle(new Request(url, { headers: elsewhere }))).text()).toBe('undefined')
    for (const path of ['/', '/move']) {
      const request = new Request(`https://shop.example${path}`, { headers: { cookie } })
      const response = await handle(request)
      const [line = ''] = response.headers.getSetCookie()
      const fresh = bodyOf(pairOf(line) ?? '')
      response.headers.delete('set-cookie')
      const rest = `${JSON.stringify([...response.headers])}${await response.text()}`
      expect([fresh.length > 20, rest.includes(fresh), rest.includes(value)]).toEqual([
        true,
        false,
        false,
      ])
    }
  },
)

test('item 08: events name a session by a hash, one for its life, and hold no cookie, id or data', () => {
  const { sessions, clock } = createSite({
    idleAction: 'lock',
    lifetime: { idle: '30m', absolute: '8h' },
  })
  const told = listen(sessions)
  const first = send(sessions, undefined, (session) => session.set('mail', 'ann@shop.example').id)
  const login = send(
    sessions,
    first.cookie,
    (session) => session.authenticate('ann', { factor: 'otp' }).id,
  )
  clock.advance({ hours: 2 })
  const woken = send(
    sessions,
    login.cookie,
    (session) => session.unlock({ factor: 'pin' }) && session.id,
  )
  clock.advance({ hours: 9 })
  for (const cookie of [woken.cookie, `${woken.cookie}x`])
    send(sessions, cookie, (s) => s.has('mail'))
  const said = JSON.stringify(told)
  for (const { cookie, result } of [first, login, woken]) {
    expect(result).toMatch(/^[\w-]{22}$/)
    for (const secret of [bodyOf(cookie ?? ''), cookie?.split('.').at(-1), result]) {
      expect(said).not.toContain(secret)
    }
  }
  expect(said).not.toContain('shop.example')
  const about = (name: string) => told.find((each) => each.name === name)
  expect(about('created')?.session).toMatch(/^[\w-]{22}$/)
  expect(about('renewed')?.before).toBe(about('created')?.session)
  for (const name of ['authenticated', 'locked']) {
    expect(about(name)?.session).toBe(about('renewed')?.session)
  }
})

test.each(FORMATS)(
  'item 09: %s: a cookie that was good is judged anew at each request',
  (_, format) => {
    const key = 'the next secret key of the site'
    const { sessions, clock } = createSite({ format })
    const cookie = signIn(sessions)
    expect([isLive(sessions, cookie), isLive(sessions, cookie)]).toEqual([true, true])
    const shorter = createSite({ format, clock, lifetime: { idle: '1m' } }).sessions
    const rotated = createSite({ format, clock, secretKey: key }).sessions
    clock.advance({ minutes: 3 })
    expect([isLive(sessions, cookie), isLive(shorter, cookie)]).toEqual([true, false])
    expect(isLive(rotated, cookie)).toBe(false)
    clock.advance({ seconds: HOUR })
    expect(isLive(sessions, cookie)).toBe(false)
  },
)

test('item 11: what a page may know of its session is no secret and opens nothing', () => {
  const { sessions } = createSite({ format: sealed() })
  const cookie = authenticated(sessions)
  const session = sessions.open({ cookie })
  const status = sessions.status(session)
  const said = JSON.stringify(status)
  for (const secret of [session.id ?? '', 'ann', bodyOf(cookie)]) expect(said).not.toContain(secret)
  expect(Object.keys(status)).not.toContain('id')
  for (const [, format] of FORMATS) {
    const line = send(createSite({ format }).sessions, undefined, (s) =>
      s.set('user', 'ann'),
    ).setCookie
    expect(line).toMatch(/; HttpOnly(;|$)/)
  }
})
