// PostgreSQL, the system's and a newer one: the contract, random walks, and what a verb costs.
import { inspect } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions } from '../../../src/index.ts'
import { postgresMigration, postgresStore } from '../../../src/stores/postgres.ts'
import { storeContract } from '../../../src/testing/index.ts'
import { needs } from '../../support/needs.ts'
import {
  findEmbeddedPostgres,
  findPostgres,
  NO_EMBEDDED,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../../support/postgres.ts'
import { walk } from '../../support/store-walk.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const SERVERS = [
  { name: 'PostgreSQL', bin: findPostgres(), reason: NO_POSTGRES },
  { name: 'PostgreSQL, embedded', bin: findEmbeddedPostgres(), reason: NO_EMBEDDED },
]

describe.each(SERVERS)('$name', ({ bin, reason }) => {
  describe('as a store', needs(bin, reason), () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres(bin ?? '')
    })
    afterAll(() => server?.stop())

    describe('by pg', () => {
      const open = () => postgresStore(server.pool)
      for (const { name, run } of storeContract({ open, waives: ['order'] })) test(name, run)
    })

    describe('by postgres', () => {
      let sql: postgres.Sql
      beforeAll(() => {
        sql = postgres({ host: '127.0.0.1', port: server.port, user: 'postgres', max: 8 })
      })
      afterAll(() => sql?.end())
      const open = () => postgresStore(sql as never)
      for (const { name, run } of storeContract({ open, waives: ['order'] })) test(name, run)
    })

    test('answers as the model does', { timeout: 120_000 }, () =>
      walk(postgresStore(server.pool), 60),
    )

    test('may be migrated again, and says when it was not', async () => {
      await server.pool.query(postgresMigration())
      const store = postgresStore(server.pool, { schema: 'nowhere' })
      await expect(store.read('id', 1, true)).rejects.toMatchObject({ code: 'store-unavailable' })
      expect(() => postgresStore(server.pool, { schema: 'a"b' })).toThrow()
      expect(() => postgresStore({} as never)).toThrow()
    })

    test('goes by no names that a client gives to columns', async () => {
      const { port } = server
      const { pascal: transform } = postgres
      const sql = postgres({ host: '127.0.0.1', port, user: 'postgres', max: 1, transform })
      const store = postgresStore(sql as never)
      const session = storedSession({ id: 'pascal' })
      expect(await store.create(session, NOW)).toEqual({ state: 'done', ended: [] })
      expect(await store.read('pascal', NOW, false)).toMatchObject({ state: 'live' })
      await sql.end()
    })

    test('lives in a schema whose name is a word of SQL', async () => {
      await server.pool.query(`CREATE SCHEMA "user"; ${postgresMigration({ schema: 'user' })}`)
      const store = postgresStore(server.pool, { schema: 'user' })
      await store.create(storedSession({ id: 'worded' }), NOW)
      expect(await store.read('worded', NOW, false)).toMatchObject({ state: 'live' })
    })

    test('tells nothing of what was asked in its errors', async () => {
      const store = postgresStore(server.pool)
      const failure = await Promise.resolve(store.list('secret\0subject', NOW)).catch(
        (error: unknown) => error,
      )
      expect(failure).toMatchObject({ code: 'store-unavailable' })
      expect(inspect(failure)).not.toContain('secret')
    })

    test('takes one statement to read, and touches without leaving the page', async () => {
      let statements = 0
      const counted = {
        query: (...args: Parameters<typeof server.pool.query>) => {
          statements += 1
          return server.pool.query(...args)
        },
      }
      let now = 2_000_000_000
      const store = postgresStore(counted as never)
      const sessions = createSessions({
        store,
        clock: () => now,
        lifetime: { idle: '8h', absolute: '24h' },
      })
      const begun: (string | undefined)[] = []
      for (let at = 0; at < 50; at++) {
        const session = sessions.open({}).set('name', at)
        begun.push((await sessions.commit(sessions.settle(session))).setCookie?.split(';')[0])
      }
      const updates = async () => {
        await server.pool.query('SELECT pg_stat_force_next_flush()').catch(() => {})
        await server.pool.query('SELECT pg_stat_clear_snapshot()')
        const text = `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot
          FROM pg_stat_user_tables WHERE relname = 'sojourn_sessions'`
        return (await server.pool.query(text)).rows[0] as { all: number; hot: number }
      }
      const read = async () => {
        for (const cookie of begun) {
          const session = sessions.open({ cookie })
          await sessions.load(session)
          expect(session.get('name')).toBeDefined()
          await sessions.commit(sessions.settle(session))
        }
      }
      statements = 0
      await read()
      expect(statements).toBe(50)
      const one = await server.pool.connect()
      one.release()
      const before = await updates()
      for (let round = 0; round < 20; round++) {
        now += 61
        await read()
      }
      expect(statements).toBe(50 * 21)
      await expect
        .poll(async () => (await updates()).all - before.all, { timeout: 15_000 })
        .toBe(1000)
      const after = await updates()
      expect((after.hot - before.hot) / (after.all - before.all)).toBeGreaterThanOrEqual(0.99)
    })

    test('finds each row by an index', async () => {
      const plan = async (text: string) => {
        const client = await server.pool.connect()
        await client.query('SET enable_seqscan = off')
        const { rows } = await client.query(`EXPLAIN ${text}`)
        client.release(true)
        return rows.map((row) => Object.values(row)[0]).join('\n')
      }
      const table = 'sojourn_sessions'
      for (const condition of [
        "id = 'a'",
        "subject = 'a' AND ended IS NULL",
        'look_at <= 1',
        'clean_at < 1',
      ]) {
        expect(await plan(`SELECT * FROM ${table} WHERE ${condition}`)).not.toContain('Seq Scan')
      }
    })

    test('leaves nothing behind that nobody sweeps', async () => {
      await server.pool.query('TRUNCATE sojourn_sessions')
      const store = postgresStore(server.pool)
      const begin = (at: number, now: number) =>
        store.create(
          {
            id: `00${now}x${at}`.padEnd(45, '_'),
            subject: at % 2 === 0 ? 'ann' : null,
            createdAt: now,
            seenAt: now,
            idle: 60,
            endsAt: now + 600,
            throttle: 5,
            checkAt: 0,
            fields: new Map([['a', '1']]),
          },
          now,
        )
      for (let at = 0; at < 40; at++) await begin(at, 1_900_000_000)
      for (let at = 0; at < 10; at++) await begin(at, 1_900_010_000)
      const { rows } = await server.pool.query('SELECT count(*)::int AS rows FROM sojourn_sessions')
      expect(rows).toEqual([{ rows: 10 }])
    })
  })
})
