// Who waits for whom in PostgreSQL, and which of its errors say nothing against it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { bounded } from '../../../src/stores/parts/bounded.ts'
import { postgresStore } from '../../../src/stores/postgres.ts'
import { needs } from '../../support/needs.ts'
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../../support/postgres.ts'
import { until } from '../../support/redis.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const bin = findPostgres()
const of = (id: string, changes: Partial<StoredSession> = {}) =>
  storedSession({ id, subject: 'ann', ...changes })
const LOGOUT = { reason: 'logout', keep: 600 } as const

describe('PostgreSQL', needs(bin, NO_POSTGRES), () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres(bin ?? '')
  })
  beforeEach(() => server.pool.query('DELETE FROM sojourn_sessions'))
  afterAll(() => server?.stop())

  /** Does a work that has to wait for one row; answers whether another was free meanwhile. */
  async function isFreeWhile(held: string, other: string, work: () => unknown) {
    const holder = await server.pool.connect()
    try {
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM sojourn_sessions WHERE id = $1 FOR UPDATE', [held])
      const done = work()
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
      await until(async () => (await server.pool.query(waiting)).rowCount === 1, 'a wait')
      const look = 'SELECT 1 FROM sojourn_sessions WHERE id = $1 FOR UPDATE SKIP LOCKED'
      const { rowCount } = await server.pool.query(look, [other])
      await holder.query('COMMIT')
      await done
      return rowCount === 1
    } finally {
      holder.release()
    }
  }

  test('endAll locks rows in the order of their ids, as a sweep does', async () => {
    const store = postgresStore(server.pool)
    for (const id of ['ann-2', 'ann-1']) await store.create(of(id), NOW)
    const work = () => store.endAll('ann', LOGOUT, NOW)
    expect(await isFreeWhile('ann-1', 'ann-2', work)).toBe(true)
    expect(await store.list('ann', NOW)).toEqual([])
  })

  test('so does a session that begins, with those that it ends and the one before it', async () => {
    const store = postgresStore(server.pool)
    for (const id of ['ann-3', 'ann-2', 'ann-1']) await store.create(of(id), NOW)
    const from = { id: 'ann-3', deleted: [], until: null, reason: 'renewed', keep: 600 } as const
    const limit = { most: 1, action: 'end-oldest', reason: 'replaced', keep: 600 } as const
    const work = () => store.create(of('ann-4'), NOW, { from, limit })
    expect(await isFreeWhile('ann-1', 'ann-3', work)).toBe(true)
    expect(await store.list('ann', NOW)).toMatchObject([{ id: 'ann-4' }])
  })

  test('what it cannot store does not shut it off', async () => {
    const store = bounded(postgresStore(server.pool))
    const wrong = of('ann-1', { fields: new Map([['cart', 'a\0b']]) })
    for (let time = 0; time < 9; time++) {
      const create = Promise.resolve(store.create(wrong, NOW))
      await expect(create).rejects.toMatchObject({ cause: { code: '22P05' } })
    }
    expect(await store.read('ann-1', NOW, false)).toEqual({ state: 'unknown' })
  })
})
