// Random walks of the stores that need no server, beside the model.
import { test } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { sqliteStore } from '../../../src/stores/sqlite.ts'
import { walk } from '../../support/store-walk.ts'

const RUNS = Math.min(Number(process.env.SOJOURN_RUNS ?? 300), 3000)
const SEED = process.env.SOJOURN_SEED === undefined ? undefined : Number(process.env.SOJOURN_SEED)

test('memory answers as the model does', { timeout: 60_000 }, () => walk(memoryStore(), RUNS, SEED))

test('SQLite answers as the model does', { timeout: 120_000 }, () =>
  walk(sqliteStore(':memory:'), RUNS, SEED),
)
