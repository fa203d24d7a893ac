// The life of one session in a store: what it costs, how it slides, how it ends.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { BY, KEY } from './start.ts'
import { startStored } from './start-stored.ts'

describe('a session in a store', () => {
  test('is known by an id of 256 bits, of which the store has the hash', async () => {
    const ids: string[] = []
    const store = modelStore()
    const life = startStored({
      store: {
        ...store,
        create: (session, ...rest) => {
          ids.push(session.id)
          return store.create(session, ...rest)
        },
      },
    })
    const browser = life.browser()
    const { settlement } = await browser.visit((session) => session.set('user', 'ann'))
    const id = browser.held()?.split('=')[1] ?? ''
    expect(id).toMatch(/^[\da-f]{2}[\w-]{43}$/)
    expect(ids).toEqual([id.slice(0, 2) + createHash('sha256').update(id).digest('base64url')])
    expect(settlement).toMatchObject({ vary: true, noStore: true, write: null })
    expect(settlement.setCookie).toContain('__Host-session=')
  })

  test('costs nothing without a cookie, and one command to read', async () => {
    const { browser, calls, pass } = startStored()
    const ann = browser()
    await ann.visit((session) => session.get('user'))
    expect(calls).toEqual([])
    await ann.visit((session) => session.set('user', 'ann'))
    expect(calls.splice(0)).toEqual(['create'])
    for (let second = 0; second < 59; second++) {
      pass(1)
      await ann.visit((session) => session.get('user'))
    }
    expect(new Set(calls)).toEqual(new Set(['read']))
    expect(calls.splice(0)).toHaveLength(59)
    pass(1)
    const { settlement } = await ann.visit((session) => session.get('user'))
    expect([calls, settlement.setCookie]).toEqual([['read'], null])
  })

  test('slides when it is read, and ends by idling and by age; the next request knows why', async () => {
    const { browser, pass } = startStored({ lifetime: { idle: '30m', absolute: '1h' } })
    const [ann, bob] = [browser(), browser()]
    await ann.visit((session) => session.authenticate('ann', BY))
    await bob.visit((session) => session.set('user', 'bob'))
    for (let at = 0; at < 3; at++) {
      pass(1190)
      expect((await ann.visit((session) => session.isNew)).result).toBe(false)
    }
    const over = (await bob.visit((session) => session.ended)).result
    expect(over).toMatchObject({ reason: 'idle', at: 1_700_001_859, ago: 1711, subject: null })
    pass(1190)
    const aged = (await ann.visit((session) => session.ended)).result
    expect(aged).toMatchObject({ reason: 'absolute', at: 1_700_003_600, subject: 'ann' })
  })

  test('is not slid by what is not the user, nor by the question when it ends', async () => {
    const { browser, pass, sessions } = startStored()
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    pass(1000)
    await ann.visit((session) => session.get('user'), { activity: 'background' })
    const asked = sessions().open({ cookie: ann.held(), activity: 'background' })
    await sessions().load(asked)
    expect(sessions().status(asked)).toMatchObject({ state: 'live', endsAt: 1_700_001_859 })
    pass(860)
    expect((await ann.visit((session) => session.ended?.reason)).result).toBe('idle')
  })

  test('is changed in the background without sliding', async () => {
    const { browser, pass } = startStored()
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    pass(1000)
    await ann.visit((session) => session.set('mail', 3), { activity: 'background' })
    expect((await ann.visit((s) => s.get('mail'), { activity: 'background' })).result).toBe(3)
    pass(860)
    expect((await ann.visit((session) => session.ended?.reason)).result).toBe('idle')
  })

  test('that is over is not revived by a longer policy', async () => {
    const { browser, pass, redeploy } = startStored({ lifetime: { idle: '10m', absolute: '1h' } })
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    pass(900)
    redeploy({ lifetime: { idle: '2h', absolute: '12h' } })
    expect((await ann.visit((session) => session.ended?.reason)).result).toBe('idle')
  })

  test('that a shorter policy ends stays ended, although the read had slid it', async () => {
    const { browser, pass, redeploy } = startStored({ lifetime: { idle: '2h', absolute: '12h' } })
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    pass(1800)
    redeploy({ lifetime: { idle: '10m', absolute: '12h' } })
    for (let at = 0; at < 2; at++) {
      expect((await ann.visit((session) => session.ended?.reason)).result).toBe('idle')
    }
  })

  test('goes by a policy that was lengthened, from its next request on', async () => {
    const { browser, pass, redeploy } = startStored({ lifetime: { idle: '10m', absolute: '1h' } })
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    redeploy({ lifetime: { idle: '2h', absolute: '12h' } })
    await ann.visit((session) => session.get('user'))
    pass(7000)
    expect((await ann.visit((session) => session.get('user'))).result).toBe('ann')
  })

  test('keeps a permanent cookie in step with its deadline', async () => {
    const life = startStored({
      lifetime: { idle: '30m', absolute: '12h' },
      grants: { permanent: { idle: '7d', absolute: '30d' } },
    })
    const ann = life.browser()
    await ann.visit((session) => {
      session.permanent = true
      session.set('user', 'ann')
    })
    life.pass(86_400)
    const { settlement } = await ann.visit((session) => session.get('user'))
    expect(settlement.setCookie).toContain('Expires=Wed, 22 Nov 2023 22:14:19 GMT')
    expect((await ann.visit((session) => session.get('user'))).settlement.setCookie).toBeNull()
  })

  test('is locked, not slid by looking at it, and unlocked under another id', async () => {
    const { browser, pass } = startStored({ idleAction: 'lock' })
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', BY).set('draft', 'x'))
    pass(3600)
    for (let at = 0; at < 2; at++) {
      const { result } = await ann.visit((session) => [session.locked, session.get('draft')])
      expect(result).toEqual([true, undefined])
    }
    const before = ann.held()
    await ann.visit((session) => session.unlock(BY))
    expect(ann.held()).not.toBe(before)
    expect((await ann.visit((session) => session.get('draft'))).result).toBe('x')
    pass(100)
    await ann.visit((session) => session.get('draft'))
    pass(1799)
    expect((await ann.visit((session) => session.locked)).result).toBe(false)
  })

  test('hands on what is kept after a logout and after its end, and nothing else', async () => {
    const { browser, pass } = startStored({
      lifetime: { idle: '30m', absolute: '12h' },
      fields: { cart: { idle: '2h', keepAfterLogout: true } },
    })
    const ann = browser()
    await ann.visit((session) => session.set('cart', ['apple']).set('name', 'ann'))
    await ann.visit((session) => session.destroy())
    expect((await ann.visit((session) => session.toJSON())).result).toEqual({ cart: ['apple'] })
    pass(3600)
    const { result } = await ann.visit((session) => [session.ended?.reason, session.toJSON()])
    expect(result).toEqual(['idle', { cart: ['apple'] }])
    pass(3600)
    expect((await ann.visit((session) => session.get('cart'))).result).toEqual(['apple'])
    pass(10_000)
    expect((await ann.visit((session) => session.has('cart'))).result).toBe(false)
  })

  test('cleared and filled again is another session', async () => {
    const { browser } = startStored()
    const ann = browser()
    await ann.visit((session) => session.authenticate('ann', BY).set('a', 1))
    const before = ann.held()
    await ann.visit((session) => {
      session.clear()
      session.set('b', 2)
    })
    expect(ann.held()).not.toBe(before)
    const { result } = await ann.visit((session) => [session.subject, session.toJSON()])
    expect(result).toEqual([null, { b: 2 }])
    ann.hold(before)
    expect((await ann.visit((session) => session.ended?.reason)).result).toBe('logout')
  })

  test('takes keys and values that look like the library’s own', async () => {
    const { browser } = startStored()
    const data = { '@u': 'u1,1', '@': '~1,2,3;x', '@@o1,x': null, __proto__x: 0, '': '~', ü: 'ß' }
    const ann = browser()
    await ann.visit((session) => session.update(data))
    expect((await ann.visit((session) => session.toJSON())).result).toEqual(data)
  })

  test('refuses keys that no store can hold', async () => {
    const { browser } = startStored()
    const set = (key: string) => browser().visit((session) => session.set(key, 1))
    await expect(set('a\0b')).rejects.toMatchObject({ code: 'not-serializable' })
    await expect(set('a\ud800')).rejects.toMatchObject({ code: 'not-serializable' })
  })
})

describe('a cookie of a session in a store', () => {
  test('that nobody issued begins a fresh session, is told of, and never adopted', async () => {
    const { browser, events, calls } = startStored()
    const made = `__Host-session=ab${'x'.repeat(43)}`
    const ann = browser(made)
    const { result } = await ann.visit((session) => {
      session.set('user', 'ann')
      return session.ended?.reason
    })
    expect(result).toBe('unknown')
    expect(calls).toEqual(['read', 'create'])
    expect(ann.held()).not.toBe(made)
    expect(events[0]).toMatchObject(['rejected', { reason: 'unknown' }])
  })

  test.each(['', 'x', 'x'.repeat(5000), `ab${'x'.repeat(42)}`, `AB${'x'.repeat(43)}`, '../../etc'])(
    'of a wrong shape never reaches the store: %j',
    async (value) => {
      const { browser, calls } = startStored()
      const { session } = await browser(`__Host-session=${value}`).visit((session) => session.size)
      expect([calls, session.isNew]).toEqual([[], true])
    },
  )

  test('is signed where there is a key, so that a made-up id costs no command', async () => {
    const { browser, calls, redeploy } = startStored({ secretKey: KEY })
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    const held = ann.held() ?? ''
    calls.length = 0
    const forged = browser(held.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))
    expect((await forged.visit((session) => session.ended?.reason)).result).toBe('tampered')
    expect(calls).toEqual([])
    redeploy({ secretKey: 'another key of these tests', secretKeyFallbacks: [KEY] })
    const { settlement } = await ann.visit((session) => session.get('user'))
    expect(settlement.setCookie).toContain(held.split('.')[0])
    redeploy({ secretKey: 'another key of these tests' })
    expect((await ann.visit((session) => session.get('user'))).result).toBe('ann')
  })

  test('is looked at only once it was fetched', async () => {
    const { browser, sessions } = startStored({ lazy: true })
    const ann = browser()
    await ann.visit((session) => session.set('user', 'ann'))
    const session = sessions().open({ cookie: ann.held() })
    await sessions().load(session)
    expect(() => session.get('user')).toThrowError(expect.objectContaining({ code: 'not-loaded' }))
    expect((await session.load()).get('user')).toBe('ann')
  })
})

test('options that do not go together are refused', () => {
  const store = modelStore()
  const refused = (options: object, code = 'bad-option') =>
    expect(() => createSessions({ store, ...options })).toThrowError(
      expect.objectContaining({ code }),
    )
  refused({ notBefore: { store } })
  refused({ maxSessions: 0 })
  refused({ maxSessions: 3, maxSessionsAction: 'ask' })
  refused({ storeFailure: 'open' })
  refused({ lifetime: { idle: '1h', renewal: '0s' } }, 'bad-lifetime')
  refused({ secretKey: '' }, 'no-secret-key')
})
