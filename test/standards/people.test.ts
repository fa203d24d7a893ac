// Sections 1.2 and 1.8: what people must be told of a time limit, and what it must leave them.
import type { Session } from 'sojourn'
import { sessionStatus, withSession } from 'sojourn/fetch'
import { presets } from 'sojourn/policy'
import { describe, expect, test } from 'vitest'
import {
  authenticated,
  createSite,
  FORMATS,
  HOUR,
  isLive,
  MINUTE,
  START,
  send,
  whyNot,
} from './site.ts'

const read = (session: Session) => session.get('user')
const remember = (session: Session) => {
  session.set('user', 'ann').permanent = true
}
const poll = { activity: 'background' } as const

describe('a warning in time', () => {
  test.each(FORMATS)(
    'item 20: %s: the last moment is known at any time, and one request puts it off',
    (_, format) => {
      const { sessions, clock } = createSite({ format, refreshEachRequest: true })
      const { cookie } = send(sessions, undefined, remember)
      clock.advance({ minutes: 28 })
      const status = sessions.status(sessions.open({ cookie, ...poll }))
      expect(status).toMatchObject({
        ...{ state: 'live', now: START + 28 * MINUTE, endsAt: START + 30 * MINUTE },
        ...{ because: 'idle', action: 'end' },
      })
      const extended = send(sessions, cookie, read).cookie
      const later = sessions.status(sessions.open({ cookie: extended, ...poll }))
      expect(later.endsAt).toBe(START + 58 * MINUTE)
      clock.set((status.endsAt ?? 0) + 1)
      expect([isLive(sessions, cookie), isLive(sessions, extended)]).toEqual([false, true])
    },
  )

  const LIMITS = [
    ['the default', {}],
    ...(['aal2', 'aal3', 'owaspHigh', 'owaspLow', 'pci'] as const).map(
      (name) => [name, { lifetime: presets[name] }] as const,
    ),
  ] as const

  describe.each(FORMATS)('%s', (_name, format) => {
    test.each(LIMITS)(
      'item 59: %s: 20 seconds before the end one request extends, ten times',
      (_, options) => {
        const { sessions, clock } = createSite({ ...options, format })
        let { cookie } = send(sessions, undefined, remember)
        for (let time = 1; time <= 10; time++) {
          const { endsAt, because } = sessions.open({ cookie }).explain()
          expect([time, because]).toEqual([time, 'idle'])
          clock.set((endsAt ?? 0) - 20)
          const sent = send(sessions, cookie, read)
          expect([time, sent.result]).toEqual([time, 'ann'])
          cookie = sent.cookie
        }
        clock.advance({ seconds: 21 })
        expect(isLive(sessions, cookie)).toBe(true)
      },
    )
  })
})

describe('after the login anew', () => {
  test.each(FORMATS)(
    'item 61: %s: what was begun goes on where it was, by one factor or by a login anew',
    (_, format) => {
      const { sessions, clock } = createSite({ format, idleAction: 'lock' })
      const begun = { user: 'ann', form: { step: 3, text: 'half a letter' } }
      const enter = (session: Session) =>
        session.update(begun).authenticate('ann', { factor: 'otp' })
      const { cookie } = send(sessions, undefined, enter)
      clock.advance({ hours: 2 })
      for (const resume of [
        (session: Session): unknown => session.unlock({ factor: 'pin' }),
        (session: Session): unknown => session.authenticate('ann', { factor: 'password' }),
      ]) {
        const resumed = send(sessions, cookie, resume).cookie
        expect(sessions.open({ cookie: resumed }).locked).toBe(false)
        expect(sessions.open({ cookie: resumed }).toJSON()).toMatchObject(begun)
      }
    },
  )

  test.each(FORMATS)('item 63: %s: whose session it was need not be typed again', (_, format) => {
    for (const idleAction of ['lock', 'end'] as const) {
      const { sessions, clock } = createSite({ format, idleAction })
      const cookie = authenticated(sessions, 'password', 'account-7')
      clock.advance({ hours: 1 })
      const { subject, ended } = sessions.open({ cookie })
      expect([idleAction, subject ?? ended?.subject]).toEqual([idleAction, 'account-7'])
    }
  })

  test.each(FORMATS)('item 63: %s: but only of a cookie that was ours', (_, format) => {
    const { sessions } = createSite({ format })
    const forged = authenticated(
      createSite({ format, secretKey: 'another key altogether' }).sessions,
    )
    const { subject, ended } = sessions.open({ cookie: forged })
    expect([subject, ended?.subject]).toEqual([null, null])
  })

  test.each(FORMATS)(
    'item 64: %s: a draft outlives the absolute limit, and nothing else does',
    (_, format) => {
      const { sessions, clock } = createSite({
        format,
        lifetime: { absolute: '8h' },
        fields: {
          draft: { absolute: '21h', keepAfterLogout: true },
          code: { absolute: '21h' },
        },
      })
      const enter = (session: Session) =>
        session
          .update({ user: 'ann', draft: 'half a letter', code: 1234 })
          .authenticate('ann', { factor: 'otp' })
      const { cookie } = send(sessions, undefined, enter)
      clock.advance({ hours: 8, seconds: 1 })
      const back = send(sessions, cookie, (session) => [session.ended?.reason, session.toJSON()])
      expect(back.result).toEqual(['absolute', { draft: 'half a letter' }])
      clock.set(START + 15 * HOUR)
      const login = send(sessions, back.cookie, (s) =>
        s.authenticate('ann', { factor: 'otp' }),
      ).cookie
      expect(sessions.open({ cookie: login }).get('draft')).toBe('half a letter')
      clock.set(START + 21 * HOUR + 1)
      expect(sessions.open({ cookie: login }).get('draft')).toBeUndefined()
    },
  )
})

describe('what the page may count by', () => {
  test.each(FORMATS)(
    'item 62: %s: at the start it is known how long inactivity may last',
    (_, format) => {
      const { sessions, clock } = createSite({ format, lifetime: { idle: '20m', absolute: '8h' } })
      const { result, cookie } = send(sessions, undefined, (session) => {
        session.set('user', 'ann').authenticate('ann', { factor: 'password' })
        const idle = session.explain().clocks.find(({ clock: name }) => name === 'idle')
        return { idle: idle?.seconds, endsAt: session.endsAt ?? 0 }
      })
      expect(result.idle).toBe(20 * MINUTE)
      clock.set(START + 20 * MINUTE)
      expect(isLive(sessions, cookie)).toBe(true)
      clock.set(result.endsAt)
      expect(isLive(sessions, cookie)).toBe(true)
      clock.advance({ seconds: 1 })
      expect(whyNot(sessions, cookie)).toBe('idle')
    },
  )

  test.each(FORMATS)('item 65: %s: asking for the deadline does not move it', async (_, format) => {
    const { sessions, clock } = createSite({ format, refreshEachRequest: true })
    const { cookie } = send(sessions, undefined, remember)
    const ask = sessionStatus(sessions)
    // Also where the whole site is wrapped, so that each request's session is settled.
    const status = withSession(sessions, (request) => ask(request))
    for (let minutes = 1; minutes <= 30; minutes++) {
      clock.set(START + minutes * MINUTE)
      const request = new Request('https://shop.example/status', {
        headers: { cookie: cookie ?? '' },
      })
      const response = await status(request)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toMatchObject({
        ...{ state: 'live', now: clock.now, endsAt: START + 30 * MINUTE },
      })
    }
    clock.advance({ seconds: 1 })
    const over = sessions.status(sessions.open({ cookie, ...poll }))
    expect(over).toMatchObject({ state: 'none', endsAt: null, ended: { reason: 'idle', ago: 1 } })
  })

  test('item 65: a countdown needs no clock of the browser', () => {
    const { sessions, clock } = createSite({ refreshEachRequest: true })
    const { cookie } = send(sessions, undefined, remember)
    const left = () => {
      const { now, endsAt } = sessions.status(sessions.open({ cookie, ...poll }))
      return (endsAt ?? 0) - now
    }
    const lefts = [0, 10, 29].map((minutes) => {
      clock.set(START + minutes * MINUTE)
      return left() / MINUTE
    })
    expect(lefts).toEqual([30, 20, 1])
  })
})
