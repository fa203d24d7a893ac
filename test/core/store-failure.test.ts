// A store that fails: the request is refused, or goes on without its session, and nothing is skipped in silence.
import { describe, expect, test } from 'vitest'
import {
  createSessions,
  type FullStore,
  SessionError,
  type SessionOptions,
} from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { NOW } from './start.ts'

function broken(options: Partial<SessionOptions> = {}) {
  const store = modelStore()
  let callsLeft = Number.POSITIVE_INFINITY
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const verb = Reflect.get(target, name)
      if (typeof verb !== 'function') return verb
      return async (...args: unknown[]) => {
        if (callsLeft-- <= 0) throw new SessionError('store-unavailable', 'down')
        return Reflect.apply(verb, target, args)
      }
    },
  }) as FullStore
  const sessions = createSessions({ clock: () => NOW, store: proxy, ...options })
  const told: unknown[] = []
  sessions.on('unavailable', ({ during }) => told.push(during))
  const begin = async (cookie?: string) => {
    const session = sessions.open({ cookie })
    await sessions.load(session)
    return { session, finish: async () => sessions.commit(sessions.settle(session)) }
  }
  const start = async () => {
    const { session, finish } = await begin()
    session.set('user', 'ann')
    return (await finish()).setCookie?.split(';')[0]
  }
  return {
    begin,
    start,
    told,
    /** @param calls how many calls succeed before. */
    down: (value: boolean, calls = 0) => {
      callsLeft = value ? calls : Number.POSITIVE_INFINITY
    },
  }
}

const UNAVAILABLE = { code: 'store-unavailable' }

describe('a store that is down', () => {
  test('refuses who brings a session, and serves who brings none', async () => {
    const { begin, start, told, down } = broken()
    const cookie = await start()
    down(true)
    await expect(begin(cookie)).rejects.toMatchObject(UNAVAILABLE)
    const { session, finish } = await begin()
    expect(session.get('user')).toBeUndefined()
    expect((await finish()).setCookie).toBeNull()
    down(false)
    expect((await begin(cookie)).session.get('user')).toBe('ann')
    expect(told).toEqual(['load'])
  })

  test('makes who brings a session anonymous, by choice; and never takes the cookie', async () => {
    const { begin, start, told, down } = broken({ storeFailure: 'anonymous' })
    const cookie = await start()
    down(true)
    const { session, finish } = await begin(cookie)
    expect([session.get('user'), session.isNew, session.ended]).toEqual([undefined, true, null])
    expect((await finish()).setCookie).toBeNull()
    expect(told).toEqual(['load'])
  })

  test('is noticed between the two reads of a session whose id was renewed', async () => {
    const { begin, start, told, down } = broken({ storeFailure: 'anonymous' })
    const cookie = await start()
    const renewing = await begin(cookie)
    renewing.session.renewId()
    await renewing.finish()
    down(true, 1)
    const { session } = await begin(cookie)
    expect([session.isNew, session.ended, told]).toEqual([true, null, ['load']])
  })

  test('lets nobody write to a session that could not be asked for', async () => {
    const { begin, start, down } = broken({ storeFailure: 'anonymous' })
    const cookie = await start()
    down(true)
    const { session, finish } = await begin(cookie)
    down(false)
    session.set('user', 'eve')
    await expect(finish()).rejects.toMatchObject(UNAVAILABLE)
  })

  test.each(['destroy', 'clear'] as const)('lets nobody log out in vain: %s', async (verb) => {
    const { begin, start, down } = broken({ storeFailure: 'anonymous' })
    const cookie = await start()
    down(true)
    const { session, finish } = await begin(cookie)
    session[verb]()
    await expect(finish()).rejects.toMatchObject(UNAVAILABLE)
  })

  test('fails at the commit of what was changed', async () => {
    const { begin, start, told, down } = broken()
    const { session, finish } = await begin(await start())
    session.set('user', 'bob')
    down(true)
    await expect(finish()).rejects.toMatchObject(UNAVAILABLE)
    expect(told).toEqual(['commit'])
  })
})
