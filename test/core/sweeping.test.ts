// What is over, handed to the application once at least.
import { describe, expect, test } from 'vitest'
import type { Over } from '../../src/index.ts'
import { BY, NOW } from './start.ts'
import { startStored } from './start-stored.ts'

const FIELDS = { cart: { absolute: '10m' }, otp: { idle: '5m' } } as const

const telling = () => {
  const told: unknown[] = []
  const tell = ({ subject, reason, at, field, get }: Over) => {
    told.push([reason, at - NOW, field, subject, get(field ?? 'name')])
  }
  return { told, tell }
}

describe('a sweep', () => {
  test('tells of a session that is over, with what it had, and forgets it', async () => {
    const { browser, pass, sessions, events } = startStored()
    await browser().visit((session) => session.authenticate('ann', BY).set('name', 'Ann'))
    await browser().visit((session) => session.set('name', 'nobody'))
    const { told, tell } = telling()
    expect(await sessions().sweep(tell)).toEqual({ looked: 0, told: 0, failed: 0 })
    pass(1860)
    expect(await sessions().sweep(tell)).toEqual({ looked: 2, told: 2, failed: 0 })
    expect(told).toEqual([
      ['idle', 1859, null, 'ann', 'Ann'],
      ['idle', 1859, null, null, 'nobody'],
    ])
    expect(await sessions().sweep(tell)).toMatchObject({ looked: 0 })
    expect(events.some(([name]) => name === 'failed')).toBe(false)
  })

  test('does not tell of what was ended by hand', async () => {
    const { browser, pass, sessions } = startStored()
    const ann = browser()
    await ann.visit((session) => session.set('name', 'ann'))
    await ann.visit((session) => session.destroy())
    pass(1860)
    expect(await sessions().sweep()).toMatchObject({ told: 0 })
  })

  test('tells of a field of a live session, and takes it out', async () => {
    const life = startStored({ fields: FIELDS })
    const ann = life.browser()
    await ann.visit((session) => session.set('name', 'ann').set('cart', ['apple']))
    const { told, tell } = telling()
    life.pass(600)
    expect(await life.sessions().sweep(tell)).toMatchObject({ told: 0 })
    life.pass(1)
    expect(await life.sessions().sweep(tell)).toMatchObject({ told: 1 })
    expect(told).toEqual([['field', 600, 'cart', null, ['apple']]])
    const { result } = await ann.visit((session) => [session.toJSON(), session.ended])
    expect(result).toMatchObject([{ name: 'ann' }, { reason: 'field', fields: ['cart'] }])
    expect((await ann.visit((session) => session.ended)).result).toBeNull()
    life.pass(100)
    expect(await life.sessions().sweep(tell)).toMatchObject({ looked: 0 })
  })

  test('leaves what its user and the listeners are told as it would be without', async () => {
    const lives = []
    for (const isSwept of [false, true]) {
      const life = startStored({ fields: FIELDS })
      const [ann, bob] = [life.browser(), life.browser()]
      await ann.visit((session) =>
        session.authenticate('ann', BY).set('cart', ['apple']).set('otp', 5).set('name', 'ann'),
      )
      await bob.visit((session) => session.authenticate('bob', BY))
      const seen: unknown[] = []
      const look = async (browser: typeof ann) => {
        const { result } = await browser.visit(({ ended }) => ended)
        seen.push(result && [result.reason, result.at, result.ago, result.fields, result.subject])
      }
      const sweep = () => isSwept && life.sessions().sweep()
      life.pass(602)
      await sweep()
      await look(ann)
      await look(ann)
      life.pass(300)
      await sweep()
      await ann.visit((session) => session.set('otp', 6))
      life.pass(1860)
      await sweep()
      await look(ann)
      await look(bob)
      const ends = life.events.filter(([name]) => name === 'ended')
      lives.push({ seen, ends: ends.map(([, { session: _, ...event }]) => event) })
    }
    expect(lives[0]?.ends).toHaveLength(4)
    expect(lives[1]).toEqual(lives[0])
  })

  test('tells of a value whose place another took before the sweep came', async () => {
    const life = startStored({ fields: FIELDS })
    const ann = life.browser()
    await ann.visit((session) => session.set('cart', ['old']))
    life.pass(601)
    const { result } = await ann.visit((session) => {
      const before = session.get('cart')
      session.set('cart', ['new'])
      return before
    })
    expect(result).toBeUndefined()
    const { told, tell } = telling()
    await life.sessions().sweep(tell)
    expect(told).toEqual([['field', 601, 'cart', null, ['old']]])
    expect((await ann.visit((session) => session.get('cart'))).result).toEqual(['new'])
    life.pass(1860)
    await life.sessions().sweep(tell)
    expect(told.slice(1).map((each) => (each as unknown[])[4])).toEqual([['new'], undefined])
  })

  test('looks again when a field has slid with its session', async () => {
    const life = startStored({ fields: FIELDS })
    const ann = life.browser()
    await ann.visit((session) => session.set('otp', 123_456))
    for (let at = 0; at < 3; at++) {
      life.pass(250)
      expect((await ann.visit((session) => session.get('otp'))).result).toBe(123_456)
      expect(await life.sessions().sweep()).toMatchObject({ told: 0 })
    }
    life.pass(400)
    const { told, tell } = telling()
    await life.sessions().sweep(tell)
    expect(told).toEqual([['field', 750 + 329, 'otp', null, 123_456]])
  })

  test('hands out again what a function could not take, when the lease is over', async () => {
    const { browser, pass, sessions, events } = startStored()
    await browser().visit((session) => session.set('name', 'ann'))
    await browser().visit((session) => session.set('name', 'bob'))
    pass(1860)
    const fail = ({ get }: Over) => {
      if (get('name') === 'ann') throw new Error('no stock to release')
    }
    expect(await sessions().sweep(fail)).toEqual({ looked: 2, told: 1, failed: 1 })
    expect(events.filter(([name]) => name === 'failed')).toHaveLength(1)
    expect(await sessions().sweep()).toMatchObject({ looked: 0 })
    pass(60)
    expect(await sessions().sweep()).toEqual({ looked: 1, told: 1, failed: 0 })
  })

  test('goes to one of several machines', async () => {
    const { browser, pass, sessions } = startStored()
    for (let at = 0; at < 20; at++) await browser().visit((session) => session.set('name', at))
    pass(1860)
    const told: unknown[] = []
    const sweep = () => sessions().sweep(({ get }) => told.push(get('name')), { most: 7 })
    await Promise.all([sweep(), sweep(), sweep(), sweep()])
    expect(told.sort((one, other) => Number(one) - Number(other))).toEqual(
      Array.from({ length: 20 }, (_, at) => at),
    )
  })

  test.each([
    { most: 0 },
    { most: Number.POSITIVE_INFINITY },
    { lease: 0 },
    { lease: 1.5 },
    { lease: Number.NaN },
  ])('takes whole numbers: %j', async (options) => {
    const { sessions } = startStored()
    await expect(sessions().sweep(() => {}, options)).rejects.toMatchObject({ code: 'bad-option' })
  })

  test('needs a store', async () => {
    const { createSessions } = await import('../../src/index.ts')
    const sessions = createSessions({ secretKey: 'the key of these tests' })
    await expect(sessions.sweep()).rejects.toMatchObject({ code: 'no-store' })
  })
})
