// A login in a cluster goes from one server to another, in three steps.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tagOfSubject } from '../../../src/core/ids.ts'
import type { SessionLimit, StoredSession } from '../../../src/core/store.ts'
import { type RedisClient, type RedisStore, redisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS, type RedisGroup, startCluster } from '../../support/redis.ts'
import { CLUSTER_CLIENTS, type Connected } from '../../support/redis-clients.ts'
import { checkKeyspace } from '../../support/redis-keyspace.ts'
import { fromOf, LOGOUT, NOW, sessionOf } from '../../support/redis-stage.ts'
import { walk } from '../../support/store-walk.ts'

const redis = findRedis()
const REFUSING: SessionLimit = { most: 1, action: 'refuse', reason: 'replaced', keep: 60 }

const annsSession = () => sessionOf({ subject: 'ann', fields: new Map() })

/** Anybody's, under another tag than the subject's. */
function elsewhere(subject: string): StoredSession {
  let session = sessionOf()
  while (session.id.startsWith(tagOfSubject(subject))) session = sessionOf()
  return session
}

describe('a login in a cluster', needs(redis, NO_REDIS), () => {
  let group: RedisGroup
  let connected: Connected
  let store: RedisStore

  beforeAll(async () => {
    group = await startCluster(redis ?? '')
    const ports = group.servers.map(({ port }) => port)
    connected = (await CLUSTER_CLIENTS['node-redis']?.(ports)) as Connected
    store = redisStore(connected.client)
  })
  beforeEach(async () => {
    for (const { ask } of group.servers) await ask('FLUSHALL')
  })
  afterAll(async () => {
    await connected?.close()
    await group?.stop()
  })

  /** A store that tells of each command before it is sent, by its number. */
  function telling(tell: (nth: number) => Promise<unknown>): RedisStore {
    let sent = 0
    const client = new Proxy(connected.client as object, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (name === 'sendCommand') await tell(++sent)
          return Reflect.apply(value, target, args)
        }
      },
    })
    return redisStore(client as RedisClient)
  }

  /** A store whose connection is lost after so many commands. */
  const losing = (after: number): RedisStore =>
    telling(async (nth) => {
      if (nth > after) throw new Error('the connection is lost')
    })

  /** The scripts are known to all servers, so that a step is a command. */
  async function warmUp(): Promise<void> {
    for (let tag = 0; tag < 12; tag++) {
      const old = elsewhere('ann')
      await store.create(old, NOW)
      await store.create(sessionOf({ subject: `warm ${tag}` }), NOW, { from: fromOf(old) })
    }
    for (const { ask } of group.servers) await ask('FLUSHALL')
  }

  test('a random walk answers as the model does', { timeout: 60_000 }, async () => {
    await walk(store, 200)
    await checkKeyspace(group.servers)
  })

  test('one that is lost after the first step leaves the old session as it was', async () => {
    await warmUp()
    const old = elsewhere('ann')
    await store.create(old, NOW)
    const next = annsSession()
    const create = losing(1).create(next, NOW, { from: fromOf(old), limit: REFUSING })
    await expect(create).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(await store.read(old.id, NOW, true)).toMatchObject({ state: 'live' })
    expect(await store.read(next.id, NOW, true)).toEqual({ state: 'unknown' })
    expect(await store.touch(next.id, NOW)).toEqual({ state: 'unknown' })
    expect(await store.list('ann', NOW)).toEqual([])
    expect(await checkKeyspace(group.servers)).toMatchObject({ live: 1, held: 1 })
  })

  test('its place counts towards a limit that refuses, for half a minute', async () => {
    await warmUp()
    const old = elsewhere('ann')
    await store.create(old, NOW)
    const lost = losing(1).create(annsSession(), NOW, { from: fromOf(old), limit: REFUSING })
    await expect(lost).rejects.toThrow()
    const create = (second: number) =>
      store.create(annsSession(), second, { from: fromOf(old), limit: REFUSING })
    expect(await create(NOW + 30)).toEqual({ state: 'full' })
    expect(await create(NOW + 31)).toEqual({ state: 'done', ended: [] })
  })

  test('one that is lost after the second step leaves neither', async () => {
    await warmUp()
    const old = elsewhere('ann')
    await store.create(old, NOW)
    const next = annsSession()
    await expect(losing(2).create(next, NOW, { from: fromOf(old) })).rejects.toThrow()
    expect(await store.read(old.id, NOW, true)).toMatchObject({ state: 'ended', next: null })
    expect(await store.read(next.id, NOW, true)).toEqual({ state: 'unknown' })
    expect(await checkKeyspace(group.servers)).toMatchObject({ live: 0, ended: 1, held: 1 })
  })

  test('of logins in one second the first is the one that held its place first', async () => {
    await warmUp()
    const login = async (by: RedisStore, next: StoredSession) => {
      const guest = elsewhere('ann')
      await store.create(guest, NOW)
      return by.create(next, NOW, { from: fromOf(guest) })
    }
    for (const step of [2, 3]) {
      const [one, other] = [annsSession(), annsSession()]
      const meanwhile = async (nth: number) => nth === step && login(store, other)
      await login(telling(meanwhile), one)
      expect((await store.list('ann', NOW)).map(({ id }) => id)).toEqual([one.id, other.id])
      await store.endAll('ann', LOGOUT, NOW)
    }
    await checkKeyspace(group.servers)
  })

  test('one whose old session is over gives its place back', async () => {
    const [old, next] = [elsewhere('ann'), annsSession()]
    const created = await store.create(next, NOW, { from: fromOf(old), limit: REFUSING })
    expect(created).toEqual({ state: 'unknown' })
    expect(await checkKeyspace(group.servers)).toMatchObject({ live: 0, held: 0 })
    expect(await store.create(next, NOW, { limit: REFUSING })).toMatchObject({ state: 'done' })
  })

  test('many at once from one session: one does, and the limit holds', async () => {
    const olds = Array.from({ length: 3 }, () => elsewhere('ann'))
    for (const old of olds) await store.create(old, NOW)
    const limit = { ...REFUSING, most: 2 }
    const answers = await Promise.all(
      olds.flatMap((old) =>
        Array.from({ length: 6 }, () =>
          store.create(annsSession(), NOW, { from: fromOf(old), limit }),
        ),
      ),
    )
    const done = answers.filter(({ state }) => state === 'done')
    expect(done.length).toBeLessThanOrEqual(2)
    expect(await store.list('ann', NOW)).toHaveLength(done.length)
    const { live, held } = await checkKeyspace(group.servers)
    expect({ live, held }).toEqual({ live: 3, held: 0 })
  })
})
