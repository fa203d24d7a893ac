import { describe, expect, test } from 'vitest'
import {
  byRole,
  type LifetimeFunction,
  type Session,
  SessionError,
  type SessionOptions,
  strictest,
} from '../../src/index.ts'
import { FORMATS, NOW, start } from './start.ts'

type Options = SessionOptions<Record<string, unknown>>

const ADMIN = { idle: '15m', absolute: '8h' } as const
const SHOPPER = { idle: '2h', absolute: '4h' } as const
const GRANTS = { permanent: { idle: '7d', absolute: '30d' } } as const

/** How long a session lives from now, by the clocks that its policy gives it. */
const clocksOf = (session: Session) => {
  const { clocks } = session.explain()
  const of = (name: string) =>
    Math.min(...clocks.filter(({ clock }) => clock === name).map(({ seconds }) => seconds))
  return [of('idle'), of('absolute')]
}

const judged = (lifetime: Options['lifetime'], act: (session: Session) => unknown = () => {}) =>
  start({ lifetime }).visit((session) => {
    act(session)
    return clocksOf(session)
  }).result

describe('a lifetime by role', () => {
  const table = { admin: ADMIN, shopper: SHOPPER }
  const roles = (...given: unknown[]) => judged(byRole(table, () => given as string[]))

  test('is that of the role, and of several the strictest clock by clock', () => {
    expect(judged(byRole(table, () => 'admin'))).toEqual([900, 28_800])
    expect(roles('shopper')).toEqual([7200, 14_400])
    expect(roles('admin', 'shopper')).toEqual([900, 14_400])
    expect(roles('shopper', 'admin', 'admin')).toEqual([900, 14_400])
  })

  test.each([[undefined], [null], [''], [[]], ['guest'], [['guest', 'shopper']]])(
    'is the strictest of all for the roles %j',
    (given) => {
      expect(judged(byRole(table, () => given))).toEqual([900, 14_400])
    },
  )

  test.each(['__proto__', 'constructor', 'toString'])('knows no role %s of itself', (role) => {
    expect(judged(byRole(table, () => role))).toEqual([900, 14_400])
    expect(judged(byRole(table, () => [role, 'shopper']))).toEqual([900, 14_400])
  })

  test('is the default where the table has one', () => {
    const all = { ...table, default: { idle: '5m', absolute: '1h' } } as const
    expect(judged(byRole(all, () => 'guest'))).toEqual([300, 3600])
    expect(judged(byRole(all, () => ['guest', 'shopper']))).toEqual([300, 3600])
    expect(judged(byRole(all, () => null))).toEqual([300, 3600])
  })

  test.each([
    [{ admin: { idle: 900 } }],
    [{ admin: { idle: '2h', absolute: '1h' } }],
    [{ admin: { ...ADMIN, renewal: '5m' } }],
  ])('is refused when the sessions are made: %j', (lifetimes) => {
    const table = lifetimes as unknown as { admin: typeof ADMIN }
    expect(() => start({ lifetime: byRole(table, () => 'admin') })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^bad-(?:lifetime|duration)$/) }),
    )
  })

  test('needs a role in its table', () => {
    expect(() => start({ lifetime: byRole({}, () => 'admin') })).toThrow()
  })
})

describe.each(FORMATS)('a lifetime function, %s', (_, format) => {
  test('sees whose the session is, whether it is permanent, and its data', () => {
    const seen: unknown[] = []
    const lifetime: LifetimeFunction = (session) => {
      seen.push([session.subject, session.permanent, session.get('a'), session.has('b')])
      return ADMIN
    }
    const { visit } = start({ format, lifetime })
    visit((session) => session.set('a', 1).authenticate('alice', { factor: 'password' }))
    expect(seen.at(-1)).toEqual(['alice', false, 1, false])
    visit((session) => Object.assign(session, { permanent: true }))
    expect(seen.at(-1)).toEqual(['alice', true, 1, false])
  })

  test.each([
    async () => SHOPPER,
    () => undefined,
    () => null,
    () => 'shopper',
    () => ({ idle: 900 }),
    () => ({ idle: '2h', absolute: '1h' }),
    () => JSON.parse('broken'),
  ])('that fails leaves the strict default, and is told of: %s', (broken) => {
    const failed: unknown[] = []
    const { visit, sessions } = start({ format, lifetime: broken as unknown as LifetimeFunction })
    sessions().on('failed', ({ error }) => failed.push(error))
    expect(visit(clocksOf).result).toEqual([1800, 43_200])
    expect(failed.length).toBeGreaterThan(0)
    expect(visit((session) => session.set('a', 1).get('a')).result).toBe(1)
  })

  test('says whether a new session is permanent, unless the session says so itself', () => {
    const table = { admin: ADMIN, guest: { ...ADMIN, permanent: true } }
    const lifetime = byRole(table, (session) => String(session.get('role')))
    const cookieOf = (role: string, act: (session: Session) => unknown = () => {}) =>
      start({ format, lifetime }).visit((session) => act(session.set('role', role))).setCookie
    expect(cookieOf('admin')).not.toContain('Expires')
    expect(cookieOf('guest')).toContain('Expires')
    const say = (permanent: boolean) => (session: Session) => Object.assign(session, { permanent })
    expect(cookieOf('guest', say(false))).not.toContain('Expires')
    expect(cookieOf('admin', say(true))).toContain('Expires')
  })

  test('does not make a session permanent that has begun', () => {
    const table = { admin: ADMIN, guest: { ...ADMIN, permanent: true } }
    const lifetime = byRole(table, (session) => String(session.get('role')))
    const { visit } = start({ format, lifetime })
    visit((session) => session.set('role', 'admin'))
    expect(visit((session) => session.set('role', 'guest')).setCookie).not.toContain('Expires')
    expect(visit((session) => session.permanent).result).toBe(false)
  })

  test('that fails holds on to the strictest of its table', () => {
    let isBroken = false
    const table = { admin: ADMIN, shopper: SHOPPER }
    const lifetime = byRole(table, () => (isBroken ? JSON.parse('broken') : 'shopper'))
    const { visit } = start({ format, lifetime })
    expect(visit((session) => clocksOf(session.set('a', 1))).result).toEqual([7200, 14_400])
    isBroken = true
    expect(visit(clocksOf).result).toEqual([900, 14_400])
  })
})

describe.each(FORMATS)('what permanent sessions are granted, %s', (_, format) => {
  const options = { format, lifetime: SHOPPER }
  const remember = (session: Session) => Object.assign(session.set('a', 1), { permanent: true })

  test('lengthens their clocks, and those of no others', () => {
    const { visit, pass } = start({ ...options, grants: GRANTS })
    visit((session) => session.set('a', 1))
    expect(visit(clocksOf).result).toEqual([7200, 14_400])
    visit(remember)
    expect(visit(clocksOf).result).toEqual([604_800, 2_592_000])
    expect(visit((session) => session.explain().clocks.map(({ source }) => source)).result).toEqual(
      ['grant', 'grant'],
    )
    pass(6 * 86_400)
    expect(visit((session) => session.get('a')).result).toBe(1)
    visit((session) => Object.assign(session, { permanent: false }))
    expect(visit((session) => session.ended?.reason).result).toBe('absolute')
  })

  test('never shortens them', () => {
    const { visit } = start({ ...options, grants: { permanent: { idle: '1m', absolute: '5h' } } })
    visit(remember)
    expect(visit(clocksOf).result).toEqual([7200, 18_000])
  })

  test('is nothing where it is null', () => {
    const { visit, sessions } = start({ ...options, grants: null })
    visit(remember)
    expect(visit(clocksOf).result).toEqual([7200, 14_400])
    expect(sessions().policy.granted).toBeNull()
  })

  test('can be said by a function, for some', () => {
    const grants = ({ subject }: { subject: string | null }) => (subject === 'ann' ? GRANTS : null)
    const { visit } = start({ ...options, grants })
    visit(remember)
    expect(visit(clocksOf).result).toEqual([7200, 14_400])
    visit((session) => session.authenticate('ann', { factor: 'password' }))
    expect(visit(clocksOf).result).toEqual([604_800, 2_592_000])
  })

  test.each([
    async () => GRANTS,
    () => undefined,
    () => ({}),
    () => ({ permanent: { idle: '7d' } }),
    () => JSON.parse('broken'),
  ])('is nothing where the function fails: %s', (broken) => {
    const failed: unknown[] = []
    const { visit, sessions } = start({ ...options, grants: broken as never })
    sessions().on('failed', ({ error }) => failed.push(error))
    visit(remember)
    expect(visit(clocksOf).result).toEqual([7200, 14_400])
    expect(failed.length).toBeGreaterThan(0)
  })
})

describe('grants that would not act', () => {
  const refuses = (permanent: unknown) =>
    expect(() => start({ grants: { permanent } as unknown as Options['grants'] })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^bad-(?:lifetime|duration)$/) }),
    )

  test.each([
    [undefined],
    [null],
    [{}],
    [{ idle: '7d' }],
    [{ idle: '7d', absolute: '1d' }],
    [{ absolute: '0s' }],
    [{ absolute: 3600 }],
    [{ absolute: '30d', renewal: '5m' }],
  ])('are refused with a sentence: %j', (permanent) => refuses(permanent))

  test('are refused where they name a part that is unknown, as lifetimes are', () => {
    refuses({ absolute: '30d', idel: '7d' })
    expect(() => start({ lifetime: { idel: '7d' } as never })).toThrow()
  })
})

test.each([null, undefined, 5, { admin: undefined }, { admin: null }])(
  'byRole refuses %j with a sentence',
  (table) => {
    expect(() => byRole(table as never, () => 'admin')).toThrow(
      expect.objectContaining({ code: 'bad-lifetime' }),
    )
  },
)

test('a lifetime in the table that could not act is named by its role', () => {
  const lifetime = byRole({ admin: { idle: '2h', absolute: '1h' } }, () => 'admin')
  expect(() => start({ lifetime }).sessions()).toThrow("the lifetime of 'admin'")
})

test('no role at all is no licence: strictest of nothing fails, and the default holds', () => {
  const failures: unknown[] = []
  const { visit, sessions } = start({ lifetime: () => strictest() })
  sessions().on('failed', ({ error }) => failures.push(error))
  visit((session) => session.set('a', 1))
  expect(visit((session) => session.endsAt).result).toBe(NOW + 1859)
  expect(failures.length).toBeGreaterThan(0)
})

test('a function that answers a promise which rejects ends no process', async () => {
  const rejects = async () => {
    throw new TypeError('later')
  }
  const unhandled: unknown[] = []
  const listen = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', listen)
  const { visit } = start({
    lifetime: rejects as never,
    grants: rejects as never,
    activity: rejects as never,
  })
  visit((session) => Object.assign(session.set('a', 1), { permanent: true }))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
})

test.each([
  { lifetime: { idle: { days: Number.MAX_SAFE_INTEGER } } },
  { fields: { a: { absolute: { weeks: 2e9 } } } },
  { fields: { a: { keepAfterLogout: 'no' } } },
  { grants: { permanent: { absolute: '30d' }, remember: {} } },
  { activity: ['poll'] },
  { activity: [5] },
])('options that would not act are refused: %j', (options) => {
  expect(() => start(options as never).sessions()).toThrow(SessionError)
})
