// What a session in PostgreSQL costs, in multiples of a bare prepared SELECT of the same 188 bytes by key
// through the same client.
// Runs by itself: `node --expose-gc --conditions=source bench/postgres.ts`; it starts a server of its own.
import { fileURLToPath } from 'node:url'
import connectPg from 'connect-pg-simple'
import expressSession from 'express-session'
import { Pool } from 'pg'
import postgres from 'postgres'
import {
  type PgClient,
  type PostgresClient,
  postgresMigration,
  postgresStore,
} from 'sojourn/stores/postgres'
import { toRunner } from '../src/stores/parts/postgres-client.ts'
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../test/support/postgres.ts'
import { ofExpressSession } from './express-lane.ts'
import { type Candidate, measure, table, VISITORS } from './lanes.ts'
import { createLogin } from './plumbing.ts'
import { loginSession } from './redis-units.ts'
import { storedRequests } from './stored-request.ts'

const NOW = Math.floor(Date.now() / 1000)
const MANY = 100_000
const TOUCHED = 1000
const ROUNDS = 20
const LANES = 16
/** Sessions that lie on one page are not touched at once, as they would not be elsewhere. */
const STRIDE = 377

/** The tables, as text. */
export async function measurePostgres(): Promise<string> {
  const bin = findPostgres()
  if (bin === null) return `Skipped: ${NO_POSTGRES}.`
  const server = await startPostgres(bin)
  try {
    const { pool, port } = server
    await pool.query('CREATE TABLE login (id text PRIMARY KEY, data text)')
    const sql = postgres({ host: '127.0.0.1', port, user: 'postgres', max: pool.options.max })
    const parts = [
      table('pg', await measure(await pgCandidates(pool))),
      table('postgres', await measure(await postgresCandidates(sql))),
      await touches(server),
      await weight(pool),
    ]
    await sql.end()
    return parts.join('\n\n')
  } finally {
    await server.stop()
  }
}

const BARE = 'SELECT data FROM login WHERE id = $1'

async function pgCandidates(pool: Pool): Promise<Candidate[]> {
  const bare = (id: string) => pool.query({ name: 'bare', text: BARE, values: [id] })
  return [...(await ownCandidates(pool, bare)), await expressCandidate(pool)]
}

const postgresCandidates = (sql: postgres.Sql): Promise<Candidate[]> =>
  ownCandidates(sql, (id) => sql.unsafe(BARE, [id], { prepare: true }))

/** The SELECT first: all others are multiples of it. */
async function ownCandidates(
  client: PgClient | PostgresClient,
  bare: (id: string) => PromiseLike<unknown>,
): Promise<Candidate[]> {
  const store = postgresStore(client)
  const ids = await beginLogins(client)
  const whole = await storedRequests(store, VISITORS)
  return [
    { name: 'bare SELECT by key', read: async (visitor) => bare(ids[visitor] ?? '') },
    { name: 'store.read', read: async (visitor) => store.read(ids[visitor] ?? '', NOW, true) },
    {
      name: 'whole request: open, load, get, settle, commit',
      goals: [1.4, 1.4],
      read: (visitor) => whole.read(whole.cookies[visitor] ?? ''),
    },
  ]
}

/** A login for each visitor, as a bare text and as a session; the ids of the sessions. */
async function beginLogins(client: PgClient | PostgresClient): Promise<string[]> {
  const store = postgresStore(client)
  const run = toRunner(client)
  const ids: string[] = []
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const login = createLogin(visitor)
    const session = loginSession(`user-${visitor}`, login, NOW)
    await store.create(session, NOW)
    const values = [session.id, JSON.stringify(login)]
    await run({ key: 'login', text: 'INSERT INTO login VALUES ($1, $2)' }, values, () => null)
    ids.push(session.id)
  }
  return ids
}

/** As the documentation of connect-pg-simple has it. */
function expressCandidate(pool: Pool): Promise<Candidate> {
  const Store = connectPg(expressSession)
  const options = { pool, createTableIfMissing: true, pruneSessionInterval: false } as const
  return ofExpressSession('connect-pg-simple', new Store(options))
}

const one = async (pool: Pool, text: string): Promise<Record<string, number>> =>
  (await pool.query(text)).rows[0] as Record<string, number>

/** So many calls, some at a time; how many seconds all of them took. */
async function timed(count: number, call: (at: number) => unknown): Promise<number> {
  let begun = 0
  const lane = async () => {
    while (begun < count) await call(begun++)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: LANES }, lane))
  return (performance.now() - start) / 1000
}

const WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes"
const UPDATES = `SELECT n_tup_upd::float8 AS all, n_tup_hot_upd::float8 AS hot
  FROM pg_stat_user_tables WHERE schemaname = 'touched'`

/** The share of touches that are heap-only, and what each writes to the log; in a table of their own. */
async function touches({ pool, port }: PostgresServer): Promise<string> {
  const schema = 'touched'
  await pool.query(`CREATE SCHEMA ${schema}`)
  await pool.query(postgresMigration({ schema }))
  await pool.query(`ALTER TABLE ${schema}.sojourn_sessions SET (autovacuum_enabled = off)`)
  const own = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: pool.options.max })
  const store = postgresStore(own, { schema })
  const sessions = Array.from({ length: TOUCHED }, (_, at) =>
    loginSession(`toucher-${at}`, createLogin(at), NOW),
  )
  for (const session of sessions) await store.create(session, NOW)
  const count = TOUCHED * ROUNDS
  const begun = await one(pool, WAL)
  const seconds = await timed(count, (at) => {
    const round = 1 + Math.floor(at / TOUCHED)
    return store.read(sessions[(at * STRIDE) % TOUCHED]?.id ?? '', NOW + round * 100, true)
  })
  const ended = await one(pool, WAL)
  // A connection tells of its updates when it ends.
  await own.end()
  let updates = await one(pool, UPDATES)
  while ((updates.all ?? 0) < count) updates = await one(pool, UPDATES)
  const log = Math.round(((ended.bytes ?? 0) - (begun.bytes ?? 0)) / count)
  const hot = (100 * (updates.hot ?? 0)) / (updates.all ?? 0)
  return [
    '| touches | heap-only | log per touch | reads that touch per second |',
    '| --- | --- | --- | --- |',
    `| ${count} | ${hot.toFixed(1)} % | ${log} B | ${Math.round(count / seconds)} |`,
  ].join('\n')
}

/** What a session weighs, with its indexes. */
async function weight(pool: Pool): Promise<string> {
  await pool.query('TRUNCATE sojourn_sessions')
  const store = postgresStore(pool)
  const seconds = await timed(MANY, (at) =>
    store.create(loginSession(`user-${at}`, createLogin(at), NOW), NOW),
  )
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
