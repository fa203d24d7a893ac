import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Session, SessionOptions } from '../../src/index.ts'
import { BACKGROUND, BY, FORMATS, KEY, NOW, start } from './start.ts'

const DEFAULT = { idle: 1800, absolute: 43_200 }
const duration = fc.integer({ min: 1, max: 50_000 })

describe.each(FORMATS)('a limit of a session of its own, %s', (_, format) => {
  test('only ever shortens, however often and in whichever order', () => {
    const limits = fc.array(
      fc.record({
        idle: fc.option(duration, { nil: undefined }),
        more: fc.option(fc.nat({ max: 50_000 }), { nil: undefined }),
        after: fc.integer({ min: 0, max: 300 }),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(limits, (list) => {
        const { visit, pass } = start({ format, refreshEachRequest: true })
        visit((session) => Object.assign(session.set('a', 1), { permanent: true }))
        for (const { idle, more, after } of list) {
          pass(after)
          const [before, explained] = visit((session) => {
            const alive = Object.assign(session, { modified: true }).endsAt ?? 0
            if (session.isNew || (idle ?? more) === undefined) return [alive, alive]
            session.limit({
              ...(idle !== undefined && { idle: { seconds: idle } }),
              ...(more !== undefined && { absolute: { seconds: (idle ?? 1) + more } }),
            })
            return [alive, session.endsAt ?? 0]
          }).result
          expect(explained).toBeLessThanOrEqual(before as number)
        }
      }),
      { endOnFailure: true, numRuns: 60 },
    )
  })

  test('ends it to the second, however busy it is', () => {
    const { visit, pass } = start({ format, refreshEachRequest: true })
    visit((session) => Object.assign(session.set('a', 1), { permanent: true }))
    pass(100)
    visit((session) => session.limit({ idle: '2m', absolute: '5m' }))
    for (const seconds of [120, 120, 60]) {
      pass(seconds)
      expect(visit((session) => session.get('a')).result).toBe(1)
    }
    pass(1)
    const ended = { reason: 'absolute', at: NOW + 400 }
    expect(visit((session) => session.ended).result).toMatchObject(ended)
  })

  test('ends it by idleness, of several limits by the shorter', () => {
    const { visit, pass } = start({ format, refreshEachRequest: true })
    visit((session) => session.set('a', 1).limit({ idle: '5m' }).limit({ idle: '10m' }))
    pass(300)
    expect(visit((session) => session.set('a', 2).isNew).result).toBe(false)
    pass(301)
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })

  test('of several, the earliest deadline holds', () => {
    const { visit, pass } = start({ format })
    visit((session) => session.set('a', 1).limit({ absolute: '10m' }))
    pass(100)
    visit((session) => session.limit({ absolute: '9m' }))
    expect(visit((session) => session.endsAt).result).toBe(NOW + 600)
    visit((session) => session.limit({ absolute: '8m' }))
    expect(visit((session) => session.endsAt).result).toBe(NOW + 580)
  })

  test('is explained, and stays through writing, sliding and a change of key', () => {
    const { visit, pass, redeploy } = start({ format })
    visit((session) => Object.assign(session.set('a', 1), { permanent: true }))
    visit((session) => session.limit({ absolute: '1h' }))
    const own = () =>
      visit((session) => session.explain().clocks.filter(({ source }) => source === 'session'))
        .result
    const clock = { clock: 'absolute', seconds: 3600, startedAt: NOW, endsAt: NOW + 3600 }
    const check = () => expect(own()).toMatchObject([clock])
    check()
    pass(700)
    visit((session) => session.get('a'))
    visit((session) => session.set('b', 1))
    check()
    redeploy({ secretKey: 'another key of the tests', secretKeyFallbacks: [KEY] })
    pass(100)
    check()
    redeploy({ secretKey: 'another key of the tests' })
    visit((session) => session.renewId())
    check()
  })

  test('does not lengthen what is granted to permanent sessions, nor they it', () => {
    const grants = { permanent: { idle: '7d', absolute: '30d' } } as const
    const { visit, pass } = start({ format, grants })
    visit((session) =>
      Object.assign(session.set('a', 1).limit({ idle: '1h' }), { permanent: true }),
    )
    pass(3600 + 60)
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })

  test('is set by a request in the background too, and moves nothing', () => {
    const { visit, pass } = start({ format })
    visit((session) => session.set('a', 1))
    pass(1700)
    visit((session) => session.limit({ absolute: '1h' }), { activity: 'background' })
    pass(200)
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })

  test('does not reach the session after it', () => {
    const { visit } = start({ format })
    visit((session) => session.set('a', 1).limit({ absolute: '1h' }))
    visit((session) => session.destroy())
    visit((session) => session.set('a', 1))
    expect(visit((session) => session.explain().clocks.length).result).toBe(2)
  })

  test.each([
    {},
    { absolute: '0s' },
    { idle: '2h', absolute: '1h' },
    { idle: 60 },
    { renewal: '1h' },
  ])('is refused as %j, and changes nothing; so is the lifetime of a value', (given) => {
    const { visit } = start({ format })
    const refused = expect.objectContaining({
      code: expect.stringMatching(/^bad-(?:lifetime|duration)$/),
    })
    visit((session) => session.set('a', 1))
    visit((session) => {
      expect(() => session.limit(given as { idle: '1m' })).toThrow(refused)
      expect(() => session.set('a', 2, given as { idle: '1m' })).toThrow(refused)
    })
    expect(visit((session) => session.get('a')).result).toBe(1)
  })
})

describe.each(FORMATS)('the cookie of a permanent session, %s', (name, format) => {
  const expiry = (
    options: Partial<SessionOptions>,
    act: (session: Session) => unknown = () => {},
  ) => {
    const { visit } = start({ format, refreshEachRequest: true, ...options })
    const { setCookie } = visit((session) => {
      Object.assign(session.set('a', 1), { permanent: true })
      act(session)
    })
    return Date.parse(/Expires=([^;]+)/.exec(setCookie ?? '')?.[1] ?? '') / 1000 - NOW
  }
  const grants = { permanent: { idle: '7d', absolute: '30d' } } as const

  test('expires with the earliest of its clocks', () => {
    expect(expiry({})).toBe(DEFAULT.idle)
    expect(expiry({ lifetime: { absolute: '1h' } })).toBe(3600)
    expect(expiry({ grants })).toBe(604_800)
    expect(expiry({ grants }, (session) => session.limit({ absolute: '1d' }))).toBe(86_400)
    expect(expiry({}, (session) => session.limit({ idle: '5m' }))).toBe(300)
    expect(expiry({}, (session) => session.limit({ idle: '1h' }))).toBe(DEFAULT.idle)
  })

  test('outlives the idle limit where that locks', () => {
    expect(expiry({ idleAction: 'lock' })).toBe(DEFAULT.absolute)
    expect(expiry({ idleAction: 'lock', grants })).toBe(2_592_000)
    const limit = (session: Session) => session.limit({ idle: '5m', absolute: '1h' })
    expect(expiry({ idleAction: 'lock' }, limit)).toBe(3600)
  })

  test('is bound by what browsers keep, but in Flask, which knows no bound', () => {
    const expected = name === 'flask' ? 500 * 86_400 : 400 * 86_400
    expect(expiry({ lifetime: { idle: '500d' } })).toBe(expected)
  })

  test('lasts as long as a field that outlives the session', () => {
    const fields = { a: { absolute: '1d', keepAfterLogout: true } } as const
    expect(expiry({ fields })).toBe(86_400)
  })
})

describe.each(FORMATS)('a limit of a session, %s', (_, format) => {
  test('is not lengthened by a login, of two the shorter starts anew', () => {
    const { visit, pass } = start({ format, lifetime: { absolute: '12h' } })
    visit((session) => session.set('a', 1).limit({ absolute: '1h' }))
    pass(55 * 60)
    visit((session) => session.limit({ absolute: '10m' }))
    pass(3 * 60)
    visit((session) => session.authenticate('ann', BY))
    expect(visit((session) => session.endsAt).result).toBe(NOW + 58 * 60 + 600)
  })

  test('that came in the background counts from when it came', () => {
    const { visit, pass } = start({ format, refreshEachRequest: true })
    visit((session) => session.set('a', 1).set('code', 1))
    pass(55)
    visit((session) => session.limit({ idle: '30s' }), BACKGROUND)
    visit((session) => session.set('code', 2, { idle: '30s' }), BACKGROUND)
    pass(30)
    expect(visit((session) => session.get('code'), BACKGROUND).result).toBe(2)
    pass(1)
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })
})
