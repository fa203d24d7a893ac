// SQLite through Node's own, or a driver where Node has none. A file or a table that is not there is not
// made: whoever looks must change nothing.
import { existsSync, statSync } from 'node:fs'
import type { FullStore } from '../core/store.ts'
import { type SqliteDatabase, sqliteStore } from '../stores/sqlite.ts'
import { firstOf, type Load, type Module } from './store-driver.ts'
import type { OpenStore, SqlitePlace } from './store-place.ts'

/** How long it waits while the program writes. */
const BUSY_TIMEOUT = { seconds: 5 } as const

export async function openSqlite({ path }: SqlitePlace, load: Load): Promise<OpenStore> {
  const { module } = await firstOf(['node:sqlite', 'better-sqlite3', 'libsql'], load)
  if (!existsSync(path)) throw Object.assign(new Error('no file'), { code: 'ENOENT' })
  const database = openDatabase(module, path)
  try {
    demandTables(database)
    return {
      store: storeOn(database),
      size: async () => sizeOf(path) + sizeOf(`${path}-wal`),
      close: async () => {
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

/** How long the program keeps what is over, the program alone knows: the command drops nothing for its age. */
const RETENTION = { days: 36_500 } as const

/** The tombstones that a sweep leaves are kept for as long as is usual. */
function storeOn(database: SqliteDatabase): FullStore {
  const usual = sqliteStore(database, { busyTimeout: BUSY_TIMEOUT })
  const store: FullStore = sqliteStore(database, { retention: RETENTION })
  store.forget = (ids, now) => usual.forget(ids, now)
  return store
}

type Open = new (path: string) => SqliteDatabase

const openDatabase = (module: Module, path: string): SqliteDatabase =>
  new ((module.DatabaseSync ?? module.default) as Open)(path)

/** @throws Error for a file without our tables. */
function demandTables(database: SqliteDatabase): void {
  const found = database
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sojourn_schema'")
    .get()
  if (found === undefined) throw Object.assign(new Error('no tables'), { code: 'NOT_OURS' })
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
