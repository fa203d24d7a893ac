import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toLimits } from '../../src/core/lifetime.ts'
import { signed } from '../../src/formats/signed.ts'
import {
  createSessions,
  type Lifetime,
  type LifetimeFunction,
  type Session,
  strictest,
  toSeconds,
} from '../../src/index.ts'

interface Data {
  role: string
}

const ADMIN: Lifetime = { idle: '15m', absolute: '8h' }
const SHOPPER: Lifetime = { idle: '7d' }

/** One browser, and a server whose policy can be exchanged while it runs. */
function start(initial: LifetimeFunction<Data>, format?: ReturnType<typeof signed>) {
  let now = 1_700_000_000
  let cookie: string | undefined
  let lifetime = initial
  const sessions = createSessions<Data>({
    secretKey: 'a secret key of some length',
    clock: () => now,
    lifetime: (session) => lifetime(session),
    ...(format && { format }),
  })
  return {
    sessions,
    pass: (duration: Lifetime['idle'] & {}) => {
      now += toSeconds(duration)
    },
    change: (to: LifetimeFunction<Data>) => {
      lifetime = to
    },
    visit<T>(handler: (session: Session<Data>) => T): T {
      const session = sessions.open({ cookie })
      const result = handler(session)
      const { setCookie } = sessions.settle(session)
      if (setCookie !== null) cookie = setCookie.split(';')[0]
      return result
    },
  }
}

const byRole: LifetimeFunction<Data> = (session) =>
  session.get('role') === 'admin' ? ADMIN : SHOPPER

describe.each([
  ['sealed', undefined],
  ['signed', signed()],
])('a lifetime by role, %s', (_, format) => {
  test('each role has its own limits', () => {
    const { visit, pass } = start(byRole, format)
    visit((session) => session.set('role', 'shopper'))
    pass('6d')
    expect(visit((session) => session.get('role'))).toBe('shopper')
    visit((session) => session.destroy())
    visit((session) => session.set('role', 'admin'))
    pass('16m')
    expect(visit((session) => session.ended)).toMatchObject({ reason: 'idle' })
  })

  test('a role that changes takes effect at once, on the absolute clock too', () => {
    const { visit, pass } = start(byRole, format)
    visit((session) => session.set('role', 'shopper'))
    pass('9h')
    expect(
      visit((session) => {
        session.set('role', 'admin')
        return session.explain()
      }),
    ).toMatchObject({ live: false, because: 'absolute' })
    expect(visit((session) => session.ended)).toMatchObject({ reason: 'absolute' })
  })

  test('a shortened policy acts on live sessions at their next request', () => {
    const { visit, pass, change } = start(() => SHOPPER, format)
    visit((session) => session.set('role', 'shopper'))
    pass('2h')
    change(() => ({ idle: '1h' }))
    expect(visit((session) => session.ended)).toMatchObject({ reason: 'idle' })
  })
})

describe('a lifetime function that fails', () => {
  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('no such role')
      },
    ],
    ['returns nothing', () => undefined],
    ['returns a number', () => 1800],
    ['returns a lifetime that could not act', () => ({ idle: '1h', absolute: '1m' })],
  ])('%s: the default lifetime holds, and an event says so', (_, broken) => {
    const { visit, pass, sessions } = start(broken as unknown as LifetimeFunction<Data>)
    const failures: unknown[] = []
    sessions.on('failed', ({ error }) => failures.push(error))
    visit((session) => session.set('role', 'shopper'))
    expect(visit((session) => session.endsAt)).toBe(1_700_000_000 + 1800 + 59)
    expect(failures.length).toBeGreaterThan(0)
    pass('31m')
    expect(visit((session) => session.ended)).toMatchObject({ reason: 'idle' })
  })
})

describe('strictest', () => {
  test('takes each clock from whom it is shortest, in the words it was given in', () => {
    expect(strictest(ADMIN, SHOPPER, { absolute: { hours: 4 } })).toEqual({
      idle: '15m',
      absolute: { hours: 4 },
      permanent: false,
    })
    expect(strictest({ permanent: true }, { permanent: true }).permanent).toBe(true)
    expect(() => strictest()).toThrow(expect.objectContaining({ code: 'bad-lifetime' }))
  })

  test('is never laxer than any of them', () => {
    const lifetime = fc.record({
      idle: fc.option(
        fc.integer({ min: 1, max: 99 }).map((seconds) => ({ seconds })),
        { nil: undefined },
      ),
      absolute: fc.option(
        fc.integer({ min: 1, max: 99 }).map((minutes) => ({ minutes })),
        { nil: undefined },
      ),
    })
    fc.assert(
      fc.property(fc.array(lifetime, { minLength: 1, maxLength: 5 }), (lifetimes) => {
        const least = strictest(...lifetimes)
        const shortest = (clock: 'idle' | 'absolute') => {
          const given = lifetimes.flatMap((each) => (each[clock] ? [toSeconds(each[clock])] : []))
          return given.length > 0 ? Math.min(...given) : undefined
        }
        const [idle, absolute] = [shortest('idle'), shortest('absolute')]
        expect(least.absolute && toSeconds(least.absolute)).toBe(absolute)
        // An idle limit longer than the absolute one would never act, and is refused.
        expect(least.idle && toSeconds(least.idle)).toBe(
          idle === undefined ? undefined : Math.min(idle, absolute ?? idle),
        )
        expect(() => toLimits(least)).not.toThrow()
      }),
    )
  })
})
