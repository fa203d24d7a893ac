// Section 1.5, as far as it needs no store: rights that change, and what is told of an end.
import { byRole, type Lifetime, type Session } from 'sojourn'
import { describe, expect, test } from 'vitest'
import {
  authenticated,
  createSite,
  FORMATS,
  HOUR,
  isLive,
  listen,
  MINUTE,
  START,
  send,
  whyNot,
} from './site.ts'

const ADMIN: Lifetime = { idle: '5m', absolute: '1h' }
const SHOPPER: Lifetime = { idle: '2h', absolute: '10h' }

describe.each(FORMATS)('%s', (name, format) => {
  test('item 46: who becomes an admin has an admin’s limits in the same request', () => {
    const lifetime = byRole({ admin: ADMIN, default: SHOPPER }, (session) =>
      String(session.get('role')),
    )
    const { sessions, clock } = createSite({ format, lifetime, refreshEachRequest: true })
    const shopper = authenticated(sessions)
    clock.advance({ minutes: 30 })
    const rise = (session: Session) => session.set('role', 'admin').endsAt
    const { result, cookie } = send(sessions, shopper, rise)
    expect(result).toBe(START + 35 * MINUTE)
    expect(sessions.open({ cookie }).endsAt).toBe(result)
    clock.advance({ minutes: 5, seconds: 1 })
    expect(whyNot(sessions, cookie)).toBe('idle')
  })

  test('item 46: a role kept elsewhere counts at the next request, without a login', () => {
    const admins = new Set<string | null>()
    const lifetime = byRole({ admin: ADMIN, default: SHOPPER }, ({ subject }) =>
      admins.has(subject) ? 'admin' : 'default',
    )
    const { sessions, clock } = createSite({ format, lifetime })
    const cookie = authenticated(sessions)
    clock.advance({ minutes: 30 })
    expect(isLive(sessions, cookie)).toBe(true)
    admins.add('ann')
    expect(whyNot(sessions, cookie)).toBe('idle')
  })

  test('item 48: each turn of a life is told once, in order, with its reason', () => {
    const { sessions, clock } = createSite({
      format,
      idleAction: 'lock',
      fields: { code: { absolute: '5m' } },
    })
    const told = listen(sessions)
    const begin = (session: Session) => session.update({ user: 'ann', code: 1234 })
    const first = send(sessions, undefined, begin).cookie
    const login = send(sessions, first, (s) => s.authenticate('ann', { factor: 'otp' })).cookie
    clock.advance({ minutes: 6 })
    const read = send(sessions, login, (session) => session.get('user')).cookie
    clock.advance({ hours: 1 })
    const woken = send(sessions, read, (session) => session.unlock({ factor: 'pin' })).cookie
    send(sessions, woken, (session) => session.destroy())
    const said = told.map(({ name: event, reason, field }) =>
      [event, reason, field].filter((word) => typeof word === 'string').join(' '),
    )
    expect(said.filter((word) => word !== 'renewed')).toEqual([
      ...['created', 'authenticated', 'ended field code', 'locked', 'unlocked', 'ended logout'],
    ])
    expect(said.filter((word) => word === 'renewed')).toHaveLength(name === 'sealed' ? 2 : 0)
    expect(told.map(({ now }) => now)).toEqual(told.map(({ now }) => now).toSorted())
    expect(told.filter(({ subject }) => subject !== null).length).toBe(told.length - 1)
  })

  test('item 48: a session that is emptied is told as ended, and by whom it was left', () => {
    const { sessions } = createSite({ format })
    const cookie = authenticated(sessions)
    const told = listen(sessions)
    expect(send(sessions, cookie, (session) => session.clear()).cookie).toBeUndefined()
    expect(told).toMatchObject([{ name: 'ended', reason: 'logout', subject: 'ann' }])
  })

  test('item 48: ends by time and cookies that were not ours are told with their reason', () => {
    const lifetime = { idle: '30m', absolute: '1h' } as const
    const { sessions, clock } = createSite({ format, lifetime })
    const cookie = authenticated(sessions)
    const told = listen(sessions)
    clock.advance({ minutes: 40 })
    send(sessions, cookie, (session) => session.get('user'))
    clock.advance({ hours: 1 })
    send(sessions, cookie, (session) => session.get('user'))
    send(sessions, `${cookie}A`, (session) => session.get('user'))
    send(sessions, undefined, (session) => session.get('user'))
    const idled = START + 30 * MINUTE
    expect(told).toMatchObject([
      { name: 'ended', reason: 'idle', subject: 'ann', now: START + 40 * MINUTE },
      { name: 'ended', subject: 'ann', now: START + 40 * MINUTE + HOUR },
      { name: 'rejected', subject: null },
    ])
    expect(Number(told[0]?.at) - idled).toBeLessThan(MINUTE)
    expect(['tampered', 'malformed']).toContain(told[2]?.reason)
  })
})
