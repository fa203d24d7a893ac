// Values with a time of their own, in a store: what was over stays over, whoever reads the session.
import { describe, expect, test } from 'vitest'
import { startStored, TIMED } from './start-stored.ts'

const PASSWORD = { factor: 'password' }
type Data = Record<string, unknown>

describe('a value whose idle time is over', () => {
  const SUDO = { ...TIMED, fields: { sudo: { idle: '5m' } } } as const

  test('does not come back with the next request', async () => {
    const { browser, pass, sessions } = startStored<Data>(SUDO)
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD).set('sudo', true))
    pass(1200)
    for (let at = 0; at < 2; at++) {
      expect((await ann.visit((session) => session.get('sudo'))).result).toBeUndefined()
    }
    const told: unknown[] = []
    await sessions().sweep(({ field, reason, get }) => told.push([field, reason, get('sudo')]))
    expect(told).toEqual([['sudo', 'field', true]])
  })

  test('is over for a request that comes while another has found it so', async () => {
    const { browser, pass } = startStored<Data>(SUDO)
    const ann = browser()
    await ann.visit((session) => session.set('sudo', true))
    pass(1200)
    const first = await ann.begin()
    const second = await ann.begin()
    for (const { session, finish } of [first, second]) {
      expect(session.get('sudo')).toBeUndefined()
      await finish()
    }
    expect((await ann.visit((session) => session.get('sudo'))).result).toBeUndefined()
  })

  test('is over also where the limit was its own, and where nobody looked', async () => {
    const { browser, pass } = startStored<Data>(TIMED)
    const ann = browser()
    await ann.visit((session) => session.set('sudo', true, { idle: '5m' }))
    pass(1200)
    await ann.visit(() => {})
    expect((await ann.visit((session) => session.get('sudo'))).result).toBeUndefined()
  })

  test('stays over after an unlock', async () => {
    const { browser, pass } = startStored<Data>({ ...SUDO, idleAction: 'lock' })
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', PASSWORD).set('sudo', true))
    pass(3600)
    const { result } = await ann.visit((session) => {
      session.unlock(PASSWORD)
      return session.get('sudo')
    })
    expect(result).toBeUndefined()
    expect((await ann.visit((session) => session.get('sudo'))).result).toBeUndefined()
  })

  test('is not taken out where somebody has set it anew meanwhile', async () => {
    const { browser, pass } = startStored<Data>(SUDO)
    const ann = browser()
    await ann.visit((session) => session.set('sudo', 1))
    pass(1200)
    const slow = await ann.begin()
    await ann.visit((session) => session.set('sudo', 2))
    slow.session.set('other', 3)
    await slow.finish()
    const { result } = await ann.visit((session) => session.toJSON())
    expect(result).toEqual({ sudo: 2, other: 3 })
  })

  test('goes on while the user is active, at one command a request until a touch is due', async () => {
    const { browser, pass, calls } = startStored<Data>(SUDO)
    const ann = browser()
    await ann.visit((session) => session.set('sudo', 1))
    for (let at = 0; at < 6; at++) {
      pass(200)
      expect((await ann.visit((session) => session.get('sudo'))).result).toBe(1)
    }
    calls.length = 0
    await ann.visit((session) => session.get('sudo'))
    expect(calls).toEqual(['read'])
  })
})

test('a value that JSON would change is refused, and a store is told of no format', async () => {
  const { browser } = startStored<Data>(TIMED)
  const saved = browser().visit((session) => session.set('when', new Date(0)))
  await expect(saved).rejects.toMatchObject({
    code: 'not-serializable',
    message: expect.stringContaining('without a store'),
  })
})
