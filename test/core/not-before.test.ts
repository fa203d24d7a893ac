// Sessions that cookies carry, ended for a subject by an instant in a store.
import { describe, expect, test } from 'vitest'
import { flask } from '../../src/formats/flask.ts'
import { signed } from '../../src/formats/signed.ts'
import {
  createSessions,
  type FullStore,
  type Session,
  SessionError,
  sealed,
  type TokenFormat,
} from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { BY, KEY, NOW } from './start.ts'

function office(
  store: FullStore = modelStore(),
  staleness: `${number}s` = '10s',
  format: TokenFormat = sealed(),
) {
  let now = NOW
  const notBefore = { store, staleness }
  const machine = () => createSessions({ secretKey: KEY, clock: () => now, notBefore, format })
  const [here, there] = [machine(), machine()]
  const open = async (cookie?: string, sessions = here) => {
    const session = sessions.open({ cookie })
    await sessions.load(session)
    return session
  }
  /** What a handler answers, and the cookie that the browser then holds. */
  const visit = async <T>(
    cookie: string | undefined,
    handler: (session: Session) => T,
    sessions = here,
  ) => {
    const session = await open(cookie, sessions)
    const result = await handler(session)
    const { setCookie } = await sessions.commit(sessions.settle(session))
    return { result, cookie: setCookie?.split(';')[0] ?? cookie }
  }
  return {
    here,
    there,
    open,
    visit,
    login: async () =>
      (await visit(undefined, (session) => session.authenticate('ann', BY))).cookie,
    subject: async (cookie?: string, sessions = here) =>
      (await visit(cookie, (session) => session.subject, sessions)).result,
    pass: (seconds: number) => {
      now += seconds
    },
  }
}

describe('endAll', () => {
  test('holds at once where it was called, also while its subject is being asked for', async () => {
    const store = modelStore()
    let release = () => {}
    let isHeld = false
    const slow = new Proxy(store, {
      get: (target, name) => {
        const verb = Reflect.get(target, name)
        if (name !== 'read') return typeof verb === 'function' ? verb.bind(target) : verb
        return async (...args: unknown[]) => {
          const reading = await Reflect.apply(verb, target, args)
          if (isHeld) await new Promise<void>((go) => (release = go))
          return reading
        }
      },
    }) as FullStore
    const { here, login, open, pass, subject } = office(slow)
    const cookie = await login()
    pass(20)
    isHeld = true
    const reader = open(cookie)
    await Promise.resolve()
    isHeld = false
    pass(1)
    await here.of('ann').endAll()
    release()
    await reader
    for (let at = 0; at < 3; at++) {
      pass(4)
      expect(await subject(cookie)).toBeNull()
    }
  })

  test('holds elsewhere once the staleness is over, however short', async () => {
    const { here, there, login, pass, subject } = office(modelStore(), '1s')
    const cookie = await login()
    expect(await subject(cookie, there)).toBe('ann')
    pass(1)
    await here.of('ann').endAll()
    pass(1)
    expect(await subject(cookie, there)).toBeNull()
  })
})

test('whoever cannot be checked keeps the cookie: nothing is written over it', async () => {
  const store = modelStore()
  let isDown = false
  const failing: FullStore = {
    ...store,
    read: (...given) => {
      if (isDown) throw new SessionError('store-unavailable', 'down')
      return store.read(...given)
    },
  }
  const notBefore = { store: failing, staleness: '0s' } as const
  const options = { secretKey: KEY, clock: () => NOW, storeFailure: 'anonymous' } as const
  const sessions = createSessions({ ...options, notBefore })
  const begun = sessions.open({})
  begun.authenticate('ann', BY)
  const cookie = sessions.settle(begun).setCookie?.split(';')[0]
  isDown = true
  for (const act of [
    (session: Session) => session.set('banner', 'seen'),
    (session: Session) => session.destroy(),
    (session: Session) => session.authenticate('bob', BY),
  ]) {
    const session = sessions.open({ cookie })
    await sessions.load(session)
    expect(session.subject).toBeNull()
    act(session)
    const commit = async () => sessions.commit(sessions.settle(session))
    await expect(commit()).rejects.toMatchObject({ code: 'store-unavailable' })
  }
  const reader = sessions.open({ cookie })
  await sessions.load(reader)
  expect(reader.get('banner')).toBeUndefined()
  expect((await sessions.commit(sessions.settle(reader))).setCookie).toBeNull()
})

test('a lazy request that never looks is not refreshed, and no error', async () => {
  const notBefore = { store: modelStore() }
  const options = { secretKey: KEY, clock: () => NOW, notBefore, lazy: true } as const
  const sessions = createSessions({ ...options, refreshEachRequest: true })
  const begun = sessions.open({})
  begun.authenticate('ann', BY)
  const cookie = sessions.settle(begun).setCookie?.split(';')[0]
  expect(sessions.settle(sessions.open({ cookie })).setCookie).toBeNull()
})

describe('endOthers', () => {
  test.each(['before', 'in the same request'])(
    'spares a session whose id is renewed, %s',
    async (when) => {
      const { here, there, login, pass, visit, subject } = office()
      const [other, own] = [await login(), await login()]
      pass(60)
      const { cookie: spared } = await visit(own, async (session) => {
        await here.of('ann').endOthers(session)
        if (when === 'in the same request') session.renewId()
      })
      pass(60)
      const { cookie } = await visit(spared, (session) => session.renewId())
      for (const machine of [here, there]) {
        expect(await subject(cookie, machine)).toBe('ann')
        expect(await subject(other, machine)).toBeNull()
      }
      pass(1)
      await here.of('ann').endAll()
      expect(await subject(cookie)).toBeNull()
    },
  )

  test('spares the session in a request under way, too', async () => {
    const { here, login, open, pass, subject } = office()
    const cookie = await login()
    pass(60)
    await here.of('ann').endOthers(await open(cookie))
    expect(await subject(cookie)).toBe('ann')
  })

  test.each([
    ['signed', signed()],
    ['flask', flask()],
  ])('spares a session whose cookie has no id, by its cookie: %s', async (_, format) => {
    const { here, there, login, pass, visit, subject } = office(modelStore(), '10s', format)
    const other = await login()
    pass(60)
    let own = await login()
    pass(60)
    for (let times = 0; times < 2; times++) {
      const asked = await visit(own, (session) => here.of('ann').endOthers(session))
      pass(11)
      for (const machine of [here, there]) {
        expect(await subject(asked.cookie, machine)).toBe('ann')
        expect(await subject(other, machine)).toBeNull()
      }
      own = (await visit(asked.cookie, (session) => session.set('note', times))).cookie
    }
    expect(await subject(own)).toBe('ann')
    await here.of('ann').endAll()
    expect(await subject(own)).toBeNull()
  })

  test('twice in one second, under two ids, leaves the next second to logins', async () => {
    const { here, login, pass, visit, subject } = office()
    const cookie = await login()
    pass(60)
    const asked = await visit(cookie, async (session) => {
      await here.of('ann').endOthers(session)
      session.renewId()
    })
    await visit(asked.cookie, (session) => here.of('ann').endOthers(session))
    pass(1)
    expect(await subject(await login())).toBe('ann')
  })

  test('is not taken back by a machine that has not heard of the last one', async () => {
    const { here, there, login, pass, visit, subject } = office()
    const cookie = await login()
    pass(9)
    const first = await visit(cookie, (session) => here.of('ann').endOthers(session))
    expect(await subject(first.cookie, there)).toBe('ann')
    pass(1)
    const second = await visit(first.cookie, (session) => here.of('ann').endOthers(session))
    const written = await visit(second.cookie, (session) => session.set('note', 1), there)
    const renewed = await visit(written.cookie, (session) => session.renewId(), there)
    for (const machine of [here, there]) expect(await subject(renewed.cookie, machine)).toBe('ann')
  })

  test.each([
    ['sealed', sealed()],
    ['signed', signed()],
  ])('spares nobody from an endAll in the same second: %s', async (_, format) => {
    const { here, there, login, pass, visit, subject } = office(modelStore(), '10s', format)
    const own = await login()
    pass(60)
    const { cookie } = await visit(own, (session) => here.of('ann').endOthers(session))
    expect(await subject(cookie)).toBe('ann')
    await here.of('ann').endAll()
    pass(11)
    for (const machine of [here, there]) expect(await subject(cookie, machine)).toBeNull()
  })

  test.each([
    ['sealed', sealed()],
    ['signed', signed()],
  ])(
    'does nothing for a session that another has ended, in the same second: %s',
    async (_, format) => {
      const { here, login, open, visit, pass, subject } = office(modelStore(), '10s', format)
      const one = await login()
      pass(1)
      const other = await login()
      pass(60)
      const slow = await open(other)
      const { cookie } = await visit(one, (session) => here.of('ann').endOthers(session))
      await here.of('ann').endOthers(slow)
      const sent = (await here.commit(here.settle(slow))).setCookie?.split(';')[0]
      expect([await subject(cookie), await subject(sent ?? other)]).toEqual(['ann', null])
    },
  )

  test('revives nobody whom endAll has ended meanwhile', async () => {
    const { here, login, open, pass, subject } = office()
    const cookie = await login()
    pass(300)
    const slow = await open(cookie)
    await here.of('ann').endAll()
    pass(5)
    await here.of('ann').endOthers(slow)
    expect(await subject(cookie)).toBeNull()
    expect((await open(cookie)).isNew).toBe(true)
  })

  test('spares no session of anybody else', async () => {
    const { here, visit, login, pass, subject } = office()
    const cookie = await login()
    pass(60)
    await here.of('ann').endAll()
    const late = await login()
    pass(60)
    const { cookie: bob } = await visit(late, (session) => here.of('bob').endOthers(session))
    await here.of('ann').endAll()
    expect([await subject(bob), await subject(cookie)]).toEqual([null, null])
  })
})
