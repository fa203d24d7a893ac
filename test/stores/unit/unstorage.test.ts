// The bridge to drivers of unstorage, over its own driver of memory and over files.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage } from 'unstorage'
import fsDriver from 'unstorage/drivers/fs-lite'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { unstorageStore } from '../../../src/stores/unstorage.ts'
import { storeContract } from '../../../src/testing/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-unstorage-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('in memory', () => {
  const open = () => unstorageStore(createStorage())
  for (const { name, run } of storeContract({ open, abilities: [] })) test(name, run)
})

describe('in files', () => {
  const shared = unstorageStore(createStorage({ driver: fsDriver({ base: folder }) }))
  for (const { name, run } of storeContract({ open: () => shared, abilities: [] })) test(name, run)
})

const now = Math.floor(Date.now() / 1000)
const session: StoredSession = {
  id: 'ab'.padEnd(45, 'x'),
  subject: null,
  createdAt: now,
  seenAt: now,
  idle: 600,
  endsAt: now + 86_400,
  throttle: 60,
  checkAt: 0,
  fields: new Map([['__proto__', '{"constructor":{"prototype":1}}']]),
}

test('a driver is told for how long an item is needed, in seconds', async () => {
  const storage = createStorage()
  const set = vi.spyOn(storage, 'setItem')
  const bridge = unstorageStore(storage, { base: 'app:sessions', retention: '10m' })
  await bridge.create(session, now)
  expect(set.mock.calls[0]?.[0]).toBe(`app:sessions:${session.id}`)
  expect(set.mock.calls[0]?.[2]).toEqual({ ttl: 1201 })
  expect(await bridge.read(session.id, now, false)).toMatchObject({ state: 'live', session })
})

test('a session that is being written is not taken for none', async () => {
  const items = new Map<string, object | null>()
  const bridge = unstorageStore({
    getItem: async (key) => items.get(key) ?? null,
    setItem: async (key, value) => {
      items.set(key, null)
      for (let at = 0; at < 20; at++) await null
      items.set(key, value)
    },
    removeItem: async (key) => items.delete(key),
  })
  await bridge.create(session, now)
  const touching = bridge.touch(session.id, now + 1)
  for (let at = 0; at < 20; at++) {
    expect(await bridge.read(session.id, now, false)).toMatchObject({ state: 'live' })
  }
  expect(await touching).toEqual({ state: 'done' })
})

test('without a base the key is the id', async () => {
  const storage = createStorage()
  await unstorageStore(storage, { base: '' }).create(session, now)
  expect(await storage.getKeys()).toEqual([session.id])
})

test('what is no storage is refused', () => {
  for (const wrong of [undefined, {}, { getItem: 1 }]) {
    expect(() => unstorageStore(wrong as never)).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  }
})
