// Two requests of one session at once, in every order: what each did to it holds.
import { describe, expect, test } from 'vitest'
import type { Session, SessionOptions, StandardSchema } from '../../src/index.ts'
import { startStored, TIMED } from './start-stored.ts'

const PASSWORD = { factor: 'password' }
type Data = Record<string, unknown>
type Act = (session: Session<Data>) => unknown

/** Two requests that overlap, committed in both orders; then what a third finds. */
async function both<Result>(
  options: Partial<SessionOptions<Data>>,
  begin: Act,
  acts: readonly [Act, Act],
  seconds: number,
  look: (session: Session<Data>) => Result,
): Promise<Result[]> {
  const found: Result[] = []
  for (const order of [acts, acts.toReversed()]) {
    const { browser, pass } = startStored<Data>(options)
    const ann = browser()
    await ann.visit(begin)
    const requests = [await ann.begin(), await ann.begin()]
    for (const [at, { session }] of requests.entries()) order[at]?.(session)
    for (const { finish } of requests) await finish()
    pass(seconds)
    found.push((await ann.visit(look)).result as Result)
  }
  return found
}

const login: Act = (session) => session.authenticate('ann', PASSWORD)
const state = ({ subject, ended }: Session<Data>) => [subject, ended?.reason]
const twice = <T>(value: T) => [value, value]

describe('limits', () => {
  test('that two requests set: the shorter one holds', async () => {
    const short: Act = (session) => session.limit({ absolute: '5m' })
    const long: Act = (session) => session.limit({ absolute: '10h' })
    expect(await both(TIMED, login, [short, long], 1200, state)).toEqual(twice([null, 'absolute']))
  })

  test('and a lengthened session: both hold', async () => {
    const options = { ...TIMED, grants: { permanent: { idle: '7d', absolute: '30d' } } } as const
    const remember: Act = (session) => {
      session.permanent = true
    }
    const shorten: Act = (session) => session.set('z', 1, { idle: '5m' })
    expect(await both(options, login, [remember, shorten], 2 * 86_400, state)).toEqual(
      twice(['ann', 'field']),
    )
  })

  test('and what outlives the session: both hold', async () => {
    const options = { ...TIMED, fields: { cart: { idle: '8h', keepAfterLogout: true } } } as const
    const fill: Act = (session) => session.set('cart', ['tea'])
    const shorten: Act = (session) => session.limit({ absolute: '20m' })
    const look: (session: Session<Data>) => unknown = (session) => [
      session.get('cart'),
      session.ended?.reason,
    ]
    expect(await both(options, login, [fill, shorten], 10_800, look)).toEqual(
      twice([['tea'], 'absolute']),
    )
  })

  test('and a renewal of the id: both hold', async () => {
    const renew: Act = (session) => session.renewId()
    const shorten: Act = (session) => session.limit({ absolute: '5m' })
    const [first, second] = await both(TIMED, login, [renew, shorten], 1200, state)
    for (const found of [first, second]) expect(found?.[0]).toBeNull()
  })

  test('that all requests write after a change of the policy: each is saved', async () => {
    const life = startStored<Data>({ lifetime: { idle: '30m', absolute: '12h' } })
    const ann = life.browser()
    await ann.visit(login)
    life.redeploy({ lifetime: { idle: '20m', absolute: '8h' } })
    const requests = await Promise.all([1, 2, 3, 4].map(() => ann.begin()))
    for (const [at, { session }] of requests.entries()) session.set(`${at}`, at)
    await Promise.all(requests.map(({ finish }) => finish()))
    const { result } = await ann.visit((session) => session.toJSON())
    expect(result).toEqual({ 0: 0, 1: 1, 2: 2, 3: 3 })
  })
})

describe('values', () => {
  const push: Act = (session) => (session.get('list') as string[]).push('pushed')
  const add =
    (item: string): Act =>
    (session) =>
      session.update('list', (list) => [...(list as string[]), item])
  const fill: Act = (session) => session.set('list', ['a'])

  test('that are changed inside and updated in one request are stored whole', async () => {
    for (const mixed of [
      [push, add('q')],
      [add('q'), push],
    ]) {
      const { browser } = startStored<Data>(TIMED)
      const ann = browser()
      await ann.visit(fill)
      const [one, other] = [await ann.begin(), await ann.begin()]
      add('p')(one.session)
      for (const act of mixed) act(other.session)
      await one.finish()
      await other.finish()
      const { result } = await ann.visit((session) => session.get('list'))
      expect(result).toContain('pushed')
      expect(result).toContain('q')
    }
  })

  test('meet the schema before they are updated again', async () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => ({ value: { list: [], ...Object(value) } }),
      },
    } as StandardSchema<Data>
    const remove: Act = (session) => session.delete('list')
    const found = await both({ ...TIMED, schema }, fill, [remove, add('y')], 0, (session) =>
      session.get('list'),
    )
    expect(found[0]).toEqual(['y'])
  })
})

describe('a login over a session that was ended meanwhile', () => {
  test('takes nothing of it along', async () => {
    const { browser } = startStored<Data>(TIMED)
    const ann = browser()
    await ann.visit((session) => {
      session.authenticate('ann', { factor: 'otp' }).set('notes', ['old']).set('n', 41)
    })
    const slow = await ann.begin()
    const out = browser(ann.held())
    await out.visit((session) => session.destroy())
    slow.session.authenticate('ann', PASSWORD).update('n', (n = 0) => Number(n) + 1)
    ;(slow.session.get('notes') as string[]).push('new')
    slow.session.set('fresh', true)
    await slow.finish()
    const { result } = await ann.visit((session) => [
      session.toJSON(),
      session.provenAt('otp'),
      session.provenAt('password') !== null,
    ])
    expect(result).toEqual([{ n: 1, fresh: true }, null, true])
  })
})

test('a limit that a key gets while its value is out there survives a login', async () => {
  const { browser, pass, redeploy } = startStored<Data>(TIMED)
  const ann = browser()
  await ann.visit((session) => session.set('otp', '1'))
  redeploy({ fields: { otp: { absolute: '5m' } } })
  pass(240)
  await ann.visit(login)
  pass(240)
  expect((await ann.visit((session) => session.get('otp'))).result).toBeUndefined()
})
