// The SQLite store when its process dies at a bad moment, and when the disk is full or busy.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Libsql from 'libsql'
import { afterAll, describe, expect, test } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { type SqliteDatabase, type SqliteStore, sqliteStore } from '../../../src/stores/sqlite.ts'
import { integrityOf, run } from '../../support/sqlite-programs.ts'
import { picture, STEPS } from '../../support/sqlite-script.ts'
import { NOW } from '../../support/stored-session.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-sqlite-'))
const mounts: string[] = []
afterAll(() => {
  for (const mount of mounts) execFileSync('umount', [mount])
  rmSync(folder, { recursive: true })
})

/** What is to be seen after so many verbs. */
const PICTURES = [0, ...STEPS.map((_, at) => at + 1)].map((count) => {
  const store = sqliteStore(':memory:')
  for (const step of STEPS.slice(0, count)) step(store)
  return picture(store)
})

/** Whether the program lived through all of the script. */
async function dieBefore(statement: number): Promise<boolean> {
  const path = join(folder, `killed-${statement}.db`)
  const { child, ended, lines } = run('sqlite-victim', path, `${statement}`)
  await ended
  const done = lines().filter((line) => line === 'done').length
  const isThrough = lines().at(-1) === 'through'
  expect(child.signalCode).toBe(isThrough ? null : 'SIGKILL')
  const store = sqliteStore(path)
  const seen = picture(store)
  store.close()
  expect(integrityOf(path)).toBe('ok')
  const at = PICTURES.slice(done, done + 2).indexOf(seen)
  expect(at, `killed before statement ${statement}, after ${done} verbs`).not.toBe(-1)
  return isThrough
}

test('killed before any statement, each verb is done or was never begun', {
  timeout: 240_000,
}, async () => {
  const SIDE_BY_SIDE = 2
  let statement = 0
  for (let isThrough = false; !isThrough; ) {
    const all = Array.from({ length: SIDE_BY_SIDE }, () => dieBefore(statement++))
    isThrough = (await Promise.all(all)).every((through) => through)
  }
  expect(statement).toBeGreaterThan(80)
})

const session = (at: number): StoredSession => ({
  id: `session ${at}`,
  subject: 'ann',
  createdAt: NOW + at,
  seenAt: NOW + at,
  idle: 0,
  endsAt: NOW + 86_400,
  throttle: 0,
  checkAt: 0,
  fields: new Map([
    ['left', `${at}`.repeat(1500)],
    ['right', `${at}`.repeat(1500)],
  ]),
})

/** Fills the store until it throws; answers how many sessions there are. */
function fill(store: SqliteStore): number {
  for (let at = 0; at < 5000; at++) {
    try {
      store.create(session(at), NOW)
    } catch (error) {
      expect(String(error)).toMatch(/full/)
      return at
    }
  }
  throw new Error('the disk was never full')
}

/** Patches until one throws as well: those before it are there, and nothing of that one. */
function patchUntilFull(store: SqliteStore, count: number): void {
  for (let at = 0; at < count; at++) {
    const set = new Map([...session(at).fields].map(([key, text]) => [key, `${text}${text}`]))
    try {
      store.patch(session(at).id, { set, deleted: [] }, NOW)
    } catch {
      expect(store.read(session(at).id, NOW, false)).toMatchObject({ session: session(at) })
      return
    }
    expect(store.read(session(at).id, NOW, false)).toMatchObject({ session: { fields: set } })
  }
  throw new Error('the disk was never full')
}

function checkFullDisk(store: SqliteStore, makeRoom: () => void): void {
  const count = fill(store)
  expect(count).toBeGreaterThan(5)
  expect(store.read(session(count).id, NOW, false)).toEqual({ state: 'unknown' })
  patchUntilFull(store, count)
  const ending = { reason: 'renewed', keep: 60 } as const
  const from = { ...ending, id: session(0).id, deleted: [], until: null }
  expect(() => store.create(session(count), NOW, { from })).toThrow()
  expect(store.read(from.id, NOW, false).state).toBe('live')
  expect(store.list('ann', NOW)).toHaveLength(count)
  makeRoom()
  expect(store.create(session(count), NOW, { from }).state).toBe('done')
  expect(store.end(session(1).id, ending, NOW)).toEqual({ state: 'done' })
  expect(store.list('ann', NOW)).toHaveLength(count - 1)
  expect(store.endAll('ann', ending, NOW)).toHaveLength(count - 1)
}

const BetterSqlite = createRequire(import.meta.url)('better-sqlite3')
const PACKAGES: readonly (readonly [string, (path: string) => SqliteDatabase])[] = [
  ['node:sqlite', (path) => new DatabaseSync(path)],
  ['better-sqlite3', (path) => new BetterSqlite(path)],
  ['libsql', (path) => new Libsql(path)],
]

describe.each(PACKAGES)('through %s', (name, open) => {
  test.each(['DELETE', 'WAL'])('a file that may not grow, under journal_mode %s', (mode) => {
    const path = join(folder, `full-${mode}-${name.replace(':', '-')}.db`)
    const database = open(path)
    database.exec(`PRAGMA journal_mode = ${mode}`)
    const store = sqliteStore(database)
    database.exec('PRAGMA max_page_count = 60')
    checkFullDisk(store, () => database.exec('PRAGMA max_page_count = 1000'))
    database.close()
    expect(integrityOf(path)).toBe('ok')
  })

  test('a file that another one writes to for too long', () => {
    const path = join(folder, `busy-${name.replace(':', '-')}.db`)
    const database = open(path)
    database.exec('PRAGMA journal_mode = WAL')
    const store = sqliteStore(database, { busyTimeout: '20ms' })
    store.create(session(0), NOW)
    // Locks are between processes: two copies of SQLite in one do not heed each other's.
    const other = open(path)
    other.exec('BEGIN IMMEDIATE')
    const patch = { set: new Map([['left', '1']]), deleted: [] }
    expect(() => store.patch(session(0).id, patch, NOW)).toThrow(/locked/)
    expect(() => store.touch(session(0).id, NOW)).toThrow(/locked/)
    expect(store.read(session(0).id, NOW, true)).toMatchObject({ session: session(0) })
    other.exec('COMMIT')
    expect(store.patch(session(0).id, patch, NOW)).toEqual({ state: 'done' })
    other.close()
    database.close()
  })
})

/** A disk of a megabyte; null where this machine lets nobody mount one. */
function smallDisk(): string | null {
  const place = join(folder, 'disk')
  mkdirSync(place)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' })
  } catch {
    return null
  }
  mounts.push(place)
  return place
}

test('a disk that is full', ({ annotate }) => {
  const place = smallDisk()
  // The limit on a file's pages above has SQLite meet the same fault.
  if (place === null) return annotate('no disk of a megabyte could be mounted: not tried')
  const ballast = join(place, 'ballast')
  writeFileSync(ballast, Buffer.alloc(600_000))
  const path = join(place, 'sessions.db')
  const store = sqliteStore(path)
  checkFullDisk(store, () => rmSync(ballast))
  store.close()
  expect(integrityOf(path)).toBe('ok')
})
