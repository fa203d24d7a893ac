// Requests that take long, and what happened meanwhile to the session that they hold.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Session } from '../../src/index.ts'
import { startStored, TIMED } from './start-stored.ts'

const PASSWORD = { factor: 'password' }
type Data = Record<string, unknown>

describe('a slow request', () => {
  const CASES = [
    ['lock', { ...TIMED, idleAction: 'lock' }, ['ann', true, undefined]],
    [
      'kept',
      { ...TIMED, fields: { cart: { idle: '8h', keepAfterLogout: true } } },
      [null, false, 'idle'],
    ],
  ] as const

  test.each(CASES)(
    'does not prolong what idled out meanwhile: %s',
    async (_, options, expected) => {
      const { browser, pass } = startStored<Data>(options)
      const ann = browser()
      await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['tea']))
      const cookie = ann.held()
      pass(300)
      const writer = await ann.begin()
      writer.session.set('report', 'done')
      const reader = await ann.begin()
      pass(3600)
      const { ended, setCookie } = await writer.finish()
      await reader.finish()
      expect([ended, setCookie]).toEqual(['idle', null])
      ann.hold(cookie)
      const look = await ann.visit((session) => [
        session.subject,
        session.locked,
        session.ended?.reason,
      ])
      expect(look.result).toEqual(expected)
    },
  )

  test('is still saved where others have kept the session active', async () => {
    const { browser, pass } = startStored<Data>({ ...TIMED, idleAction: 'lock' })
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD))
    const slow = await ann.begin()
    slow.session.set('report', 'done')
    for (let at = 0; at < 4; at++) {
      pass(900)
      await ann.visit((session) => session.subject)
    }
    expect((await slow.finish()).ended).toBeNull()
    expect((await ann.visit((session) => session.get('report'))).result).toBe('done')
  })

  test('does not take the cookie of who has changed the account meanwhile', async () => {
    const { browser } = startStored<Data>(TIMED)
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD))
    const slow = await ann.begin()
    slow.session.set('x', 1)
    await ann.visit((session) => session.authenticate('bob', PASSWORD))
    const { ended, setCookie } = await slow.finish()
    expect([ended, setCookie]).toEqual(['renewed', null])
  })

  test('makes its update from a value that came meanwhile, and not from one that also went', async () => {
    const { browser, pass } = startStored<Data>({ ...TIMED, fields: { n: { absolute: '1m' } } })
    const ann = browser()
    await ann.visit((session) => session.set('x', 1))
    const slow = await ann.begin()
    slow.session.update('n', (n) => Number(n ?? 0) + 1)
    await ann.visit((session) => session.set('n', 100, { absolute: '5s' }))
    pass(11)
    await slow.finish()
    expect((await ann.visit((session) => session.get('n'))).result).toBe(1)
  })

  test('throws what an update of its own throws, and the store is not blamed', async () => {
    const { browser, sessions } = startStored<Data>(TIMED)
    const told: unknown[] = []
    sessions().on('unavailable', (event) => told.push(event))
    const take = (stock: unknown) => {
      if (Number(stock) < 1) throw new RangeError('sold out')
      return Number(stock) - 1
    }
    const ann = browser()
    await ann.visit((session) => session.set('stock', 1))
    const [one, other] = [await ann.begin(), await ann.begin()]
    for (const { session } of [one, other]) session.update('stock', take)
    await one.finish()
    await expect(other.finish()).rejects.toThrow('sold out')
    expect(told).toEqual([])
  })

  test('finds its proof where the clock is a little behind', async () => {
    const { browser, pass } = startStored<Data>(TIMED)
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD))
    pass(-1)
    const { result } = await ann.visit((session) => session.isFresh({ within: '5m' }))
    expect(result).toBe(true)
  })

  test('is led on for as long as the grace says', async () => {
    const { browser, pass } = startStored<Data>({ lifetime: { idle: '12h' }, renewalGrace: '2h' })
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD))
    const old = ann.held()
    await ann.visit((session) => session.renewId())
    pass(7000)
    ann.hold(old)
    expect((await ann.visit((session) => session.subject)).result).toBe('ann')
    pass(300)
    expect((await ann.visit((session) => session.subject)).result).toBeNull()
  })

  test('sends no cookie of an id that was renewed meanwhile, nor does one in the grace', async () => {
    const lifetime = { idle: '30m', absolute: '12h', permanent: true } as const
    const { browser, pass } = startStored<Data>({ lifetime })
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD))
    const old = ann.held()
    const slow = await ann.begin()
    slow.session.set('x', 1)
    await ann.visit((session) => session.renewId())
    const renewed = ann.held()
    expect((await slow.finish()).setCookie).toBeNull()
    ann.hold(old)
    const { settlement } = await ann.visit((session) => session.set('y', 2))
    expect(settlement.setCookie).toBeNull()
    ann.hold(renewed)
    pass(11)
    const { result } = await ann.visit((session) => [session.subject, session.toJSON()])
    expect(result).toEqual(['ann', { x: 1, y: 2 }])
  })
})

test('who logs in and out in one request has logged out', async () => {
  const { browser } = startStored<Data>(TIMED)
  const ann = browser()
  await ann.visit((session) => session.set('theme', 'dark'))
  const late = await browser(ann.held()).begin()
  const old = browser(ann.held())
  await ann.visit((session) => {
    session.authenticate('ann', PASSWORD)
    session.destroy()
  })
  late.session.set('theme', 'light')
  const { ended, setCookie } = await late.finish()
  expect([ended, setCookie?.includes('Max-Age=0')]).toEqual(['logout', true])
  expect((await old.visit((session) => session.ended?.reason)).result).toBe('logout')
})

test('a slow request renews no id of what idled out meanwhile', async () => {
  const { browser, pass } = startStored<Data>({
    ...TIMED,
    fields: { cart: { idle: '8h', keepAfterLogout: true } },
  })
  const ann = browser()
  await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['tea']))
  const slow = await ann.begin()
  slow.session.renewId()
  pass(7200)
  expect(await slow.finish()).toMatchObject({ setCookie: null, ended: 'idle' })
})

test('a request right behind a login in its browser writes nothing, and sends no cookie', async () => {
  const { browser, pass } = startStored<Data>(TIMED)
  const ann = browser()
  await ann.visit((session) => session.set('theme', 'dark'))
  const old = browser(ann.held())
  await ann.visit((session) => session.authenticate('ann', PASSWORD))
  const late = await old.visit((session) => session.set('theme', 'light'))
  expect(late.settlement).toMatchObject({ setCookie: null, ended: 'renewed' })
  const { result } = await ann.visit((session) => [session.subject, session.get('theme')])
  expect(result).toEqual(['ann', 'dark'])
  pass(11)
  const { settlement } = await old.visit((session) => session.set('theme', 'light'))
  expect(settlement.setCookie).toContain('__Host-session=')
})

describe('a login that is refused', () => {
  test('leaves the session of another subject as it was', async () => {
    const { browser } = startStored<Data>({
      ...TIMED,
      maxSessions: 1,
      maxSessionsAction: 'refuse',
      fields: { cart: { keepAfterLogout: true } },
    })
    const ann = browser()
    await browser().visit((session) => session.authenticate('bob', PASSWORD))
    await ann.visit((session) => session.authenticate('ann', PASSWORD).set('cart', ['tea']))
    const { settlement } = await ann.visit((session) => session.authenticate('bob', PASSWORD))
    expect(settlement.problem?.status).toBe(409)
    const { result } = await ann.visit((session) => [session.subject, session.get('cart')])
    expect(result).toEqual(['ann', ['tea']])
  })

  test('does not count the session that the same request has logged out', async () => {
    const LEAVES = {
      destroy: (session: Session<Data>) => session.destroy(),
      clear: (session: Session<Data>) => session.clear(),
    }
    for (const leave of Object.values(LEAVES)) {
      for (const maxSessionsAction of ['refuse', 'end-oldest'] as const) {
        const { browser, sessions } = startStored<Data>({ maxSessions: 2, maxSessionsAction })
        const [phone, laptop] = [browser(), browser()]
        for (const each of [phone, laptop]) {
          await each.visit((session) => session.authenticate('ann', PASSWORD))
        }
        const { settlement } = await laptop.visit((session) => {
          leave(session)
          session.authenticate('ann', PASSWORD)
        })
        expect(settlement.problem).toBeNull()
        expect((await phone.visit((session) => session.subject)).result).toBe('ann')
        expect(await sessions().of('ann').list()).toHaveLength(2)
      }
    }
  })

  test('leaves nobody logged in whom the same request has logged out', async () => {
    const { browser, events } = startStored<Data>({ maxSessions: 1, maxSessionsAction: 'refuse' })
    const ann = browser()
    await browser().visit((session) => session.authenticate('bob', PASSWORD))
    await ann.visit((session) => session.authenticate('ann', PASSWORD))
    const copy = browser(ann.held())
    const { settlement } = await ann.visit((session) => {
      session.destroy()
      session.authenticate('bob', PASSWORD)
    })
    expect(settlement.problem?.status).toBe(409)
    expect(settlement.setCookie).toContain('Max-Age=0')
    expect((await copy.visit((session) => session.subject)).result).toBeNull()
    expect(events.filter(([name]) => name === 'ended')).toHaveLength(1)
  })

  test('is not refused because of sessions that are over, though they are kept', async () => {
    const { browser, pass, sessions } = startStored<Data>({
      ...TIMED,
      maxSessions: 1,
      maxSessionsAction: 'refuse',
      fields: { language: { keepAfterLogout: true } },
    })
    const login = () => browser().visit((session) => session.authenticate('ann', PASSWORD))
    await browser().visit((session) => session.authenticate('ann', PASSWORD).set('language', 'de'))
    expect((await login()).settlement.problem?.status).toBe(409)
    pass(300 * 86_400)
    expect((await login()).settlement.problem).toBeNull()
    expect(await sessions().of('ann').list()).toHaveLength(1)
  })

  test('nor because of sessions that a shorter policy has ended', async () => {
    const { browser, pass, redeploy } = startStored<Data>({
      lifetime: { idle: '8h', absolute: '12h' },
      maxSessions: 1,
      maxSessionsAction: 'refuse',
    })
    await browser().visit((session) => session.authenticate('ann', PASSWORD))
    pass(3600)
    redeploy({ lifetime: { idle: '10m', absolute: '12h' } })
    const login = () => browser().visit((session) => session.authenticate('ann', PASSWORD))
    expect((await login()).settlement.problem).toBeNull()
    expect((await login()).settlement.problem?.status).toBe(409)
  })

  test('nor because of sessions that a later schema refuses, which are not listed either', async () => {
    const { browser, redeploy, sessions } = startStored<Data>({
      maxSessions: 1,
      maxSessionsAction: 'refuse',
    })
    await browser().visit((session) => session.authenticate('ann', PASSWORD).set('language', 'de'))
    redeploy({ schema: z.object({ language: z.number() }).partial() as never })
    const listed = () => sessions().of('ann').list()
    expect(await listed()).toEqual([])
    const login = () => browser().visit((session) => session.authenticate('ann', PASSWORD))
    expect((await login()).settlement.problem).toBeNull()
    expect(await listed()).toHaveLength(1)
    expect((await login()).settlement.problem?.status).toBe(409)
  })
})
