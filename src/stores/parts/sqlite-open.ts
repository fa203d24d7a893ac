// How a SQLite store comes to its database: it opens a file, or takes what was opened already.
import { closeSync, openSync } from 'node:fs'
import { SessionError } from '../../core/errors.ts'
import { Connection, demandDatabase, type SqliteDatabase } from './sqlite-connection.ts'

export interface OpenOptions {
  /** Milliseconds; undefined for the default. */
  readonly busyTimeout: number | undefined
  readonly synchronous: 'normal' | 'full' | undefined
}

const BUSY_TIMEOUT = 1000
const PAUSE = 2

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

/** @throws SessionError `bad-option` where there is no node:sqlite, or the file cannot be opened. */
export function openFile(path: string, options: OpenOptions): Connection {
  const { DatabaseSync } = nodeSqlite()
  if (path === '') {
    throw new SessionError(
      'bad-option',
      "sqliteStore needs the path of a file, and this one is empty: write sqliteStore('sessions.db').",
    )
  }
  makePrivate(path)
  let database: SqliteDatabase | undefined
  try {
    database = new DatabaseSync(path)
    const { busyTimeout = BUSY_TIMEOUT, synchronous = 'normal' } = options
    configure(database, { busyTimeout, synchronous })
    writeAhead(database, busyTimeout)
    return new Connection(database)
  } catch (cause) {
    database?.close()
    throw new SessionError(
      'bad-option',
      "sqliteStore could not open its file. It needs the path of a SQLite database, or of none yet, in a folder that can be written to: sqliteStore('sessions.db').",
      { cause },
    )
  }
}

/** Its settings stay as they are, but for those that an option names. */
export function useDatabase(database: SqliteDatabase, options: OpenOptions): Connection {
  demandDatabase(database)
  demandUtf8(database)
  configure(database, options)
  return new Connection(database)
}

/** In UTF-16 SQLite gives some characters back as others. */
function demandUtf8(database: SqliteDatabase): void {
  const [encoding] = Object.values(Object(database.prepare('PRAGMA encoding').get()))
  if (encoding === 'UTF-8') return
  throw new SessionError(
    'bad-option',
    "sqliteStore needs a database in UTF-8, as SQLite makes it: leave PRAGMA encoding out, or write sqliteStore('sessions.db').",
  )
}

/** What is in memory, and what a URI names, SQLite makes by itself. */
const NO_PATH = /^(?::memory:$|file:)/
const OWNER_ALONE = 0o600

/** Makes the file, for its owner alone, where there is none; what lies beside it has the same mode. */
function makePrivate(path: string): void {
  if (NO_PATH.test(path)) return
  try {
    // A file that is there stays as it is.
    closeSync(openSync(path, 'a', OWNER_ALONE))
  } catch {
    // SQLite says what is wrong.
  }
}

function nodeSqlite(): NodeSqlite {
  const module: unknown = globalThis.process?.getBuiltinModule?.('node:sqlite')
  if (module !== undefined) return module as NodeSqlite
  throw new SessionError(
    'bad-option',
    "This runtime has no node:sqlite to open a file with. Hand in a database of better-sqlite3 or libsql: sqliteStore(new Database('sessions.db')).",
  )
}

/** Before anything else, since the first look into a file may have to wait already. */
function configure(database: SqliteDatabase, { busyTimeout, synchronous }: OpenOptions): void {
  if (busyTimeout !== undefined) database.exec(`PRAGMA busy_timeout = ${busyTimeout}`)
  if (synchronous === 'normal') database.exec('PRAGMA synchronous = NORMAL')
  if (synchronous === 'full') database.exec('PRAGMA synchronous = FULL')
}

/** For this one change SQLite does not wait while others are at it, so it is tried again. */
function writeAhead(database: SqliteDatabase, patience: number): void {
  const end = performance.now() + patience
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (performance.now() >= end) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
    }
  }
}
