// What nobody sweeps goes from a SQLite store all the same, and what is swept is not lost.
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { sqliteStore } from '../../../src/stores/sqlite.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const session = (id: string, changes: Partial<StoredSession> = {}): StoredSession =>
  storedSession({ id, subject: 'ann', ...changes })
const LOGOUT = { reason: 'logout', keep: 300 } as const

const rowsOf = (database: DatabaseSync) =>
  Number(database.prepare('SELECT count(*) AS rows FROM sojourn_session').get()?.rows)

function setUp() {
  const database = new DatabaseSync(':memory:')
  return { database, store: sqliteStore(database, { retention: '10m' }) }
}

test('tombstones and what is over go as new sessions begin', () => {
  const { database, store } = setUp()
  for (let at = 0; at < 300; at++) {
    const id = `old ${at}`
    store.create(session(id, { idle: at % 3 === 0 ? 60 : 100_000 }), NOW)
    if (at % 3 === 1) store.end(id, LOGOUT, NOW)
  }
  expect(rowsOf(database)).toBe(300)
  const later = NOW + 700
  for (let at = 0; at < 100; at++) store.create(session(`new ${at}`, { createdAt: later }), later)
  expect(rowsOf(database)).toBe(100 + 100)
})

test('what was touched does not keep what is gone from going', () => {
  const { database, store } = setUp()
  for (let at = 0; at < 200; at++) store.create(session(`old ${at}`, { idle: 600 }), NOW)
  for (let now = NOW; now < NOW + 6000; now += 300) {
    for (let at = 0; at < 200; at += 2) store.touch(`old ${at}`, now)
  }
  const later = NOW + 6000
  const before = rowsOf(database)
  for (let at = 0; at < 60; at++) {
    store.create(session(`new ${at}`, { createdAt: later, seenAt: later }), later)
  }
  expect(rowsOf(database)).toBe(before - 100 + 60)
})

test('a live session whose second came long ago does not, either', () => {
  const { database, store } = setUp()
  const lasting = { idle: 0, checkAt: NOW + 1 }
  for (let at = 0; at < 50; at++) store.create(session(`live ${at}`, lasting), NOW)
  for (let at = 0; at < 50; at++) store.create(session(`over ${at}`, { idle: 60 }), NOW)
  const later = NOW + 2000
  for (let at = 0; at < 30; at++) {
    store.create(session(`new ${at}`, { createdAt: later, seenAt: later }), later + at)
  }
  expect(rowsOf(database)).toBe(50 + 30)
  expect(store.claim(later + 60, 1000, 60)).toHaveLength(50)
})

test('what is handed out again and again goes when its retention is over', () => {
  const { database, store } = setUp()
  store.create(session('one', { idle: 60 }), NOW)
  for (const after of [61, 200, 400]) expect(store.claim(NOW + after, 10, 60)).toHaveLength(1)
  expect(store.claim(NOW + 700, 10, 60)).toEqual([])
  expect(rowsOf(database)).toBe(0)
})

test('what no sweep was handed yet is handed out, however late', () => {
  const { store } = setUp()
  store.create(session('one', { idle: 60 }), NOW)
  expect(store.claim(NOW + 9000, 10, 60)).toHaveLength(1)
})

test('an id whose tombstone has gone may be used again', () => {
  const { store } = setUp()
  store.create(session('one'), NOW)
  store.end('one', LOGOUT, NOW)
  expect(store.create(session('one'), NOW + 300).state).toBe('taken')
  expect(store.create(session('one'), NOW + 301).state).toBe('done')
})

test('during a lease no patch has a session handed out to another sweep', () => {
  const { store } = setUp()
  store.create(session('one', { checkAt: NOW + 10 }), NOW)
  expect(store.claim(NOW + 10, 10, 60)).toHaveLength(1)
  const patch = { set: new Map(), deleted: [], checkAt: NOW + 20 }
  store.patch('one', patch, NOW + 11)
  expect(store.claim(NOW + 69, 10, 60)).toEqual([])
  expect(store.claim(NOW + 70, 10, 60)).toHaveLength(1)
})
