// The bridges over stores that people have on servers: of express-session in Redis and PostgreSQL, and the
// driver of unstorage for Redis.
import { createRequire } from 'node:module'
import connectPg from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { createStorage, type Storage } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type ExpressSessionStore,
  expressSessionStore,
} from '../../../src/stores/express-session.ts'
import { unstorageStore } from '../../../src/stores/unstorage.ts'
import { storeContract } from '../../../src/testing/index.ts'
import { needs } from '../../support/needs.ts'
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../../support/postgres.ts'
import { findRedis, NO_REDIS, type RedisServer, startRedis } from '../../support/redis.ts'

const redis = findRedis()
const postgres = findPostgres()
const createRedis = (port: number) => createClient({ url: `redis://127.0.0.1:${port}` })

describe('over Redis', needs(redis, NO_REDIS), () => {
  let server: RedisServer
  let client: ReturnType<typeof createRedis>
  beforeAll(async () => {
    server = await startRedis(redis ?? '')
    client = await createRedis(server.port).connect()
  })
  afterAll(async () => {
    client?.destroy()
    await server?.stop()
  })

  describe('connect-redis', () => {
    const open = () => expressSessionStore(new RedisStore({ client }))
    for (const { name, run } of storeContract({ open, abilities: [] })) test(name, run)

    test('leaves nothing without an end', async () => {
      const keys = await client.keys('sess:*')
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) expect(await client.ttl(key)).toBeGreaterThan(0)
    })
  })

  describe('unstorage', () => {
    let storage: Storage
    beforeAll(() => {
      const options = { base: 'unstorage', host: '127.0.0.1', port: server.port }
      storage = createStorage({ driver: redisDriver(options) })
    })
    afterAll(() => storage?.dispose())
    const open = () => unstorageStore(storage)
    for (const { name, run } of storeContract({ open, abilities: [] })) test(name, run)

    test('leaves nothing without an end', async () => {
      const keys = await client.keys('unstorage:*')
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) expect(await client.ttl(key)).toBeGreaterThan(0)
    })
  })
})

describe('over PostgreSQL', needs(postgres, NO_POSTGRES), () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres(postgres ?? '')
  })
  afterAll(() => server?.stop())

  describe('connect-pg-simple', () => {
    const Store = connectPg(createRequire(import.meta.url)('express-session'))
    let store: object
    beforeAll(() => {
      const { pool } = server
      store = new Store({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    })
    const open = () => expressSessionStore(store as ExpressSessionStore)
    for (const { name, run } of storeContract({ open, abilities: [] })) test(name, run)
  })
})
