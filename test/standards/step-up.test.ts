// Sections 1.2 and 1.6: what was proven, when, by which factor, and what that is good for.
import { problemOf, type Session } from 'sojourn'
import { checkPolicy, presets } from 'sojourn/policy'
import { describe, expect, test } from 'vitest'
import {
  authenticated,
  codeOf,
  createSite,
  DAY,
  FORMATS,
  HOUR,
  MINUTE,
  START,
  send,
} from './site.ts'

const LOCKING = { idleAction: 'lock', lifetime: { idle: '15m', absolute: '12h' } } as const
const open = (site: ReturnType<typeof createSite>, cookie: string | undefined) =>
  site.sessions.open({ cookie })

describe('a locked session', () => {
  test.each(FORMATS)(
    'item 19: %s: past idle it is closed, and one factor resumes it as it was',
    (_, format) => {
      const site = createSite({ ...LOCKING, format })
      const cookie = authenticated(site.sessions)
      site.clock.advance({ minutes: 20 })
      const closed = open(site, cookie)
      expect([closed.locked, closed.get('user'), closed.size]).toEqual([true, undefined, 0])
      expect(codeOf(() => closed.set('user', 'eve'))).toBe('locked')
      expect(closed.isFresh({ within: '1h' })).toBe(false)
      const woken = send(site.sessions, cookie, (session) => session.unlock({ factor: 'pin' }))
      expect([woken.result, open(site, woken.cookie).get('user')]).toEqual([true, 'ann'])
    },
  )

  test.each(FORMATS)(
    'item 19: %s: no factor resumes it past the absolute limit, or without its cookie',
    (_, format) => {
      const site = createSite({ ...LOCKING, format })
      const cookie = authenticated(site.sessions)
      site.clock.advance({ hours: 12, seconds: 1 })
      for (const kept of [cookie, undefined, `${cookie}x`]) {
        const { result } = send(site.sessions, kept, (session) => session.unlock({ factor: 'pin' }))
        expect([result, open(site, kept).isNew]).toEqual([false, true])
      }
    },
  )

  test('item 19: at AAL3 idling ends the session, and a lock there is found', () => {
    const lifetime = presets.aal3
    const { sessions, clock } = createSite({ lifetime, idleAction: 'end' })
    const cookie = authenticated(sessions)
    clock.advance({ minutes: 15, seconds: 1 })
    const woken = send(sessions, cookie, (session) => session.unlock({ factor: 'passkey' }))
    expect([woken.result, sessions.open({ cookie }).ended?.reason]).toEqual([false, 'idle'])
    expect(checkPolicy(sessions.policy, 'aal3')).toEqual([])
    const { policy } = createSite({ lifetime, idleAction: 'lock' }).sessions
    expect(checkPolicy(policy, 'aal3')).toMatchObject([{ about: 'lock', level: 'shall' }])
    expect(checkPolicy(policy, 'aal2')).toEqual([])
  })
})

describe('proofs', () => {
  test.each(FORMATS)(
    'item 21: %s: each factor is kept with its time, in the cookie',
    (_, format) => {
      const site = createSite({ format })
      const first = authenticated(site.sessions, 'password')
      site.clock.advance({ minutes: 9 })
      const prove = (session: Session) => session.authenticate('ann', { factor: 'otp' })
      const session = open(site, send(site.sessions, first, prove).cookie)
      const provenAt = ['password', 'otp', 'passkey', undefined].map((each) =>
        session.provenAt(each),
      )
      expect(provenAt).toEqual([START, START + 9 * MINUTE, null, START + 9 * MINUTE])
      expect(session.isFresh({ within: '5m', factor: 'otp' })).toBe(true)
      expect(session.isFresh({ within: '5m', factor: 'password' })).toBe(false)
      expect(session.isFresh({ within: '9m', factor: 'password' })).toBe(true)
    },
  )

  test.each(FORMATS)('item 22: %s: nothing but its proof makes a factor proven', (_, format) => {
    const site = createSite({ ...LOCKING, format })
    const before = authenticated(site.sessions, 'password')
    const strive = (session: Session) => {
      session.update({ passkey: START, p: { passkey: START }, proofs: { passkey: START } })
      session.permanent = true
      session.renewId()
      session.limit({ absolute: '1h' })
      session.authenticate('ann', { factor: 'otp' })
    }
    const { cookie } = send(site.sessions, before, strive)
    site.clock.advance({ minutes: 30 })
    const woken = send(site.sessions, cookie, (session) => session.unlock({ factor: 'pin' })).cookie
    const session = open(site, woken)
    expect(session.get('user')).toBe('ann')
    expect(session.isFresh({ within: '12h', factor: 'passkey' })).toBe(false)
    expect(problemOf(session, { within: '12h', factor: 'passkey' })?.age).toBeNull()
    expect(session.isFresh({ within: '12h', factor: 'pin' })).toBe(true)
  })

  test.each(FORMATS)(
    'item 22: %s: proofs do not pass to the next session of the browser',
    (_, format) => {
      const site = createSite({ format, fields: { cart: { keepAfterLogout: true } } })
      const enter = (session: Session) =>
        session.set('cart', 1).authenticate('ann', { factor: 'passkey' })
      const { cookie } = send(site.sessions, undefined, enter)
      for (const leave of [
        (session: Session) => session.destroy(),
        (session: Session) => session.authenticate('bob', { factor: 'password' }),
      ]) {
        const next = open(site, send(site.sessions, cookie, leave).cookie)
        expect([next.get('cart'), next.provenAt('passkey')]).toEqual([1, null])
      }
    },
  )

  test.each(FORMATS)(
    'item 23: %s: being remembered keeps the data and proves nothing',
    (_, format) => {
      const grants = { permanent: { idle: '7d', absolute: '30d' } } as const
      const site = createSite({ format, grants })
      const enter = (session: Session) => {
        session.set('user', 'ann').authenticate('ann', { factor: 'password' }).permanent = true
      }
      let cookie = send(site.sessions, undefined, enter).cookie
      for (const days of [6, 12, 18]) {
        site.clock.set(START + days * DAY)
        const sent = send(site.sessions, cookie, (s) => [
          s.get('user'),
          s.isFresh({ within: '1h' }),
        ])
        expect([days, ...(sent.result as unknown[])]).toEqual([days, 'ann', false])
        cookie = sent.cookie
      }
      const remembered = open(site, cookie)
      expect(problemOf(remembered, { within: '1h' })).toMatchObject({
        reason: 'stale',
        age: 18 * DAY,
      })
      expect(remembered.provenAt()).toBe(START)
      site.clock.set(START + 30 * DAY + 1)
      expect(open(site, cookie).isNew).toBe(true)
    },
  )
})

describe('guards', () => {
  const RECENT = { within: '5m' } as const

  test.each(FORMATS)('item 49: %s: a sensitive change waits for a fresh proof', (_, format) => {
    const site = createSite({ format, idleAction: 'lock' })
    const reasonOf = (cookie?: string) => problemOf(open(site, cookie), RECENT)?.reason ?? 'none'
    expect(reasonOf()).toBe('unauthenticated')
    const cookie = authenticated(site.sessions)
    expect(reasonOf(cookie)).toBe('none')
    site.clock.advance({ minutes: 5 })
    expect(reasonOf(cookie)).toBe('none')
    site.clock.advance({ seconds: 1 })
    expect(reasonOf(cookie)).toBe('stale')
    const again = send(site.sessions, cookie, (session) =>
      session.authenticate('ann', { factor: 'password' }),
    ).cookie
    expect(reasonOf(again)).toBe('none')
    site.clock.advance({ hours: 1 })
    expect(reasonOf(again)).toBe('locked')
  })

  test.each(FORMATS)(
    'item 49: %s: what resumed a locked session counts only where its factor is named',
    (_, format) => {
      const site = createSite({ ...LOCKING, format })
      const cookie = authenticated(site.sessions)
      site.clock.advance({ minutes: 20 })
      const woken = send(site.sessions, cookie, (session) => session.unlock({ factor: 'pin' }))
      const session = open(site, woken.cookie)
      expect(problemOf(session, RECENT)).toMatchObject({ reason: 'stale', age: 20 * MINUTE })
      expect(problemOf(session, { ...RECENT, factor: 'pin' })).toBeNull()
      expect(session.provenAt()).toBe(START)
      const login = (again: Session) => again.authenticate('ann', { factor: 'password' })
      const anew = send(site.sessions, woken.cookie, login).cookie
      expect(problemOf(open(site, anew), RECENT)).toBeNull()
    },
  )

  test.each(FORMATS)(
    'item 50: %s: an action can ask for a factor that the login did not',
    (_, format) => {
      const site = createSite({ format })
      const payment = { within: '5m', factor: 'otp' } as const
      const login = authenticated(site.sessions, 'password')
      expect(problemOf(open(site, login), RECENT)).toBeNull()
      expect(problemOf(open(site, login), payment)).toMatchObject({
        ...{ status: 401, reason: 'stale', factor: 'otp', within: 5 * MINUTE, age: null },
      })
      const both = send(site.sessions, login, (s) =>
        s.authenticate('ann', { factor: 'otp' }),
      ).cookie
      expect(problemOf(open(site, both), payment)).toBeNull()
      expect(open(site, both).get('user')).toBe('ann')
    },
  )

  test.each(FORMATS)(
    'item 52: %s: the provider’s time counts for the proof, ours for the limits',
    (_, format) => {
      const site = createSite({ format, lifetime: { idle: '30m', absolute: '8h' } })
      const at = START - 2 * HOUR
      const arrive = (session: Session, time: number) =>
        session.set('user', 'ann').authenticate('ann', { factor: 'sso', at: time })
      const { cookie } = send(site.sessions, undefined, (session) => arrive(session, at))
      const session = open(site, cookie)
      expect(session.isFresh({ within: '1h', factor: 'sso' })).toBe(false)
      expect(problemOf(session, { within: '1h' })).toMatchObject({ reason: 'stale', age: 2 * HOUR })
      expect(session.explain().clocks.map(({ startedAt }) => startedAt)).toEqual([START, START])
      const early = send(site.sessions, undefined, (each) => arrive(each, START + HOUR)).cookie
      expect(open(site, early).provenAt('sso')).toBe(START)
    },
  )
})
