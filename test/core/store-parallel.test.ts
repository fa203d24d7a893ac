// Requests of one session at once: none loses what another wrote, and none revives what is over.
import { describe, expect, test } from 'vitest'
import type { FullStore } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { BY } from './start.ts'
import { startStored } from './start-stored.ts'

interface Shop {
  cart: string[]
  name: string
  views: number
  theme: string
}

async function shop() {
  const life = startStored<Shop>({ lifetime: { idle: '30m', absolute: '12h' } })
  const browser = life.browser()
  await browser.visit((session) => session.set('name', 'ann').set('views', 0).set('cart', []))
  return { ...life, browser }
}

describe('requests at once', () => {
  test('change different fields, and both stay', async () => {
    const { browser } = await shop()
    const [one, other] = [await browser.begin(), await browser.begin()]
    one.session.set('theme', 'dark')
    other.session.set('name', 'bob')
    await one.finish()
    await other.finish()
    const { result } = await browser.visit((session) => session.toJSON())
    expect(result).toEqual({ name: 'bob', views: 0, cart: [], theme: 'dark' })
  })

  test('one deletes what another leaves alone', async () => {
    const { browser } = await shop()
    const [one, other] = [await browser.begin(), await browser.begin()]
    one.session.delete('cart')
    other.session.set('views', 5)
    await other.finish()
    await one.finish()
    const { result } = await browser.visit((session) => session.toJSON())
    expect(result).toEqual({ name: 'ann', views: 5 })
  })

  test('count by update, and no step is lost', async () => {
    const { browser } = await shop()
    const all = await Promise.all(Array.from({ length: 25 }, () => browser.begin()))
    for (const { session } of all) session.update('views', (views = 0) => views + 1)
    await Promise.all(all.map(({ finish }) => finish()))
    const { result } = await browser.visit((session) => session.get('views'))
    expect(result).toBe(25)
  })

  test('count twice in one request, and from nothing', async () => {
    const life = startStored<Shop>()
    const browser = life.browser()
    await browser.visit((session) => session.set('name', 'ann'))
    const all = await Promise.all(Array.from({ length: 5 }, () => browser.begin()))
    for (const { session } of all) {
      session.update('views', (views = 10) => views + 1)
      session.update('views', (views = 0) => views * 2)
    }
    for (const { finish } of all) await finish()
    let expected: number | undefined
    for (let at = 0; at < 5; at++) expected = ((expected ?? 10) + 1) * 2
    expect((await browser.visit((session) => session.get('views'))).result).toBe(expected)
  })

  test('an update after a set goes by that set', async () => {
    const { browser } = await shop()
    const [one, other] = [await browser.begin(), await browser.begin()]
    other.session.set('views', 100)
    await other.finish()
    one.session.set('views', 1).update('views', (views = 0) => views + 1)
    await one.finish()
    expect((await browser.visit((session) => session.get('views'))).result).toBe(2)
  })

  test('change a value inside, which is noticed, and nothing else is sent', async () => {
    const { browser, store, calls } = await shop()
    const [one, other] = [await browser.begin(), await browser.begin()]
    one.session.get('cart')?.push('apple')
    other.session.set('name', 'bob')
    await other.finish()
    calls.length = 0
    await one.finish()
    expect(calls).toEqual(['patch'])
    const { result } = await browser.visit((session) => session.toJSON())
    expect(result).toMatchObject({ name: 'bob', cart: ['apple'] })
    expect(store).toBeDefined()
  })

  test('a limit that one sets stays beside what another sets', async () => {
    const { browser, pass } = await shop()
    const [one, other] = [await browser.begin(), await browser.begin()]
    one.session.limit({ absolute: '5m' })
    other.session.permanent = true
    await one.finish()
    await other.finish()
    const { result } = await browser.visit((session) => [session.permanent, session.endsAt])
    expect(result).toEqual([true, 1_700_000_300])
    pass(301)
    expect((await browser.visit((session) => session.ended?.reason)).result).toBe('absolute')
  })
})

describe('a logout', () => {
  test('is not undone by a slow request that writes', async () => {
    const { browser, events } = await shop()
    const slow = await browser.begin()
    const out = await browser.begin()
    out.session.destroy()
    const { setCookie } = await out.finish()
    expect(setCookie).toContain('Max-Age=0')
    slow.session.set('name', 'eve')
    const settlement = await slow.finish()
    expect(settlement).toMatchObject({ ended: 'logout', problem: null, write: null })
    expect(settlement.setCookie).toContain('Max-Age=0')
    expect(events.map(([name]) => name)).toEqual(['created', 'ended', 'rejected'])
  })

  test('is not undone by a slow request that only reads', async () => {
    const { browser, pass, calls } = await shop()
    const old = browser.held()
    pass(600)
    const slow = await browser.begin()
    const out = await browser.begin()
    out.session.destroy()
    await out.finish()
    calls.length = 0
    slow.session.get('name')
    expect((await slow.finish()).setCookie).toBeNull()
    expect(calls).toEqual([])
    browser.hold(old)
    const { session } = await browser.visit((session) => session.get('name'))
    expect(session.ended).toMatchObject({ reason: 'logout', subject: null })
    expect(session.isNew).toBe(true)
  })

  test('reaches a session whose id was renewed meanwhile', async () => {
    const { browser } = await shop()
    const old = browser.held()
    const out = await browser.begin()
    await browser.visit((session) => session.renewId())
    const renewed = browser.held()
    expect(renewed).not.toBe(old)
    out.session.destroy()
    await out.finish()
    browser.hold(renewed)
    expect((await browser.visit((session) => session.ended?.reason)).result).toBe('logout')
  })

  test('twice at once is one', async () => {
    const { browser } = await shop()
    const all = [await browser.begin(), await browser.begin()]
    for (const { session } of all) session.destroy()
    for (const { finish } of all) expect((await finish()).setCookie).toContain('Max-Age=0')
  })
})

describe('a renewal', () => {
  test('keeps the old id for a grace, then it is over', async () => {
    const { browser, pass } = await shop()
    const old = browser.held()
    await browser.visit((session) => session.renewId())
    const late = browser.held()
    browser.hold(old)
    await browser.visit((session) => session.set('theme', 'dark'))
    browser.hold(late)
    expect((await browser.visit((session) => session.get('theme'))).result).toBe('dark')
    pass(11)
    browser.hold(old)
    expect((await browser.visit((session) => session.ended?.reason)).result).toBe('renewed')
  })

  test('leaves the session where it lies, so that it is one step on a cluster', async () => {
    const { browser } = await shop()
    const placeOf = () => browser.held()?.split('=')[1]?.slice(0, 2)
    const place = placeOf()
    for (let at = 0; at < 8; at++) {
      await browser.visit((session) => session.renewId())
      expect(placeOf()).toBe(place)
    }
  })

  test('in time is done once by many readers, and none is logged out', async () => {
    const life = startStored({ lifetime: { idle: '2h', absolute: '12h', renewal: '1h' } })
    const browser = life.browser()
    await browser.visit((session) => session.set('user', 'ann'))
    life.pass(3601)
    const readers = await Promise.all(Array.from({ length: 20 }, () => browser.begin()))
    const users = readers.map(({ session }) => session.get('user'))
    readers[7]?.session.set('late', true)
    const settled = await Promise.all(readers.map(({ finish }) => finish()))
    expect(new Set(users)).toEqual(new Set(['ann']))
    expect(settled.filter(({ setCookie }) => setCookie !== null)).toHaveLength(1)
    expect(settled.every(({ ended }) => ended === null)).toBe(true)
    const { result } = await browser.visit((session) => session.toJSON())
    expect(result).toEqual({ user: 'ann', late: true })
    expect(life.events.filter(([name]) => name === 'renewed')).toHaveLength(1)
  })

  test('does not move the absolute clock', async () => {
    const life = startStored({ lifetime: { idle: '2h', absolute: '3h', renewal: '1h' } })
    const browser = life.browser()
    await browser.visit((session) => session.set('user', 'ann'))
    life.pass(3601)
    await browser.visit(() => {})
    life.pass(3600)
    await browser.visit(() => {})
    life.pass(3600)
    expect((await browser.visit((session) => session.ended?.reason)).result).toBe('absolute')
  })

  test('by authentication leaves no way from the old id', async () => {
    const { browser } = await shop()
    const old = browser.held()
    const slow = await browser.begin()
    await browser.visit((session) => session.authenticate('ann', BY))
    const logged = browser.held()
    slow.session.set('theme', 'planted')
    expect(await slow.finish()).toMatchObject({ ended: 'renewed', setCookie: null })
    browser.hold(old)
    expect((await browser.visit((session) => session.ended?.reason)).result).toBe('renewed')
    browser.hold(logged)
    const { result } = await browser.visit((session) => [session.subject, session.has('theme')])
    expect(result).toEqual(['ann', false])
  })

  test('that a client sent twice to the store is done once', async () => {
    const store = modelStore()
    const resending: FullStore = {
      ...store,
      create: (...given) => {
        store.create(...given)
        return store.create(...given)
      },
    }
    const { browser, now } = startStored<Shop>({ store: resending })
    const ann = browser()
    await ann.visit((session) => session.set('name', 'ann'))
    await ann.visit((session) => session.authenticate('ann', BY))
    await ann.visit((session) => session.renewId())
    const { result } = await ann.visit((session) => [session.subject, session.get('name')])
    expect(result).toEqual(['ann', 'ann'])
    expect((await store.scan(now(), null, 10)).sessions).toHaveLength(1)
  })

  test('a login that is sent twice makes one session', async () => {
    const { browser, sessions } = await shop()
    const twice = [await browser.begin(), await browser.begin()]
    for (const { session } of twice) session.authenticate('ann', BY)
    const settled = [await twice[0]?.finish(), await twice[1]?.finish()]
    expect(settled[1]).toMatchObject({ ended: 'renewed', setCookie: null })
    expect((await browser.visit((session) => session.subject)).result).toBe('ann')
    expect(await sessions().of('ann').list()).toHaveLength(1)
  })

  test('a login over a session that was ended meanwhile begins without its data', async () => {
    const { browser } = await shop()
    const login = await browser.begin()
    await browser.visit((session) => session.destroy())
    login.session.authenticate('ann', BY).set('theme', 'dark')
    expect((await login.finish()).ended).toBeNull()
    const { result } = await browser.visit((session) => [session.subject, session.toJSON()])
    expect(result).toEqual(['ann', { theme: 'dark' }])
  })
})
