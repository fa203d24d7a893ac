// Section 1.2, the two clocks: who counts them, from when, and what the cookie's date has to say.
import type { Session } from 'sojourn'
import { createVisitor } from 'sojourn/testing'
import { expect, test } from 'vitest'
import {
  authenticated,
  createSite,
  DAY,
  expiresIn,
  FORMATS,
  HOUR,
  isLive,
  MINUTE,
  OURS,
  START,
  send,
  signIn,
  whyNot,
} from './site.ts'

const WORK = { idle: '30m', absolute: '12h' } as const
const touch = (session: Session) => session.update('n', (n) => Number(n ?? 0) + 1)
const remember = (session: Session) => {
  session.set('user', 'ann').permanent = true
}

/** The epoch seconds from which both clocks count. */
const startsOf = (session: Session) =>
  session.explain().clocks.map(({ startedAt }) => startedAt - START)

test.each(FORMATS)('item 12: %s: half an hour without activity ends a session', (_, format) => {
  const { sessions, clock } = createSite({ format })
  const cookie = signIn(sessions)
  clock.set(START + 30 * MINUTE)
  expect(isLive(sessions, cookie)).toBe(true)
  clock.set(START + 31 * MINUTE)
  expect(isLive(sessions, cookie)).toBe(false)
  expect(whyNot(sessions, cookie)).toBe('idle')
})

test.each(FORMATS)('item 12: %s: idle can be exact to the second', (_, format) => {
  const { sessions, clock } = createSite({ format, lifetime: WORK, refreshEachRequest: true })
  const cookie = signIn(sessions)
  clock.set(START + 30 * MINUTE)
  expect(isLive(sessions, cookie)).toBe(true)
  clock.advance({ seconds: 1 })
  expect(whyNot(sessions, cookie)).toBe('idle')
})

test.each(FORMATS)(
  'item 13: %s: no activity and no new id outlives the absolute limit',
  (_, format) => {
    const { sessions, clock } = createSite({ format })
    let cookie: string | undefined = authenticated(sessions)
    const work = (session: Session) => {
      touch(session).renewId()
      return session.get('user')
    }
    for (const seconds of Array.from({ length: 72 }, (_each, at) => (at + 1) * 10 * MINUTE)) {
      clock.set(START + seconds)
      const { result, ...sent } = send(sessions, cookie, work)
      expect([seconds, result]).toEqual([seconds, 'ann'])
      cookie = sent.cookie
    }
    expect(clock.now).toBe(START + 12 * HOUR)
    clock.advance({ seconds: 1 })
    expect(whyNot(sessions, cookie)).toBe('absolute')
  },
)

test.each(FORMATS)(
  'item 13: %s: it counts from the login, not from the first visit',
  (_, format) => {
    const { sessions, clock } = createSite({ format, lifetime: { absolute: '1h' } })
    const visit = signIn(sessions)
    clock.advance({ minutes: 50 })
    const login = (session: Session) => session.authenticate('ann', { factor: 'password' })
    const { cookie } = send(sessions, visit, login)
    clock.advance({ hours: 1 })
    expect([isLive(sessions, visit), isLive(sessions, cookie)]).toEqual([false, true])
    clock.advance({ seconds: 1 })
    expect(whyNot(sessions, cookie)).toBe('absolute')
  },
)

test.each(FORMATS)('item 13: %s: what resumes a locked session does not move it', (_, format) => {
  const { sessions, clock } = createSite({ format, lifetime: WORK, idleAction: 'lock' })
  const before = authenticated(sessions)
  clock.advance({ hours: 11 })
  const { cookie } = send(sessions, before, (session) => session.unlock({ factor: 'pin' }))
  expect(isLive(sessions, cookie)).toBe(true)
  clock.set(START + 12 * HOUR + 1)
  expect(whyNot(sessions, cookie)).toBe('absolute')
})

test.each(FORMATS)('item 14: %s: who ignores the cookie’s date gets no further', (_, format) => {
  for (const lifetime of [{ idle: '30m' }, { absolute: '30m' }] as const) {
    const { sessions, clock } = createSite({ format, lifetime })
    const honest = createVisitor(sessions, { clock })
    const thief = createVisitor(sessions, { clock, ignoreExpires: true })
    for (const visitor of [honest, thief]) visitor.visit(remember)
    clock.advance({ minutes: 31 })
    expect([honest.cookie === undefined, thief.cookie === undefined]).toEqual([true, false])
    expect(thief.visit((session) => [session.isNew, session.get('user')])).toEqual([
      true,
      undefined,
    ])
  }
})

test.each(FORMATS)(
  'item 15: %s: a lasting cookie goes at most a minute after its session',
  (_, format) => {
    for (const lifetime of [WORK, { idle: '7d' }, { absolute: '30d' }, { idle: '5s' }] as const) {
      const { sessions, clock } = createSite({ format, lifetime })
      const first = send(sessions, undefined, remember)
      clock.advance({ seconds: 3 })
      const second = send(sessions, first.cookie, touch)
      for (const [line, cookie] of [first, second].map((sent) => [sent.setCookie, sent.cookie])) {
        const endsAt = sessions.open({ cookie }).endsAt ?? Number.NaN
        expect(expiresIn(line ?? null)).toBeGreaterThanOrEqual(endsAt)
        expect(expiresIn(line ?? null)).toBeLessThanOrEqual(endsAt + MINUTE)
      }
    }
  },
)

test.each(FORMATS)(
  'item 16: %s: the browser’s end ends the session, unless it was asked to last',
  (_, format) => {
    const { sessions, clock } = createSite({ format })
    const line = send(sessions, undefined, (session) => session.set('user', 'ann')).setCookie
    expect(line).not.toMatch(/expires|max-age/i)
    const visitor = createVisitor(sessions, { clock })
    visitor.visit((session) => session.set('user', 'ann'))
    const restored = visitor.cookie
    visitor.closeBrowser()
    expect(visitor.cookie).toBeUndefined()
    visitor.visit(remember)
    visitor.closeBrowser()
    expect(visitor.visit((session) => session.get('user'))).toBe('ann')
    // Browsers restore their sessions: the server's limits hold for such a cookie too.
    clock.advance({ minutes: 31 })
    expect(whyNot(sessions, restored)).toBe('idle')
  },
)

test.each(FORMATS)(
  'item 17: %s: activity moves the idle clock, a proof moves both',
  (_, format) => {
    const { sessions, clock } = createSite({ format, lifetime: WORK })
    const first = send(sessions, undefined, remember).cookie
    clock.advance({ minutes: 20 })
    const active = send(sessions, first, (session) => session.get('user')).cookie
    expect(startsOf(sessions.open({ cookie: active }))).toEqual([20 * MINUTE, 0])
    clock.advance({ minutes: 20 })
    const prove = (session: Session) => session.authenticate('ann', { factor: 'password' })
    const proven = send(sessions, active, prove).cookie
    const again = send(sessions, proven, prove).cookie
    for (const cookie of [proven, again]) {
      expect(startsOf(sessions.open({ cookie }))).toEqual([40 * MINUTE, 40 * MINUTE])
    }
    clock.advance({ minutes: 20 })
    const reproven = send(sessions, again, prove).cookie
    expect(startsOf(sessions.open({ cookie: reproven }))).toEqual([HOUR, HOUR])
  },
)

test.each(OURS)('item 24: %s: no cookie is dated more than 400 days ahead', (_, format) => {
  for (const lifetime of [
    {},
    { idle: '1000d' },
    { absolute: '9000d' },
    { idle: '401d' },
  ] as const) {
    const { sessions } = createSite({ format, lifetime })
    const { setCookie } = send(sessions, undefined, remember)
    expect(expiresIn(setCookie)).toBe(START + 400 * DAY)
  }
  const { sessions } = createSite({ format, lifetime: { absolute: '399d' } })
  expect(expiresIn(send(sessions, undefined, remember).setCookie)).toBe(START + 399 * DAY)
})

test.each(OURS)('item 24: %s: a grant of years is dated no further either', (_, format) => {
  const grants = { permanent: { absolute: { days: 2_000 } } }
  const { sessions } = createSite({ format, lifetime: { absolute: '1d' }, grants })
  expect(expiresIn(send(sessions, undefined, remember).setCookie)).toBe(START + 400 * DAY)
})
