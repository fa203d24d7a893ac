// A SQLite database as node:sqlite, better-sqlite3 and libsql hand it out, seen as one: statements are
// prepared once, rows come as arrays, and what belongs together happens together.
import { SessionError } from '../../core/errors.ts'

export type SqliteValue = string | number | null

/** What is used of a prepared statement. */
export interface SqliteStatement {
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
  run(...values: SqliteValue[]): unknown
}

/** What is used of an opened database: `DatabaseSync`, or `Database` of better-sqlite3 or libsql. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
}

/** One row, column by column. */
export type Row = readonly SqliteValue[]

/** Answers the first row, where there is one. */
export type OneRow = (...values: SqliteValue[]) => Row | undefined
export type AllRows = (...values: SqliteValue[]) => Row[]
/** Answers how many rows it changed. */
export type Change = (...values: SqliteValue[]) => number

/** How statements are told to answer rows as arrays and numbers as numbers, each in its own way. */
interface Switches {
  setReturnArrays?(on: boolean): unknown
  raw?(on: boolean): unknown
  setReadBigInts?(on: boolean): unknown
  safeIntegers?(on: boolean): unknown
}

const ADVICE =
  "Write sqliteStore('sessions.db'), or hand in a database of node:sqlite, better-sqlite3 or libsql: sqliteStore(new Database('sessions.db'))."

export class Connection {
  readonly #database: SqliteDatabase
  readonly #arrays: 'setReturnArrays' | 'raw' | null

  /** @throws SessionError `bad-option` for what is no synchronous database. */
  constructor(database: SqliteDatabase) {
    this.#database = database
    this.#arrays = waysOf(database)
  }

  execute(sql: string): void {
    this.#database.exec(sql)
  }

  one(sql: string): OneRow {
    const statement = this.#reader(sql)
    return (...values) => toRow(statement.get(...values) ?? undefined)
  }

  all(sql: string): AllRows {
    const statement = this.#reader(sql)
    return (...values) => statement.all(...values).map((row) => toRow(row) as Row)
  }

  change(sql: string): Change {
    const statement = this.#database.prepare(sql)
    return (...values) => Number(Object(statement.run(...values)).changes)
  }

  /**
   * All of it happens, or nothing. Waits for the turn of other processes, as long as SQLite lets it.
   * Single statements that write go through here, too: in libsql a prepared one that was not let in
   * stays under way, and would be in the way of others.
   */
  atomically<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      try {
        this.#database.exec('ROLLBACK')
      } catch {
        // A full or broken disk has rolled it back already.
      }
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #reader(sql: string): SqliteStatement {
    const statement: SqliteStatement & Switches = this.#database.prepare(sql)
    if (this.#arrays !== null) statement[this.#arrays]?.(true)
    statement.setReadBigInts?.(false)
    statement.safeIntegers?.(false)
    return statement
  }
}

const toRow = (row: unknown): Row | undefined =>
  row === undefined || Array.isArray(row) ? row : (Object.values(row as object) as Row)

/** @throws SessionError `bad-option` */
export function demandDatabase(database: SqliteDatabase): void {
  if (typeof database?.exec === 'function' && typeof database.prepare === 'function') return
  throw new SessionError('bad-option', `This is no database that sqliteStore can use. ${ADVICE}`)
}

/** How its statements can be told to answer arrays; null where they cannot. */
function waysOf(database: SqliteDatabase): 'setReturnArrays' | 'raw' | null {
  const probe: SqliteStatement & Switches = database.prepare('SELECT 1 AS one')
  const row: unknown = typeof probe?.get === 'function' ? probe.get() : undefined
  if (typeof row !== 'object' || row === null || Number(Object.values(row)[0]) !== 1) {
    throw new SessionError(
      'bad-option',
      `sqliteStore needs a database that answers at once, not later. ${ADVICE}`,
    )
  }
  if (typeof probe.setReturnArrays === 'function') return 'setReturnArrays'
  // Elsewhere `raw` is another function: that it answers the statement tells them apart.
  return typeof probe.raw === 'function' && probe.raw(true) === probe ? 'raw' : null
}
