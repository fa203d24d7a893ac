// What a session in PostgreSQL costs, in multiples of a bare prepared SELECT of the same 188 bytes by key.
// Runs by itself: `node --expose-gc --conditions=source bench/postgres.ts`; it starts a server of its own.
import { fileURLToPath } from 'node:url'
import connectPg from 'connect-pg-simple'
import expressSession from 'express-session'
import type { Pool } from 'pg'
import { postgresStore } from 'sojourn/stores/postgres'
import { findPostgres, NO_POSTGRES, startPostgres } from '../test/support/postgres.ts'
import { type Candidate, measure, table, VISITORS } from './lanes.ts'
import { createLogin, exchangeLater, type Login, type Request, toHeader } from './plumbing.ts'
import { loginSession } from './redis-units.ts'
import { storedRequests } from './stored-request.ts'

const NOW = Math.floor(Date.now() / 1000)
const MANY = 100_000

/** The tables, as text. */
export async function measurePostgres(): Promise<string> {
  const bin = findPostgres()
  if (bin === null) return `Skipped: ${NO_POSTGRES}.`
  const server = await startPostgres(bin)
  try {
    const figures = table('pg', await measure(await candidates(server.pool)))
    return [figures, await touches(server.pool), await weight(server.pool)].join('\n\n')
  } finally {
    await server.stop()
  }
}

/** The SELECT first: all others are multiples of it. */
async function candidates(pool: Pool): Promise<Candidate[]> {
  await pool.query('CREATE TABLE login (id text PRIMARY KEY, data text)')
  const store = postgresStore(pool)
  const ids: string[] = []
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const login = createLogin(visitor)
    const session = loginSession(`user-${visitor}`, login, NOW)
    await store.create(session, NOW)
    await pool.query('INSERT INTO login VALUES ($1, $2)', [session.id, JSON.stringify(login)])
    ids.push(session.id)
  }
  const whole = await storedRequests(store, VISITORS)
  const text = 'SELECT data FROM login WHERE id = $1'
  return [
    {
      name: 'bare SELECT by key',
      read: (visitor) => pool.query({ name: 'bare', text, values: [ids[visitor]] }),
    },
    { name: 'store.read', read: async (visitor) => store.read(ids[visitor] ?? '', NOW, true) },
    {
      name: 'whole request: open, load, get, settle, commit',
      goals: [1.4, 1.4],
      read: (visitor) => whole.read(whole.cookies[visitor] ?? ''),
    },
    await expressCandidate(pool),
  ]
}

/** express-session with connect-pg-simple, read only, as its documentation has it. */
async function expressCandidate(pool: Pool): Promise<Candidate> {
  const Store = connectPg(expressSession)
  const middleware = expressSession({
    secret: 'a secret of the benchmark, 32 bytes and more',
    resave: false,
    saveUninitialized: false,
    store: new Store({ pool, createTableIfMissing: true, pruneSessionInterval: false }),
  })
  const loginOf = (request: Request) => request.session as Login
  const headers: string[] = []
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const begin = (request: Request) => Object.assign(loginOf(request), createLogin(visitor))
    headers.push(toHeader((await exchangeLater(middleware, undefined, begin)).setCookie))
  }
  return {
    name: 'whole request: express-session, connect-pg-simple',
    read: (visitor) =>
      exchangeLater(middleware, headers[visitor], (request) => loginOf(request).views),
  }
}

const one = async (pool: Pool, text: string): Promise<Record<string, number>> =>
  (await pool.query(text)).rows[0] as Record<string, number>

/** The share of touches that are heap-only, and what each writes to the log. */
async function touches(pool: Pool): Promise<string> {
  await pool.query('ALTER TABLE sojourn_sessions SET (autovacuum_enabled = off)')
  const store = postgresStore(pool)
  const sessions = Array.from({ length: 1000 }, (_, at) =>
    loginSession(`toucher-${at}`, createLogin(at), NOW),
  )
  for (const session of sessions) await store.create(session, NOW)
  const updates = `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot,
    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal
    FROM pg_stat_user_tables WHERE relname = 'sojourn_sessions'`
  // Each connection tells of its updates when it has been idle for a while.
  const settled = () => new Promise((resolve) => setTimeout(resolve, 12_000))
  await settled()
  const before = await one(pool, updates)
  const rounds = 20
  const start = performance.now()
  for (let round = 1; round <= rounds; round++) {
    for (const { id } of sessions) await store.read(id, NOW + round * 100, true)
  }
  const seconds = (performance.now() - start) / 1000
  await settled()
  const after = await one(pool, updates)
  const difference = (key: string) => (after[key] ?? 0) - (before[key] ?? 0)
  const count = difference('all')
  return [
    '| touches | heap-only | log per touch | reads that touch per second |',
    '| --- | --- | --- | --- |',
    `| ${count} | ${((100 * difference('hot')) / count).toFixed(1)} % | ${Math.round(difference('wal') / count)} B | ${Math.round((rounds * sessions.length) / seconds)} |`,
  ].join('\n')
}

/** What a session weighs, with its indexes. */
async function weight(pool: Pool): Promise<string> {
  await pool.query('TRUNCATE sojourn_sessions')
  const store = postgresStore(pool)
  let begun = 0
  const lane = async () => {
    while (begun < MANY) {
      const at = begun++
      await store.create(loginSession(`user-${at}`, createLogin(at), NOW), NOW)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: 8 }, lane))
  const seconds = (performance.now() - start) / 1000
  const sizes = await one(
    pool,
    `SELECT pg_table_size('sojourn_sessions')::float8 AS heap,
      pg_indexes_size('sojourn_sessions')::float8 AS indexes`,
  )
  const each = (key: string) => Math.round((sizes[key] ?? Number.NaN) / MANY)
  return [
    '| sessions | table, each | indexes, each | logins per second |',
    '| --- | --- | --- | --- |',
    `| ${MANY} | ${each('heap')} B | ${each('indexes')} B | ${Math.round(MANY / seconds)} |`,
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await measurePostgres())
  process.exit(0)
}
