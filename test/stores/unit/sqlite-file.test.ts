// What concerns the SQLite store and its file: how it is opened, set up, cleared and closed.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { type SqliteStoreOptions, sqliteStore } from '../../../src/stores/sqlite.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files}.db`)

const session = (id: string, changes: Partial<StoredSession> = {}): StoredSession =>
  storedSession({ id, subject: 'ann', ...changes })
const LOGOUT = { reason: 'logout', keep: 300 } as const
const refusal = (code: string) => expect.objectContaining({ code })
const rowsOf = (database: DatabaseSync) =>
  Number(database.prepare('SELECT count(*) AS rows FROM sojourn_session').get()?.rows)

/** A database that says how it was set up. */
function setUp(options?: SqliteStoreOptions) {
  const database = new DatabaseSync(newFile())
  const store = sqliteStore(database, options)
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  return { database, store, pragma }
}

test('a database in another encoding is refused, since it changes characters', () => {
  const database = new DatabaseSync(':memory:')
  database.exec("PRAGMA encoding = 'UTF-16'")
  expect(() => sqliteStore(database)).toThrow(refusal('bad-option'))
})

describe('a file', () => {
  test('sessions outlive the store', () => {
    const path = newFile()
    const before = sqliteStore(path)
    before.create(session('one'), NOW)
    before.close()
    const after = sqliteStore(path)
    expect(after.read('one', NOW, false)).toMatchObject({ state: 'live', session: session('one') })
    after.close()
  })

  test('two stores of one file see each other at once', () => {
    const path = newFile()
    const [one, other] = [sqliteStore(path), sqliteStore(path)]
    one.create(session('one'), NOW)
    expect(other.end('one', LOGOUT, NOW)).toEqual({ state: 'done' })
    expect(one.read('one', NOW, true).state).toBe('ended')
    one.close()
    other.close()
  })

  test('a store that is closed may be closed again', () => {
    const store = sqliteStore(newFile())
    store.close()
    expect(() => store.close()).not.toThrow()
  })

  test('a path that names no file is refused: SQLite would open one that nobody finds again', () => {
    expect(() => sqliteStore('')).toThrow(refusal('bad-option'))
  })

  test('it is written ahead', () => {
    const path = newFile()
    const store = sqliteStore(path)
    const database = new DatabaseSync(path)
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    database.close()
    store.close()
  })

  const modesOf = (path: string) =>
    ['', '-wal', '-shm'].map((suffix) => (statSync(path + suffix).mode & 0o777).toString(8))

  test.skipIf(process.platform === 'win32')('one that it makes is for its owner alone', () => {
    const before = process.umask(0o022)
    onTestFinished(() => {
      process.umask(before)
    })
    const path = newFile()
    const store = sqliteStore(path)
    store.create(session('one'), NOW)
    expect(modesOf(path)).toEqual(['600', '600', '600'])
    store.close()
    const [target, link] = [newFile(), newFile()]
    symlinkSync(target, link)
    sqliteStore(link).close()
    expect((statSync(target).mode & 0o777).toString(8)).toBe('600')
    chmodSync(path, 0o640)
    const again = sqliteStore(path)
    again.create(session('two'), NOW)
    expect(modesOf(path)).toEqual(['640', '640', '640'])
    expect(again.read('one', NOW, false).state).toBe('live')
    again.close()
  })

  test.each([':memory:', 'file::memory:'])('none is made for %j', (path) => {
    const files = readdirSync('.')
    sqliteStore(path).close()
    expect(readdirSync('.')).toEqual(files)
  })

  test('one that cannot be opened is refused with the reason', () => {
    expect(() => sqliteStore(join(folder, 'missing', 'sessions.db'))).toThrow(
      expect.objectContaining({ code: 'bad-option', cause: expect.any(Error) }),
    )
    expect(() => sqliteStore(folder)).toThrow(refusal('bad-option'))
  })

  test('where there is no node:sqlite, it says what to hand in', () => {
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    expect(() => sqliteStore('sessions.db')).toThrow(/better-sqlite3/)
    builtin.mockRestore()
  })

  test('a closed store answers no more', () => {
    const store = sqliteStore(newFile())
    store.close()
    expect(() => store.read('one', NOW, false)).toThrow()
  })
})

describe('a database that is handed in', () => {
  test('it stays open, and keeps its settings', () => {
    const { database, store, pragma } = setUp()
    expect(pragma('journal_mode')).toBe('delete')
    expect(pragma('synchronous')).toBe(2)
    expect(pragma('busy_timeout')).toBe(0)
    store.close()
    expect(rowsOf(database)).toBe(0)
  })

  test('options are set in it', () => {
    const { pragma } = setUp({ synchronous: 'normal', busyTimeout: '250ms' })
    expect(pragma('synchronous')).toBe(1)
    expect(pragma('busy_timeout')).toBe(250)
    expect(setUp({ synchronous: 'full' }).pragma('synchronous')).toBe(2)
  })

  test('it may hold tables of others, and a version of its own', () => {
    const database = new DatabaseSync(':memory:')
    database.exec('CREATE TABLE session (id); PRAGMA user_version = 7')
    sqliteStore(database).create(session('one'), NOW)
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 7 })
  })

  test('one that answers big integers will do', () => {
    const database = new DatabaseSync(':memory:', { readBigInts: true })
    const store = sqliteStore(database)
    store.create(session('one'), NOW)
    expect(store.read('one', NOW, false)).toMatchObject({ session: session('one') })
    expect(store.touch('two', NOW)).toEqual({ state: 'unknown' })
  })

  test('one that answers objects only will do', () => {
    const database = new DatabaseSync(':memory:')
    const { prepare } = DatabaseSync.prototype
    const store = sqliteStore({
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = prepare.call(database, sql)
        return {
          get: (...values) => statement.get(...values) ?? null,
          all: (...values) => statement.all(...values),
          run: (...values) => statement.run(...values),
        }
      },
    })
    store.create(session('one'), NOW)
    expect(store.list('ann', NOW)).toMatchObject([session('one')])
    expect(store.read('two', NOW, true)).toEqual({ state: 'unknown' })
  })

  test('what answers later, or is no database, is refused', () => {
    const later = { exec: () => {}, close: () => {}, prepare: () => ({ get: async () => ({}) }) }
    for (const wrong of [undefined, null, 7, {}, DatabaseSync, later]) {
      expect(() => sqliteStore(wrong as never)).toThrow(refusal('bad-option'))
    }
  })

  test('in the midst of a transaction of others nothing is written', () => {
    const { database, store } = setUp()
    database.exec('BEGIN')
    expect(() => store.create(session('one'), NOW)).toThrow(/transaction/)
    expect(database.isTransaction).toBe(true)
    database.exec('COMMIT')
    expect(store.create(session('one'), NOW).state).toBe('done')
  })
})

describe('options', () => {
  test.each<[SqliteStoreOptions, string]>([
    [{ retention: '-1h' }, 'bad-option'],
    [{ busyTimeout: '-1s' }, 'bad-option'],
    [{ synchronous: 'off' as never }, 'bad-option'],
    [{ retention: 60 as never }, 'bad-duration'],
  ])('%o is refused', (options, code) => {
    expect(() => sqliteStore(':memory:', options)).toThrow(refusal(code))
  })
})

describe('the schema', () => {
  test('one of a newer release is refused, and left alone', () => {
    const { database } = setUp()
    database.exec('UPDATE sojourn_schema SET version = 3')
    expect(() => sqliteStore(database)).toThrow(/schema 3/)
  })

  test('one of before is brought up to date, and what it holds goes on', () => {
    const { database, store } = setUp()
    store.create(session('b'), NOW)
    store.create(session('a'), NOW)
    database.exec(`
      DROP INDEX sojourn_session_of;
      ALTER TABLE sojourn_session DROP COLUMN ordinal;
      CREATE INDEX sojourn_session_of ON sojourn_session (subject, created_at, id)
        WHERE reason IS NULL AND subject IS NOT NULL;
      UPDATE sojourn_schema SET version = 1`)
    for (const id of ['d', 'c']) sqliteStore(database).create(session(id), NOW)
    const ids = store.list('ann', NOW).map(({ id }) => id)
    expect(ids).toEqual(['b', 'a', 'd', 'c'])
  })

  test('neither a read nor a touch nor an end searches the table', () => {
    const { database } = setUp()
    const plan = (sql: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => String(detail))
    const where = 'FROM sojourn_session WHERE'
    for (const sql of [
      `SELECT fields ${where} id = 'a'`,
      `SELECT id ${where} subject = 'a' AND reason IS NULL AND kept >= 1 ORDER BY created_at, ordinal`,
      `SELECT max(ordinal) ${where} subject = 'a' AND created_at = 1 AND reason IS NULL`,
      `SELECT id ${where} reason IS NULL AND look_at <= 1 ORDER BY look_at LIMIT 5`,
      `SELECT id ${where} reason IS NOT NULL AND look_at <= 1 ORDER BY look_at LIMIT 5`,
    ]) {
      expect(plan(sql)).toEqual([expect.stringMatching(/^SEARCH sojourn_session USING .*INDEX/)])
    }
  })

  test.each(['[secret', 'null', '7', '{"length":4}', '["a",1]', ''])(
    'a row that holds no fields, %s, is no session, and in the way of none',
    (text) => {
      const { database, store } = setUp()
      for (const id of ['one', 'other']) store.create(session(id), NOW)
      database.prepare("UPDATE sojourn_session SET fields = ? WHERE id = 'one'").run(text)
      expect(store.read('one', NOW, true)).toEqual({ state: 'unknown' })
      expect(store.patch('one', { set: new Map(), deleted: [] }, NOW)).toEqual({ state: 'unknown' })
      expect(store.list('ann', NOW)).toEqual([session('other')])
      expect(store.scan(NOW, null, 1)).toEqual({ sessions: [], next: 'one' })
      expect(store.scan(NOW, 'one', 1).sessions).toEqual([session('other')])
      expect(store.claim(NOW + 700, 9, 60)).toEqual([session('other')])
      expect(store.end('one', LOGOUT, NOW)).toEqual({ state: 'done' })
      expect(store.read('one', NOW, true).state).toBe('ended')
    },
  )

  test('a tombstone with a reason that is none is no tombstone', () => {
    const { database, store } = setUp()
    store.create(session('one'), NOW)
    store.end('one', LOGOUT, NOW)
    database.exec("UPDATE sojourn_session SET reason = 'secret'")
    expect(store.read('one', NOW, false)).toEqual({ state: 'unknown' })
  })
})

describe('what it costs', () => {
  test('a read is one statement, a touch that is due one more, and writes no index', () => {
    const database = new DatabaseSync(':memory:')
    const ran: string[] = []
    const store = sqliteStore({
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql)
        const noted =
          (name: 'get' | 'all' | 'run') =>
          (...values: (string | number | null)[]) => {
            ran.push(sql)
            return statement[name](...values)
          }
        return { get: noted('get'), all: noted('all') as never, run: noted('run') }
      },
    })
    store.create(session('one'), NOW)
    ran.length = 0
    store.read('one', NOW + 60, true)
    expect(ran).toHaveLength(1)
    store.read('one', NOW + 61, true)
    expect(ran).toHaveLength(3)
    expect(ran[2]).not.toContain('look_at')
  })
})
