// Section 1.1: ids, and what a visitor can send in their place.
import fc from 'fast-check'
import type { Session, TokenFormat } from 'sojourn'
import { expect, test, vi } from 'vitest'
import {
  authenticated,
  bodyOf,
  createSite,
  FORMATS,
  listen,
  SECRET,
  send,
  signIn,
  whyNot,
} from './site.ts'

const idOf = (cookie: string | undefined) => createSite().sessions.open({ cookie }).id ?? ''

test('item 01: an id is 128 random bits, none of them fixed, and owes nothing to Math.random', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const { sessions } = createSite()
  const ids = Array.from({ length: 512 }, () => sessions.open({}).id ?? '')
  random.mockRestore()
  expect(new Set(ids).size).toBe(512)
  const bytes = ids.map((id) => Buffer.from(id, 'base64url'))
  expect(bytes.every((id) => id.length === 16)).toBe(true)
  const bits = Array.from({ length: 128 }, (_, at) =>
    bytes.map((id) => ((id[at >> 3] ?? 0) >> (at & 7)) & 1),
  )
  expect(bits.every((bit) => bit.includes(0) && bit.includes(1))).toBe(true)
})

test('item 01: the formats without an id have none to guess', () => {
  for (const [, format] of FORMATS.slice(1)) {
    expect(createSite({ format }).sessions.open({}).id).toBeNull()
  }
})

test('item 02: nothing in a sealed cookie can be read, and two of the same hold nothing in common', () => {
  const { sessions } = createSite()
  const personal = { mail: 'ann@shop.example', age: 47 }
  const enter = () =>
    send(sessions, undefined, (session) => {
      session.update(personal).authenticate('account-4711', { factor: 'password' })
    }).cookie ?? ''
  const [one, other] = [enter(), enter()]
  const readable = [one, ...one.split(/[=.]/).map((part) => String(Buffer.from(part, 'base64url')))]
  for (const secret of ['ann', 'shop', 'account', '4711', 'password', idOf(one)]) {
    expect(readable.join('\n')).not.toContain(secret)
  }
  const bodies = [one, other].map((cookie) => cookie.split('.').slice(2))
  expect(bodies[0]?.filter((part) => bodies[1]?.includes(part))).toEqual([])
  expect(idOf(one)).not.toBe(idOf(other))
})

test('item 03: an id that the server did not issue is not taken over, and is told of', async () => {
  const forger = createSite({ secretKey: 'the key of somebody else altogether' })
  const planted = signIn(forger.sessions)
  const chosen = forger.sessions.open({ cookie: planted }).id
  const { sessions } = createSite()
  const told = listen(sessions)
  const { result, cookie } = send(sessions, planted, (session) => session.set('cart', 1).id)
  expect(result).not.toBe(chosen)
  expect(sessions.open({ cookie }).id).toBe(result)
  expect(sessions.open({ cookie }).get('user')).toBeUndefined()
  expect(told.map(({ name }) => name)).toEqual(['rejected', 'created'])
})

test.each(FORMATS)(
  'item 03: %s: a made-up cookie never begins a session by itself',
  (_, format) => {
    const { sessions } = createSite({ format })
    for (const value of ['1', 'admin', 'A'.repeat(22), '00000000-0000-4000-8000-000000000000']) {
      const { result, setCookie } = send(
        sessions,
        `__Host-session=${value}`,
        (s) => s.isNew && s.ended,
      )
      expect(result).toMatchObject({ subject: null })
      expect(setCookie).toBeNull()
    }
  },
)

test.each(FORMATS)('item 04: %s: what is too long is refused before it is opened', (_, format) => {
  const opened = vi.fn()
  const watched: TokenFormat = (keys) => {
    const made = format(keys)
    const open = (cookie: string) => {
      opened(cookie.length)
      return made.open(cookie)
    }
    return Object.assign(Object.create(made), { open })
  }
  const { sessions } = createSite({ format: watched })
  const { longest } = watched({ current: Buffer.from(SECRET), fallbacks: [] })
  expect(longest).toBeLessThanOrEqual(2 ** 16)
  expect(whyNot(sessions, `__Host-session=${'a'.repeat(longest)}`)).not.toBeUndefined()
  expect(opened.mock.calls).toEqual([[longest]])
  for (const length of [longest + 1, 10 * longest]) {
    expect(whyNot(sessions, `__Host-session=${'a'.repeat(length)}`)).toBe('malformed')
  }
  expect(opened).toHaveBeenCalledTimes(1)
})

test.each(FORMATS)('item 04: %s: no header throws, and none but our own is taken', (_, format) => {
  const { sessions } = createSite({ format })
  const good = bodyOf(signIn(sessions))
  const unit = fc.constantFrom('.', '-', '=', '%00', 'é', '\0', ' ', '"', '\\', ';', 'A', '😀', '+')
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(3), unit)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const value = changes.reduce(
        (text, [at, cut, added]) => text.slice(0, at) + added + text.slice(at + cut),
        good,
      )
      const header = `__Host-session=${value}`
      const isOurs = value === good || header.startsWith(`__Host-session=${good};`)
      const read = sessions.open({ cookie: header }).get('user')
      expect(read === undefined || isOurs || value.trim() === good).toBe(true)
    }),
    { numRuns: 2_000, endOnFailure: true },
  )
})

test('item 05: each authentication and each unlock goes on under a new id, with the data', () => {
  const { sessions, clock } = createSite({ idleAction: 'lock' })
  const first = send(sessions, undefined, (session) => session.set('cart', 1).id)
  const prove = (session: Session) => session.authenticate('ann', { factor: 'password' }).id
  const login = send(sessions, first.cookie, prove)
  const again = send(sessions, login.cookie, prove)
  clock.advance({ hours: 1 })
  const wake = (session: Session) => session.unlock({ factor: 'pin' }) && session.id
  const woken = send(sessions, again.cookie, wake)
  const ids = [first, login, again, woken].map(({ result }) => result)
  expect(new Set(ids).size).toBe(4)
  const saved = sessions.open({ cookie: woken.cookie })
  expect([saved.id, saved.get('cart')]).toEqual([woken.result, 1])
})

test('item 05: a change of rights can have a new id, and a login never keeps the one before', () => {
  const { sessions } = createSite()
  const before = authenticated(sessions)
  const risen = send(sessions, before, (session) => session.set('role', 'admin').renewId()).cookie
  expect(idOf(risen)).not.toBe(idOf(before))
  const other = send(sessions, risen, (s) => s.authenticate('bob', { factor: 'otp' })).cookie
  expect(idOf(other)).not.toBe(idOf(risen))
  expect(sessions.open({ cookie: other }).get('role')).toBeUndefined()
})
