// The SQLite store under the contract, in memory and in files, through each of the three packages.
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Libsql from 'libsql'
import { afterAll, describe, test } from 'vitest'
import { type SqliteDatabase, sqliteStore } from '../../../src/stores/sqlite.ts'
import { storeContract } from '../../../src/testing/index.ts'

type Open = (path: string) => SqliteDatabase

const BetterSqlite = createRequire(import.meta.url)('better-sqlite3')
const PACKAGES: readonly (readonly [string, Open])[] = [
  ['node:sqlite', (path) => new DatabaseSync(path)],
  ['better-sqlite3', (path) => new BetterSqlite(path)],
  ['libsql', (path) => new Libsql(path)],
]

const folder = mkdtempSync(join(tmpdir(), 'sojourn-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(PACKAGES)('%s', (name, open) => {
  const inMemory = storeContract({ open: () => sqliteStore(open(':memory:')) })
  for (const { name, run } of inMemory) test(name, run)

  const shared = sqliteStore(open(join(folder, `${name.replace(':', '-')}.db`)))
  for (const { name, run } of storeContract({ open: () => shared })) test(`in a file: ${name}`, run)
})

describe('a path', () => {
  const path = join(folder, 'own.db')
  const own = storeContract({ open: () => sqliteStore(path), close: (store) => store.close?.() })
  for (const { name, run } of own) test(name, run)
})
