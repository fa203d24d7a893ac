// What outlives its session in a store: handed on once, told of once, and with what others wrote last.
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { interrupted, startStored, TIMED } from './start-stored.ts'

const PASSWORD = { factor: 'password' }
type Data = Record<string, unknown>

describe('a kept value', () => {
  const CART = { ...TIMED, fields: { cart: { idle: '2h', keepAfterLogout: true } } } as const

  test('that lives on in the next session is not told of as over', async () => {
    const { browser, pass, sessions } = startStored<Data>(CART)
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['tea']))
    const old = ann.held()
    pass(2400)
    await ann.visit((session) => session.get('cart'))
    pass(11)
    const thief = browser(old)
    const { result } = await thief.visit((session) => [session.get('cart'), session.ended?.reason])
    expect(result).toEqual([undefined, 'idle'])
    const told: unknown[] = []
    for (let at = 0; at < 5; at++) {
      expect((await ann.visit((session) => session.get('cart'))).result).toEqual(['tea'])
      pass(1500)
      await sessions().sweep(({ field, get }) => told.push([field, get('cart')]))
    }
    expect(told).toEqual([])
  })

  test('goes on as others have written it last, also after a logout and a change of account', async () => {
    for (const leave of ['destroy', 'authenticate'] as const) {
      const { browser } = startStored<Data>(CART)
      const ann = browser()
      await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['a']))
      const out = await ann.begin()
      await ann.visit((session) => session.update('cart', (cart) => [...(cart as string[]), 'b']))
      if (leave === 'destroy') out.session.destroy()
      else out.session.authenticate('bob', PASSWORD)
      await out.finish()
      const { result } = await ann.visit((session) => session.get('cart'))
      expect(result).toEqual(['a', 'b'])
    }
  })
})

describe('requests at once whose session is over, and leaves something', () => {
  async function afterLunch() {
    const life = startStored<Data>({
      ...TIMED,
      fields: { cart: { idle: '8h', keepAfterLogout: true } },
    })
    const ann = life.browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['a']))
    life.pass(7200)
    const add = (item: string) => (session: Session<Data>) =>
      session.update('cart', (cart) => [...((cart ?? []) as string[]), item])
    return { ...life, ann, old: ann.held(), add }
  }

  test('go on as one session, though both have begun one', async () => {
    const { browser, ann, old, add, store, now } = await afterLunch()
    const [one, two] = [await ann.begin(), await browser(old).begin()]
    expect(one.session.ended?.reason).toBe('idle')
    add('b')(one.session)
    add('c')(two.session)
    expect((await one.finish()).setCookie).not.toBeNull()
    expect((await two.finish()).setCookie).toBeNull()
    const { result } = await ann.visit((session) => [session.subject, session.get('cart')])
    expect(result).toEqual([null, ['a', 'b', 'c']])
    expect((await store.scan(now(), null, 10)).sessions).toHaveLength(1)
  })

  test('are told when it was over, each of them', async () => {
    const { browser, old, pass } = await afterLunch()
    const look = ({ ended }: Session<Data>) => [ended?.reason, ended?.ago]
    const first = await browser(old).visit(look)
    pass(60)
    const second = await browser(old).visit(look)
    expect(first.result).toEqual(['idle', 7200 - 1859])
    expect(second.result).toEqual(['idle', 7260 - 1859])
  })

  test('also where one comes a moment later, and not after the grace', async () => {
    const { browser, ann, old, add, pass } = await afterLunch()
    await ann.visit(add('b'))
    const late = await browser(old).visit(add('c'))
    expect(late.settlement.setCookie).toBeNull()
    expect((await ann.visit((session) => session.get('cart'))).result).toEqual(['a', 'b', 'c'])
    pass(11)
    const { result } = await browser(old).visit((session) => [
      session.get('cart'),
      session.ended?.reason,
    ])
    expect(result).toEqual([undefined, 'idle'])
  })

  test('do not log out the one of them that has logged in', async () => {
    for (const order of ['login first', 'login last', 'one after the other'] as const) {
      const { browser, ann, old, add } = await afterLunch()
      const login = await ann.begin()
      const other = browser(old)
      const begun = order === 'one after the other' ? null : await other.begin()
      login.session.authenticate('ann', PASSWORD)
      if (begun) add('b')(begun.session)
      if (order === 'login last') await begun?.finish()
      await login.finish()
      const last = begun ?? (await other.begin())
      if (!begun) add('b')(last.session)
      if (order !== 'login last') {
        expect(await last.finish(), order).toMatchObject({ setCookie: null, ended: 'renewed' })
      }
      const { result } = await ann.visit((session) => [session.subject, session.get('cart')])
      expect(result, order).toEqual(['ann', order === 'login last' ? ['a', 'b'] : ['a']])
    }
  })
})

test('a kept value that is written in the very moment of a logout is not lost', async () => {
  const { store, meanwhile } = interrupted()
  const { browser } = startStored<Data>({
    ...TIMED,
    store,
    fields: { cart: { idle: '2h', keepAfterLogout: true }, name: { keepAfterLogout: true } },
  })
  const ann = browser()
  await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['a']))
  const old = ann.held()
  const late = browser(old)
  const add = (item: string) =>
    late.visit((session) => session.update('cart', (cart) => [...(cart as string[]), item]))
  meanwhile.push(
    () => add('b'),
    () => late.visit((session) => session.renewId()).then(() => add('c')),
    () => late.visit((session) => session.set('name', 'Ann')),
  )
  await ann.visit((session) => session.destroy())
  expect(meanwhile).toEqual([])
  const { result } = await ann.visit((session) => [session.subject, session.toJSON()])
  expect(result).toEqual([null, { cart: ['a', 'b', 'c'], name: 'Ann' }])
  const over = await late.visit((session) => [session.subject, session.ended?.reason])
  expect(over.result).toEqual([null, 'logout'])
})

test('the end of a session is told of, though something in it is kept without a limit', async () => {
  const { browser, pass, sessions } = startStored<Data>({
    ...TIMED,
    fields: { language: { keepAfterLogout: true } },
  })
  const ann = browser()
  await ann.visit((session) => {
    session.authenticate('ann', PASSWORD).set('seat', 5).set('language', 'de')
  })
  const told: unknown[] = []
  const sweep = () =>
    sessions().sweep(({ reason, subject, field, get }) =>
      told.push([reason, subject, field, get('seat')]),
    )
  pass(1200)
  await ann.visit((session) => session.get('seat'))
  pass(1200)
  await sweep()
  expect(told).toEqual([])
  for (let day = 0; day < 3; day++) {
    pass(86_400)
    await sweep()
  }
  expect(told).toEqual([['idle', 'ann', null, 5]])
  const { result } = await ann.visit((session) => [session.ended?.reason, session.toJSON()])
  expect(result).toEqual(['idle', { language: 'de' }])
})
