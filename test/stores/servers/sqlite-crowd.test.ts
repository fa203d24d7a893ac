// Several processes on one SQLite file: they race, and are killed at it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { type SqliteStore, sqliteStore } from '../../../src/stores/sqlite.ts'
import { integrityOf, run } from '../../support/sqlite-programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

const second = () => Math.floor(Date.now() / 1000)

/** A store with the session that all of them write to. */
function begin(path: string): SqliteStore {
  const now = second()
  const store = sqliteStore(path)
  const times = { createdAt: now, seenAt: now, idle: 0, endsAt: now + 86_400 }
  const rest = { throttle: 0, checkAt: 0, fields: new Map() }
  store.create({ id: 'shared', subject: null, ...times, ...rest }, now)
  return store
}

function shared(store: SqliteStore): (key: string) => number {
  const reading = store.read('shared', second(), false)
  if (reading.state !== 'live') throw new Error(`the session of all is ${reading.state}`)
  return (key) => Number(reading.session.fields.get(key) ?? 0)
}

/** Everything that was answered is there, and nothing by half. */
function checkAnswers(
  store: SqliteStore,
  before: number,
  crowd: readonly (readonly [name: string, lines: readonly string[]])[],
): void {
  const now = second()
  const number = shared(store)
  let counted = before
  for (const [name, lines] of crowd) {
    const said = (word: string) =>
      lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
    expect(said('failed')).toEqual([])
    counted += said('counted').length
    const left = number(`${name}:left`)
    expect(left).toBe(number(`${name}:right`))
    expect(left - Number(said('wrote').at(-1) ?? 0)).toBeOneOf([0, 1])
    for (const id of said('ended')) expect(store.read(id, now, false).state).toBe('ended')
    expect(store.list(name, now).length).toBeLessThanOrEqual(1)
  }
  expect(number('count')).toBeGreaterThanOrEqual(counted)
  expect(number('count')).toBeLessThanOrEqual(counted + crowd.length)
}

/** The indexes tell the same as the rows, and no tombstone leads nowhere. */
function checkIndexes(store: SqliteStore, path: string): void {
  const now = second()
  const database = new DatabaseSync(path)
  const rows = database.prepare('SELECT id, reason, next FROM sojourn_session NOT INDEXED').all()
  database.close()
  const live = rows.flatMap(({ id, reason }) => (reason === null ? String(id) : [])).sort()
  const { sessions } = store.scan(now, null, 100_000)
  expect(sessions.map(({ id }) => id)).toEqual(live)
  const subjects = new Set(sessions.flatMap(({ subject }) => subject ?? []))
  const listed = [...subjects].flatMap((subject) => store.list(subject, now))
  expect(listed.map(({ id }) => id).sort()).toEqual(live.filter((id) => id !== 'shared'))
  expect(store.list('crowd', now).length).toBeLessThanOrEqual(3)
  const ids = new Set(rows.map(({ id }) => id))
  for (const { next } of rows) if (next !== null) expect(ids.has(next)).toBe(true)
  expect(integrityOf(path)).toBe('ok')
}

test('eight open a new file at once', { timeout: 60_000 }, async () => {
  for (let round = 0; round < 3; round++) {
    const path = join(folder, `new-${round}.db`)
    const all = Array.from({ length: 8 }, (_, at) => run('sqlite-crowd', path, `${at}`, '0'))
    await Promise.all(all.map(({ ended }) => ended))
    for (const { lines } of all) expect(lines()).toEqual(['ready', 'through'])
    expect(integrityOf(path)).toBe('ok')
  }
})

test('two race, and nothing is lost', { timeout: 120_000 }, async () => {
  const path = join(folder, 'race.db')
  const store = begin(path)
  const names = ['one', 'two']
  const crowd = names.map((name) => run('sqlite-crowd', path, name, '1000'))
  await Promise.all(crowd.map(({ ended }) => ended))
  for (const { lines } of crowd) expect(lines().at(-1)).toBe('through')
  checkAnswers(
    store,
    0,
    crowd.map(({ lines }, at) => [names[at] ?? '', lines()]),
  )
  expect(shared(store)('count')).toBe(2000)
  checkIndexes(store, path)
  store.close()
})

test('three are killed at any moment, again and again', { timeout: 120_000 }, async () => {
  const path = join(folder, 'crowd.db')
  begin(path).close()
  let before = 0
  for (let round = 0; round < 8; round++) {
    const names = [0, 1, 2].map((at) => `round${round}-${at}`)
    const crowd = names.map((name) => run('sqlite-crowd', path, name))
    const killed = crowd.map(async ({ child, said, ended }) => {
      await said(2 + Math.floor(Math.random() * 300))
      child.kill('SIGKILL')
      await ended
      expect(child.signalCode).toBe('SIGKILL')
    })
    await Promise.all(killed)
    const store = sqliteStore(path)
    checkAnswers(
      store,
      before,
      crowd.map(({ lines }, at) => [names[at] ?? '', lines()]),
    )
    checkIndexes(store, path)
    before = shared(store)('count')
    store.close()
  }
})
