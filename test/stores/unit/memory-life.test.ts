// What only a memory store does: it holds so many sessions, and what is over goes by itself.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { type MemoryStoreOptions, memoryStore } from '../../../src/stores/memory.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const LOGOUT = { reason: 'logout', keep: 600 } as const

const session = (id: string, changes: Partial<StoredSession> = {}): StoredSession =>
  storedSession({ id, idle: 1800, throttle: 0, ...changes })

/** A store in which sessions begin one second after the other, and who had to go. */
function storeOf(ids: readonly string[], options: MemoryStoreOptions) {
  const evicted: string[] = []
  const store = memoryStore({ ...options, evicted: ({ id }) => evicted.push(id) })
  for (const [at, id] of ids.entries()) store.create(session(id, { seenAt: NOW + at }), NOW + at)
  return { store, evicted }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('room', () => {
  test('the session goes that was idle for longest', () => {
    const { store, evicted } = storeOf(['00a', '01b', '02c'], { most: 3 })
    store.touch('00a', NOW + 10)
    store.create(session('03d', { seenAt: NOW + 11 }), NOW + 11)
    expect(evicted).toEqual(['01b'])
    expect(store.read('01b', NOW + 11, false)).toEqual({ state: 'unknown' })
    store.create(session('04e', { seenAt: NOW + 12 }), NOW + 12)
    expect(evicted).toEqual(['01b', '02c'])
    expect(store.read('00a', NOW + 12, false).state).toBe('live')
    expect(store.size).toBe(3)
  })

  test('also where every session was touched since it began', () => {
    const ids = Array.from({ length: 20 }, (_, at) => `${at}`.padStart(3, '0'))
    const { store, evicted } = storeOf(ids, { most: 20 })
    for (const [at, id] of ids.toReversed().entries()) store.touch(id, NOW + 1000 + at)
    for (let at = 0; at < 5; at++) {
      store.create(session(`new${at}`, { seenAt: NOW + 1500 }), NOW + 1500)
    }
    expect(evicted).toEqual(['019', '018', '017', '016', '015'])
  })

  test('it never holds more than so many, whatever comes', () => {
    const { store } = storeOf([], { most: 50 })
    for (let at = 0; at < 500; at++) {
      store.create(session(`0${at}`, { subject: `s${at % 7}` }), NOW + at)
      if (at % 3 === 0) store.end(`0${at}`, LOGOUT, NOW + at)
      if (at % 5 === 0) store.touch(`0${at - 5}`, NOW + at)
      expect(store.size).toBeLessThanOrEqual(50)
    }
    const listed = [0, 1, 2, 3, 4, 5, 6].flatMap((at) => store.list(`s${at}`, NOW + 500))
    const scanned = store.scan(NOW + 500, null, 1000).sessions
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(scanned.map(({ id }) => id)))
  })

  test('who leaves is told as it was, and its subject has it no more', () => {
    const evicted: StoredSession[] = []
    const store = memoryStore({ most: 1 })
    const stop = store.onEvicted((gone) => evicted.push(gone))
    const first = session('00a', { subject: 'ann' })
    store.create(first, NOW)
    store.create(session('01b', { subject: 'ann' }), NOW + 1)
    expect(evicted).toEqual([first])
    expect(store.list('ann', NOW + 1).map(({ id }) => id)).toEqual(['01b'])
    stop()
    store.create(session('02c'), NOW + 2)
    expect(evicted).toHaveLength(1)
  })

  test('of what was ended or over nobody is told', () => {
    const { store, evicted } = storeOf(['00a', '01b'], { most: 2 })
    store.end('00a', LOGOUT, NOW + 1)
    store.create(session('02c', { seenAt: NOW + 1900 }), NOW + 1900)
    store.create(session('03d', { seenAt: NOW + 1901 }), NOW + 1901)
    expect(evicted).toEqual([])
    expect(store.size).toBe(2)
  })

  test('a listener that throws harms neither the session nor other listeners', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { store, evicted } = storeOf(['00a'], {
      most: 1,
    })
    store.onEvicted(() => {
      throw new Error('not my day')
    })
    const later: string[] = []
    store.onEvicted(({ id }) => later.push(id))
    expect(store.create(session('01b'), NOW + 1).state).toBe('done')
    expect([evicted, later]).toEqual([['00a'], ['00a']])
    warn.mockRestore()
    emit.mockRestore()
  })

  test('a listener that rejects ends no process', async () => {
    vi.useRealTimers()
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const evicted = async () => {
      throw new Error('the log is full')
    }
    const store = memoryStore({ most: 1, evicted })
    store.create(session('00a'), NOW)
    store.create(session('01b'), NOW + 1)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect([unhandled, emit.mock.calls.length]).toEqual([[], 1])
    emit.mockRestore()
  })

  test.each([{ most: 0 }, { most: 1.5 }, { most: Number.NaN }, { retention: '-1s' as const }])(
    'wrong options are refused: %o',
    (options) => {
      expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'bad-option' }))
    },
  )

  test('a retention names its unit', () => {
    const bare = { retention: 60 } as unknown as MemoryStoreOptions
    expect(() => memoryStore(bare)).toThrow(expect.objectContaining({ code: 'bad-duration' }))
  })
})

describe('what is over', () => {
  test('stays for the retention, and goes afterwards', () => {
    const { store } = storeOf(['00a'], { retention: '10m' })
    const over = NOW + 1801
    expect(store.read('00a', over + 599, true)).toEqual({ state: 'over', session: session('00a') })
    expect(store.read('00a', over + 600, true)).toEqual({ state: 'unknown' })
    store.read('x', over + 599, false)
    vi.runAllTimers()
    expect(store.claim(over + 599, 9, 1).map(({ id }) => id)).toEqual(['00a'])
    expect(store.size).toBe(1)
    store.read('x', over + 601, false)
    vi.runAllTimers()
    expect(store.size).toBe(0)
    expect(store.claim(over + 601, 9, 1)).toEqual([])
  })

  test('lets its id go after the retention, also before anything cleared it away', () => {
    const { store } = storeOf(['00a'], { retention: '10m' })
    const late = NOW + 1801 + 601
    const again = session('00a', { createdAt: late, seenAt: late })
    expect(store.create(again, late).state).toBe('done')
    expect(store.read('00a', late, false).state).toBe('live')
  })

  test('goes although no timer ever runs, as new sessions come', () => {
    const { store } = storeOf([], { retention: '0s' })
    for (let at = 0; at < 3000; at++)
      store.create(session(`0${at}`, { idle: 100, seenAt: NOW + at, endsAt: NOW + 9e6 }), NOW + at)
    expect(store.size).toBeLessThan(110)
  })

  test('a touched session stays as long as it lives', () => {
    const { store } = storeOf(['00a', '01b'], { retention: '0s' })
    for (let later = NOW; later < NOW + 20_000; later += 1000) {
      store.touch('00a', later)
      vi.runAllTimers()
    }
    expect(store.size).toBe(1)
    expect(store.read('00a', NOW + 20_000, false).state).toBe('live')
  })

  test('tombstones go when their time is up', () => {
    const { store } = storeOf(['00a'], {})
    store.end('00a', LOGOUT, NOW)
    store.read('x', NOW + 600, false)
    vi.runAllTimers()
    expect(store.size).toBe(1)
    store.read('x', NOW + 601, false)
    vi.runAllTimers()
    expect(store.size).toBe(0)
  })

  test('goes in slices, and the process gets its turn between them', () => {
    const { store } = storeOf([], { retention: '0s' })
    for (let at = 0; at < 20_000; at++)
      store.create(session(`0${at}`, { subject: `s${at % 100}` }), NOW)
    const late = NOW + 1801
    store.touch('x', late)
    expect(store.size).toBe(20_000)
    const sizes: number[] = []
    while (vi.getTimerCount() > 0) {
      vi.advanceTimersToNextTimer()
      sizes.push(store.size)
    }
    expect(sizes.length).toBeGreaterThan(2)
    expect(store.size).toBe(0)
    expect(store.list('s7', late)).toEqual([])
  })

  test('a store that was closed has nothing under way', () => {
    const { store } = storeOf(['00a'], { retention: '0s' })
    store.read('x', NOW + 9999, false)
    expect(vi.getTimerCount()).toBe(1)
    store.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a store in which nothing is over sets no timer', () => {
    const { store } = storeOf(['00a', '01b'], {})
    store.read('00a', NOW + 1000, true)
    store.touch('01b', NOW + 1000)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('time', () => {
  test('a clock that goes back finds sessions alive that were over', () => {
    const { store } = storeOf(['00a'], {})
    expect(store.read('00a', NOW + 5000, false).state).toBe('over')
    expect(store.claim(NOW + 5000, 9, 60)).toHaveLength(1)
    expect(store.read('00a', NOW + 5, false).state).toBe('live')
    expect(store.forget(['00a'], NOW + 5)).toBe(0)
  })

  test('a clock that goes back again and again loses nothing', () => {
    const { store } = storeOf([], { retention: '0s' })
    const eras = [200e9, 9e9, 2e9, 5e8, 1e6]
    for (const era of eras) {
      store.create(session(`0${era}`, { createdAt: era, seenAt: era, endsAt: era + 9999 }), era)
    }
    for (const era of eras) expect(store.read(`0${era}`, era + 1800, false).state).toBe('live')
  })
})
