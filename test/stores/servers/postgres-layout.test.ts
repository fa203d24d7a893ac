// How sessions lie in PostgreSQL: found by indexes, in partitions, untouched by reads, swept behind others.
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoredSession } from '../../../src/index.ts'
import { postgresMigration, postgresStore } from '../../../src/stores/postgres.ts'
import { storeContract } from '../../../src/testing/index.ts'
import { needs } from '../../support/needs.ts'
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../../support/postgres.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const LOGOUT = { reason: 'logout', keep: 600 } as const
/** From the sixth time on, a prepared statement may be planned without its values. */
const TIMES = 8
const bin = findPostgres()

const sessionOf = (id: string, changes: Partial<StoredSession> = {}): StoredSession =>
  storedSession({ id, ...changes })

describe('PostgreSQL', needs(bin, NO_POSTGRES), () => {
  let server: PostgresServer
  let client: PoolClient
  beforeAll(async () => {
    server = await startPostgres(bin ?? '')
    client = await server.pool.connect()
  })
  afterAll(() => {
    client?.release()
    return server?.stop()
  })

  async function fill(count: number, subjectOf: (at: number) => string | null): Promise<void> {
    await server.pool.query('TRUNCATE sojourn_sessions')
    const store = postgresStore(server.pool)
    const begin = (at: number) =>
      store.create(sessionOf(`session ${at}`, { subject: subjectOf(at) }), NOW)
    await Promise.all(Array.from({ length: count }, (_, at) => begin(at)))
  }

  test('no verb goes through the table, however often', async () => {
    await fill(3000, (at) => `subject ${at % 1000}`)
    await client.query('VACUUM ANALYZE sojourn_sessions')
    const store = postgresStore(client)
    const scans = async (): Promise<{ whole: number; by_index: number }> => {
      await client.query('SELECT pg_stat_force_next_flush()')
      const text = `SELECT seq_scan::int AS whole, idx_scan::int AS by_index
        FROM pg_stat_user_tables WHERE relname = 'sojourn_sessions'`
      return (await client.query(text)).rows[0]
    }
    const before = await scans()
    const limit = { ...LOGOUT, most: 3, action: 'end-oldest' } as const
    for (let at = 0; at < TIMES; at++) {
      const [id, subject] = [`session ${at}`, `subject ${at}`]
      await store.read(id, NOW + 30, true)
      await store.read(id, NOW + 100, true)
      await store.touch(id, NOW + 101)
      await store.patch(id, { set: new Map([['a', '1']]), deleted: ['cart'] }, NOW + 101)
      const from = { ...LOGOUT, id, deleted: [], until: null }
      await store.create(sessionOf(`new ${at}`, { subject }), NOW + 101, { from, limit })
      await store.end(`new ${at}`, LOGOUT, NOW + 102, subject)
      expect(await store.list(subject, NOW + 102)).toHaveLength(2)
      await store.endAll(subject, LOGOUT, NOW + 102)
      expect((await store.scan(NOW + 102, 'session 5', 10)).sessions).toHaveLength(10)
      const [claimed] = await store.claim(NOW + 601, 1, 60)
      expect(await store.forget([claimed?.id ?? ''], NOW + 601)).toBe(1)
    }
    const after = await scans()
    expect(after.whole).toBe(before.whole)
    expect(after.by_index).toBeGreaterThan(before.by_index + 10 * TIMES)
  })

  test('a read writes nothing, not even the number of a transaction, until a touch is due', async () => {
    await fill(1, () => null)
    const store = postgresStore(client)
    const writes = async (now: number, touch: boolean) => {
      await client.query('BEGIN')
      await store.read('session 0', now, touch)
      const { rows } = await client.query('SELECT pg_current_xact_id_if_assigned() AS number')
      await client.query('ROLLBACK')
      return rows[0].number !== null
    }
    expect(await writes(NOW + 60, true)).toBe(false)
    expect(await writes(NOW + 61, false)).toBe(false)
    expect(await writes(NOW + 601, true)).toBe(false)
    expect(await writes(NOW + 61, true)).toBe(true)
  })

  test('what is over is found behind any number of live ones whose second has come', async () => {
    await fill(6000, () => null)
    await client.query('UPDATE sojourn_sessions SET seen_at = $1', [NOW + 500])
    const store = postgresStore(client)
    await store.create(sessionOf('late', { idle: 610 }), NOW)
    const [only, ...more] = await store.claim(NOW + 700, 10, 60)
    expect([only?.id, more]).toEqual(['late', []])
    await store.claim(NOW + 700, 10, 60)
    const { rows } = await client.query('SELECT min(look_at)::int AS next FROM sojourn_sessions')
    expect(rows).toEqual([{ next: NOW + 760 }])
  })

  test('a table of before is brought up to date, and what it holds goes on', async () => {
    const store = postgresStore(client)
    const begin = (id: string) => store.create(sessionOf(id, { subject: 'ann' }), NOW)
    await client.query('TRUNCATE sojourn_sessions')
    await begin('old')
    await client.query('ALTER TABLE sojourn_sessions DROP COLUMN ordinal')
    await client.query(postgresMigration())
    for (const id of ['b', 'a']) await begin(id)
    expect((await store.list('ann', NOW)).map(({ id }) => id)).toEqual(['old', 'b', 'a'])
  })

  test('serves a user who owns nothing, and may read and write the table', async () => {
    await client.query('DROP ROLE IF EXISTS shop; CREATE ROLE shop LOGIN')
    await client.query('GRANT SELECT, INSERT, UPDATE, DELETE ON sojourn_sessions TO shop')
    const pool = new Pool({
      host: '127.0.0.1',
      port: server.port,
      user: 'shop',
      database: 'postgres',
    })
    const limit = { ...LOGOUT, most: 1, action: 'end-oldest' } as const
    const store = postgresStore(pool)
    for (const id of ['shop 1', 'shop 2']) {
      const begun = await store.create(sessionOf(id, { subject: 'shop' }), NOW, { limit })
      expect(begun.state).toBe('done')
    }
    expect(await store.endAll('shop', LOGOUT, NOW)).toEqual(['shop 2'])
    await pool.end()
  })

  test('refuses to count sessions where it could not see all of them', async () => {
    const options = '-c default_transaction_isolation=repeatable\\ read'
    const pool = new Pool({ host: '127.0.0.1', port: server.port, user: 'postgres', options })
    const store = postgresStore(pool)
    expect(await store.create(sessionOf('nobody'), NOW)).toMatchObject({ state: 'done' })
    await expect(store.create(sessionOf('ann', { subject: 'ann' }), NOW)).rejects.toThrow()
    await expect(store.endAll('ann', LOGOUT, NOW)).rejects.toThrow()
    await pool.end()
  })

  test('each verb says when there are no tables', async () => {
    const store = postgresStore(client, { schema: 'nowhere' })
    const verbs = [
      () => store.create(sessionOf('a'), NOW),
      () => store.patch('a', { set: new Map(), deleted: [] }, NOW),
      () => store.endAll('ann', LOGOUT, NOW),
      () => store.list('ann', NOW),
      () => store.claim(NOW, 1, 60),
      () => store.forget(['a'], NOW),
    ]
    for (const verb of verbs) {
      await expect(verb()).rejects.toMatchObject({ code: 'store-unavailable' })
    }
  })

  describe('hash-partitioned', () => {
    const PARTITIONS = 4
    beforeAll(async () => {
      const parts = Array.from(
        { length: PARTITIONS },
        (_, at) => `CREATE TABLE IF NOT EXISTS parted.sojourn_sessions_${at}
          PARTITION OF parted.sojourn_sessions
          FOR VALUES WITH (MODULUS ${PARTITIONS}, REMAINDER ${at}) WITH (fillfactor = 70);`,
      )
      const whole = postgresMigration({ schema: 'parted' })
      const table = ') PARTITION BY HASH (id);'
      const sql = whole.replace(') WITH (fillfactor = 70);', [table, ...parts].join('\n'))
      await client.query('CREATE SCHEMA parted')
      await client.query(sql)
      await client.query(postgresMigration({ schema: 'parted' }))
    })

    const open = () => postgresStore(server.pool, { schema: 'parted' })
    for (const { name, run } of storeContract({ open, waives: ['order'] })) test(name, run)
  })
})
