import { describe, expect, expectTypeOf, test } from 'vitest'
import { createSessions, type Session, type SessionOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { createClock, createVisitor, type VisitorOptions } from '../../src/testing/index.ts'

const secretKey = 'a secret key of some length'

function start(options: Partial<SessionOptions> = {}, extra: VisitorOptions = {}) {
  const clock = createClock('2026-01-01T09:00:00Z')
  const sessions = createSessions({ secretKey, lifetime: { idle: '30m' }, clock, ...options })
  return { clock, sessions, visitor: createVisitor(sessions, { clock, ...extra }) }
}

const login = (session: Session) => session.set('user', 'ann')
const user = (session: Session) => session.get('user')

describe('a visitor', () => {
  test('logs in, works, goes idle for 31 minutes, and is out', () => {
    const clock = createClock()
    const sessions = createSessions({ secretKey, lifetime: { idle: '30m' }, clock })
    const visitor = createVisitor(sessions, { clock })

    visitor.visit((session) => session.set('user', 'ann'))
    clock.advance({ minutes: 31 })
    expect(visitor.visit((session) => session.get('user'))).toBeUndefined()
  })

  test('stays in by working', () => {
    const { clock, visitor } = start()
    visitor.visit(login)
    for (let visit = 0; visit < 5; visit++) {
      clock.advance('29m')
      expect(visitor.visit(user)).toBe('ann')
    }
    expect(visitor.ended).toBeNull()
    clock.advance('31m')
    expect(visitor.ended).toMatchObject({ reason: 'idle' })
  })

  test('works by asking for the session; other requests move no clock', () => {
    const { clock, visitor } = start()
    visitor.visit(login)
    clock.advance('20m')
    expect(visitor.visit()).toBeUndefined()
    clock.advance('20m')
    expect(visitor.visit(user)).toBeUndefined()
  })

  test('is out at the absolute limit, however busy', () => {
    const { clock, visitor } = start({ lifetime: { idle: '30m', absolute: '1h' } })
    visitor.visit(login)
    for (const wait of ['25m', '25m'] as const) {
      clock.advance(wait)
      expect(visitor.visit(user)).toBe('ann')
    }
    clock.advance('11m')
    expect(visitor.ended).toMatchObject({ reason: 'absolute' })
  })

  test('knows no other visitor', () => {
    const { clock, sessions, visitor } = start()
    visitor.visit(login)
    expect(createVisitor(sessions, { clock }).visit(user)).toBeUndefined()
  })

  test('loses the cookie with the browser, unless it is permanent', () => {
    const { visitor } = start()
    visitor.visit(login)
    expect(visitor.cookie).toMatch(/^__Host-session=[^;]+$/)
    visitor.closeBrowser()
    expect(visitor.cookie).toBeUndefined()

    visitor.visit((session) => {
      session.permanent = true
      login(session)
    })
    visitor.closeBrowser()
    expect(visitor.visit(user)).toBe('ann')
    visitor.forget()
    expect(visitor.cookie).toBeUndefined()
    visitor.closeBrowser()
    expect(visitor.visit(user)).toBeUndefined()
  })

  test('drops a permanent cookie in the second of its Expires', () => {
    const { clock, visitor } = start({ lifetime: { idle: '30m', permanent: true } })
    visitor.visit(login)
    clock.advance({ minutes: 30, seconds: 58 })
    expect(visitor.cookie).toBeDefined()
    clock.advance('1s')
    expect(visitor.cookie).toBeUndefined()
    expect(visitor.ended).toBeNull()
  })

  test('may ignore Expires, so that the server alone decides', () => {
    const { clock, visitor } = start(
      { lifetime: { idle: '30m', permanent: true } },
      { ignoreExpires: true },
    )
    visitor.visit(login)
    clock.advance('31m')
    expect(visitor.cookie).toBeDefined()
    expect(visitor.visit((session) => session.ended)).toMatchObject({ reason: 'idle' })
  })

  test.each([false, true])('gives up a cookie that is taken back (ignoreExpires: %s)', (ignore) => {
    const { visitor } = start({}, { ignoreExpires: ignore })
    visitor.visit(login)
    visitor.visit((session) => session.destroy())
    expect(visitor.cookie).toBeUndefined()
  })

  test('judges by real time without a clock', () => {
    const sessions = createSessions({ secretKey, lifetime: { idle: '1h', permanent: true } })
    const visitor = createVisitor(sessions)
    visitor.visit(login)
    expect(visitor.visit(user)).toBe('ann')
  })
})

describe('a handler', () => {
  test('may be async; its session is saved when it is done', async () => {
    const { visitor } = start()
    const visit = visitor.visit(async (session) => {
      await null
      login(session)
      return 1
    })
    expectTypeOf(visit).toEqualTypeOf<Promise<number>>()
    expect(visitor.cookie).toBeUndefined()
    expect(await visit).toBe(1)
    expect(visitor.visit(user)).toBe('ann')
  })

  test('that throws saves nothing', async () => {
    const { visitor } = start()
    const fail = (session: Session) => {
      login(session)
      throw new Error('no')
    }
    expect(() => visitor.visit(fail)).toThrow('no')
    await expect(visitor.visit(async (session) => fail(session))).rejects.toThrow('no')
    expect(visitor.cookie).toBeUndefined()
  })

  test('sees the types of the data', () => {
    const visitor = createVisitor(createSessions<{ user: string }>({ secretKey }))
    expectTypeOf(visitor.visit((session) => session.get('user'))).toEqualTypeOf<
      string | undefined
    >()
    expectTypeOf(visitor.visit()).toEqualTypeOf<undefined>()
  })

  test('must be async where saving takes time', async () => {
    const { clock, sessions } = start()
    const saved: string[] = []
    const slow = (commit: () => Promise<void>) =>
      createVisitor<Record<string, unknown>>(
        {
          load: (session) => sessions.load(session),
          of: (subject) => sessions.of(subject),
          sweep: (...args) => sessions.sweep(...args),
          open: (request) => sessions.open(request),
          settle: (session) => sessions.settle(session),
          on: (name, listener) => sessions.on(name, listener),
          status: (session) => sessions.status(session),
          policy: sessions.policy,
          commit: async (settlement) => {
            await commit()
            return settlement
          },
        },
        { clock },
      )
    const visitor = slow(async () => {
      await null
      saved.push('once')
    })
    await visitor.visit(async (session) => login(session))
    expect(saved).toEqual(['once'])
    expect(() => visitor.visit(login)).toThrow('Make the handler async')
    const broken = slow(() => Promise.reject(new Error('full')))
    await expect(broken.visit(async (session) => login(session))).rejects.toThrow('full')
    expect(() => broken.visit(login)).toThrow('Make the handler async')
  })
})

describe('a store that takes time', () => {
  const slow = (fails = () => false) =>
    new Proxy(memoryStore(), {
      get(target, name) {
        const verb = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        if (name === 'onEvicted') return verb.bind(target)
        return async (...args: unknown[]) => {
          if (fails()) throw new Error('down')
          return Reflect.apply(verb, target, args)
        }
      },
    })

  test('is waited for by an async visit, before the handler and after it', async () => {
    const clock = createClock()
    const visitor = createVisitor(createSessions({ store: slow(), clock }), { clock })
    await visitor.visit(async (session) => login(session))
    expect(await visitor.visit(async (session) => user(session))).toBe('ann')
    clock.advance('31m')
    expect(await visitor.visit(async (session) => session.ended)).toMatchObject({ reason: 'idle' })
  })

  test('is not waited for by who only looks, also where it fails', async () => {
    let isDown = false
    const sessions = createSessions({ store: slow(() => isDown) })
    const visitor = createVisitor(sessions)
    await visitor.visit(async (session) => login(session))
    isDown = true
    expect(() => visitor.ended).toThrow('in an async visit')
    await expect(visitor.visit(async (session) => user(session))).rejects.toMatchObject({
      code: 'store-unavailable',
    })
  })

  test('that works at once needs no async handler', () => {
    const clock = createClock()
    const visitor = createVisitor(createSessions({ store: memoryStore(), clock }), { clock })
    visitor.visit(login)
    expect(visitor.visit(user)).toBe('ann')
    clock.advance('31m')
    expect(visitor.ended).toMatchObject({ reason: 'idle' })
  })
})
