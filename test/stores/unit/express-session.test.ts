// The bridge to stores of express-session, over its MemoryStore.
import { createRequire } from 'node:module'
import { describe, expect, test, vi } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import {
  type ExpressSessionStore,
  expressSessionStore,
} from '../../../src/stores/express-session.ts'
import { storeContract } from '../../../src/testing/index.ts'

type Kept = { cookie: { expires: Date; originalMaxAge: number }; sojourn: object }

const { MemoryStore } = createRequire(import.meta.url)('express-session')
const memory = (): ExpressSessionStore & { sessions: Record<string, string> } => new MemoryStore()

const open = () => expressSessionStore(memory())
for (const { name, run } of storeContract({ open, abilities: [] })) test(name, run)

const now = Math.floor(Date.now() / 1000)
const session: StoredSession = {
  id: 'ab'.padEnd(45, 'x'),
  subject: 'ann',
  createdAt: now,
  seenAt: now,
  idle: 600,
  endsAt: now + 86_400,
  throttle: 60,
  checkAt: 0,
  fields: new Map([['cart', '[1]']]),
}
const LOGOUT = { reason: 'logout', keep: 300 } as const

/** One that can be broken, and says what it was asked to keep. */
function breakable() {
  const kept = new Map<string, Kept>()
  const store = {
    get: (id: string, answer: (error: unknown, session?: object | null) => void) =>
      answer(null, kept.get(id)),
    set: (id: string, session: object, answer: (error?: unknown) => void) => {
      kept.set(id, session as Kept)
      answer()
    },
    destroy: (id: string, answer: (error?: unknown) => void) => {
      kept.delete(id)
      answer()
    },
  }
  return { kept, store }
}

describe('what it keeps', () => {
  test('the cookie says for how long a session is needed, retention included', async () => {
    const { kept, store } = breakable()
    await expressSessionStore(store, { retention: '10m' }).create(session, now)
    const { cookie } = kept.get(session.id) as Kept
    expect(cookie.originalMaxAge).toBe((600 + 600 + 1) * 1000)
    expect(Math.abs(cookie.expires.getTime() / 1000 - (now + 1201))).toBeLessThan(5)
  })

  test('a tombstone needs as long as was asked, and holds none of the data', async () => {
    const { kept, store } = breakable()
    const bridge = expressSessionStore(store)
    await bridge.create(session, now)
    await bridge.end(session.id, LOGOUT, now)
    expect(kept.get(session.id)?.cookie.originalMaxAge).toBe(301_000)
    expect(JSON.stringify(kept.get(session.id))).not.toContain('cart')
  })

  test('a read writes only when a touch is due', async () => {
    const { store } = breakable()
    const bridge = expressSessionStore(store)
    await bridge.create(session, now)
    const set = vi.spyOn(store, 'set')
    await bridge.read(session.id, now + 60, true)
    expect(set).not.toHaveBeenCalled()
    await bridge.read(session.id, now + 61, true)
    expect(set).toHaveBeenCalledOnce()
  })

  test('what somebody else keeps under an id is no session', async () => {
    const { kept, store } = breakable()
    for (const other of [{}, { session: { id: session.id } }, { tombstone: { at: 1 } }, 'text']) {
      kept.set(session.id, { cookie: {}, sojourn: other } as unknown as Kept)
      expect(await expressSessionStore(store).read(session.id, now, true)).toEqual({
        state: 'unknown',
      })
    }
  })
})

describe('what goes wrong', () => {
  test('an error of the store is thrown as it is, and the next call has its turn', async () => {
    const { store } = breakable()
    const bridge = expressSessionStore(store)
    await bridge.create(session, now)
    const error = new Error('down')
    vi.spyOn(store, 'set').mockImplementationOnce((_id, _session, answer) => answer(error))
    const patch = { set: new Map([['a', '1']]), deleted: [] }
    const [first, second] = [bridge.patch(session.id, patch, now), bridge.touch(session.id, now)]
    await expect(first).rejects.toBe(error)
    expect(await second).toEqual({ state: 'done' })
  })

  test('a store that throws, or answers with a promise that rejects, has failed too', async () => {
    const { store } = breakable()
    const bridge = expressSessionStore(store)
    const error = new Error('down')
    vi.spyOn(store, 'get').mockImplementationOnce(() => {
      throw error
    })
    await expect(bridge.read(session.id, now, false)).rejects.toBe(error)
    const rejects = async () => {
      throw error
    }
    vi.spyOn(store, 'get').mockImplementationOnce(rejects as never)
    await expect(bridge.read(session.id, now, false)).rejects.toBe(error)
  })

  test('a missing file is a missing session', async () => {
    const { store } = breakable()
    vi.spyOn(store, 'get').mockImplementationOnce((_id, answer) => answer({ code: 'ENOENT' }))
    expect(await expressSessionStore(store).read(session.id, now, false)).toEqual({
      state: 'unknown',
    })
  })

  test('a session whose end could not be written does not go on', async () => {
    const { kept, store } = breakable()
    const bridge = expressSessionStore(store)
    await bridge.create(session, now)
    const { set } = store
    const error = new Error('down')
    vi.spyOn(store, 'set').mockImplementation((id, kept, answer) =>
      id === session.id ? answer(error) : set(id, kept, answer),
    )
    const next = { ...session, id: 'ab'.padEnd(45, 'y') }
    const from = {
      id: session.id,
      deleted: [],
      until: now + 10,
      reason: 'renewed',
      keep: 60,
    } as const
    await expect(bridge.create(next, now, { from })).rejects.toBe(error)
    expect([...kept.keys()]).toEqual([session.id])
    expect((await bridge.read(session.id, now, false)).state).toBe('live')
  })

  test('who is never answered keeps the others waiting for ten seconds only', async () => {
    vi.useFakeTimers()
    try {
      const { store } = breakable()
      const bridge = expressSessionStore(store)
      await bridge.create(session, now)
      vi.spyOn(store, 'set').mockImplementationOnce(() => {})
      const lost = bridge.touch(session.id, now)
      const waiting = bridge.touch(session.id, now)
      const refused = expect(lost).rejects.toMatchObject({ code: 'store-unavailable' })
      await vi.advanceTimersByTimeAsync(10_000)
      await refused
      expect(await waiting).toEqual({ state: 'done' })
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what it refuses', () => {
  test('what is no store', () => {
    for (const wrong of [undefined, null, {}, { get: 1 }, MemoryStore]) {
      expect(() => expressSessionStore(wrong as never)).toThrow(
        expect.objectContaining({ code: 'bad-option' }),
      )
    }
    expect(() => expressSessionStore(memory(), { retention: '-1s' })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })

  test('a limit, which it could not keep', async () => {
    const limit = { most: 1, action: 'refuse', reason: 'replaced', keep: 60 } as const
    const created = async () => open().create(session, now, { limit })
    await expect(created()).rejects.toMatchObject({ code: 'bad-option' })
  })

  test('it says what it cannot promise, and has no other abilities', () => {
    const bridge = open()
    expect(bridge.caveat).toMatch(/two processes/)
    for (const ability of ['list', 'endAll', 'claim', 'scan'])
      expect(bridge).not.toHaveProperty(ability)
  })
})
