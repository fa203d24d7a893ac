// A store that fails, hangs or answers too late: bounded calls, a circuit, and ids that nobody knows.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CreateTerms, FullStore, Store } from '../../../src/index.ts'
import { type BoundedOptions, bounded } from '../../../src/stores/parts/bounded.ts'
import { modelStore } from '../../support/model-store.ts'

const NOW = 1_700_000_000
const UNAVAILABLE = { code: 'store-unavailable' }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A store whose reads answer as they are told. */
function scripted(read: () => unknown) {
  const calls = { count: 0 }
  const store = {
    ...modelStore(),
    read: () => {
      calls.count += 1
      return read()
    },
  } as unknown as FullStore
  return { calls, store: bounded(store, { timeout: '2s' }) }
}

const later = <Value>(milliseconds: number, value: Value) =>
  new Promise<Value>((resolve) => {
    setTimeout(() => resolve(value), milliseconds)
  })

const fail = (store: Store) => Promise.resolve().then(() => store.read('id', NOW, true))

describe('a bounded store', () => {
  test('answers at once where the store does, with all its abilities', () => {
    const store = bounded(modelStore()) as FullStore
    expect(store.read('id', NOW, true)).toEqual({ state: 'unknown' })
    expect(store.list('ann', NOW)).toEqual([])
    expect('claim' in store && 'scan' in store).toBe(true)
    const { list: _, endAll: __, ...plain } = modelStore()
    expect('endAll' in bounded(plain)).toBe(false)
  })

  test('does not wait for a store that answers after 30 seconds, nor heeds what it then says', async () => {
    const { store } = scripted(() => later(30_000, { state: 'unknown' }))
    const answer = fail(store)
    const refused = expect(answer).rejects.toMatchObject(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(2000)
    await refused
    await vi.advanceTimersByTimeAsync(60_000)
  })

  test('swallows a failure that comes too late', async () => {
    const { store } = scripted(() => later(30_000, null).then(() => Promise.reject(new Error('x'))))
    const refused = expect(fail(store)).rejects.toMatchObject(UNAVAILABLE)
    await vi.advanceTimersByTimeAsync(60_000)
    await refused
  })

  test('bounds each call by its own time', async () => {
    const { store } = scripted(() => later(1500, { state: 'unknown' }))
    const first = Promise.resolve(store.read('a', NOW, true))
    await vi.advanceTimersByTimeAsync(1000)
    const second = Promise.resolve(store.read('b', NOW, true))
    await vi.advanceTimersByTimeAsync(1500)
    expect([await first, await second]).toEqual([{ state: 'unknown' }, { state: 'unknown' }])
  })

  test('says nothing of what was asked', async () => {
    const secret = Object.assign(new Error('INSERT of the id abc'), { code: 'ECONNREFUSED' })
    const { store } = scripted(() => Promise.reject(secret))
    const error = await fail(store).catch((error: unknown) => error)
    expect(error).toMatchObject(UNAVAILABLE)
    expect(String(error)).toContain('ECONNREFUSED')
    expect(JSON.stringify([String(error), (error as Error).cause ?? null])).not.toContain('abc')
  })

  test('leaves a store alone after five failures, and tries it with one call', async () => {
    let answer: () => unknown = () => Promise.reject(new Error('down'))
    const { store, calls } = scripted(() => answer())
    for (let at = 0; at < 8; at++) await expect(fail(store)).rejects.toMatchObject(UNAVAILABLE)
    expect(calls.count).toBe(5)
    await vi.advanceTimersByTimeAsync(1000)
    await Promise.all([1, 2, 3].map(() => expect(fail(store)).rejects.toMatchObject(UNAVAILABLE)))
    expect(calls.count).toBe(6)
    await vi.advanceTimersByTimeAsync(1999)
    await expect(fail(store)).rejects.toMatchObject(UNAVAILABLE)
    expect(calls.count).toBe(6)
    await vi.advanceTimersByTimeAsync(1)
    answer = () => ({ state: 'unknown' })
    await expect(fail(store)).resolves.toEqual({ state: 'unknown' })
    expect(store.read('other', NOW, true)).toEqual({ state: 'unknown' })
    expect(calls.count).toBe(8)
  })

  test('pauses for half a minute at most', async () => {
    const { store, calls } = scripted(() => Promise.reject(new Error('down')))
    for (let at = 0; at < 5; at++) await fail(store).catch(() => {})
    for (let at = 0; at < 20; at++) {
      await vi.advanceTimersByTimeAsync(30_000)
      await fail(store).catch(() => {})
    }
    expect(calls.count).toBe(25)
  })

  test('asks once in ten seconds for an id that nobody knows', () => {
    const { store, calls } = scripted(() => ({ state: 'unknown' }))
    for (const second of [0, 3, 9]) {
      expect(store.read('id', NOW + second, true)).toEqual({ state: 'unknown' })
    }
    expect(calls.count).toBe(1)
    store.read('id', NOW + 10, true)
    expect(calls.count).toBe(2)
  })

  test('asks again where the clock was set back', () => {
    const { store, calls } = scripted(() => ({ state: 'unknown' }))
    store.read('id', NOW, true)
    store.read('id', NOW - 1, true)
    expect(calls.count).toBe(2)
  })

  test('forgets that once the id is begun here', () => {
    const store = bounded(modelStore())
    const id = '00id'
    expect(store.read(id, NOW, true)).toEqual({ state: 'unknown' })
    const times = {
      createdAt: NOW,
      seenAt: NOW,
      idle: 60,
      endsAt: NOW + 600,
      throttle: 5,
      checkAt: 0,
    }
    store.create({ id, subject: null, ...times, fields: new Map() }, NOW)
    expect(store.read(id, NOW, true)).toMatchObject({ state: 'live' })
  })

  describe('whose create answers too late', () => {
    const times = {
      createdAt: NOW,
      seenAt: NOW,
      idle: 60,
      endsAt: NOW + 600,
      throttle: 5,
      checkAt: 0,
    }
    const session = (id: string) => ({ id, subject: 'ann', ...times, fields: new Map() })
    const renewed = (until: number | null) => ({
      from: { id: 'old', reason: 'renewed', keep: 60, deleted: [], until } as const,
    })

    /** What the store then has. */
    async function stateAfter(
      terms: CreateTerms,
      {
        late = 3000,
        end = null,
        ...options
      }: BoundedOptions & { late?: number; end?: unknown } = {},
    ) {
      const kept = modelStore()
      await kept.create(session('old'), NOW)
      const slow = {
        ...kept,
        create: async (...args: Parameters<Store['create']>) => {
          const created = await kept.create(...args)
          return later(late, created)
        },
        ...(end !== null && { end }),
      } as unknown as Store
      const store = bounded(slow, { timeout: '2s', ...options })
      const answered = Promise.resolve(store.create(session('new'), NOW, terms)).catch(() => null)
      await vi.advanceTimersByTimeAsync(60_000)
      await answered
      return kept.read('new', NOW, false)
    }

    test('ends the session, which nobody has a cookie of', async () => {
      const ended = { state: 'ended', reason: 'revoked' }
      expect(await stateAfter({})).toMatchObject(ended)
      expect(await stateAfter(renewed(null))).toMatchObject(ended)
    })

    test('leaves one that the id from before leads to, and one that came in time', async () => {
      expect((await stateAfter(renewed(NOW + 10))).state).toBe('live')
      expect((await stateAfter({}, { late: 1000 })).state).toBe('live')
    })

    test('leaves what is no session', async () => {
      expect((await stateAfter({}, { keepsSessions: false })).state).toBe('live')
    })

    test('swallows that it cannot be ended', async () => {
      const throws = () => {
        throw new Error('x')
      }
      for (const end of [throws, () => Promise.reject(new Error('x'))]) {
        expect((await stateAfter({}, { end })).state).toBe('live')
      }
    })
  })

  test('needs a bound', () => {
    expect(() => bounded(modelStore(), { timeout: '0s' })).toThrow()
    expect(() => bounded(modelStore(), { timeout: 5 as never })).toThrow()
  })
})
