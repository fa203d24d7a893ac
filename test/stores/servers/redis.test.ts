// The store on one server of Redis or Valkey, through every client that it knows.
import { afterAll, beforeAll, describe } from 'vitest'
import { needs } from '../../support/needs.ts'
import {
  findNewerValkey,
  findRedis,
  NO_NEWER_VALKEY,
  NO_REDIS,
  type RedisServer,
  startRedis,
} from '../../support/redis.ts'
import { CLIENTS } from '../../support/redis-clients.ts'
import { redisContract } from '../../support/redis-contract.ts'

const redis = findRedis()
const valkey = findNewerValkey()
const newer = Object.entries(CLIENTS).filter(([name]) => !name.includes(','))

describe('one Redis', needs(redis, NO_REDIS), () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis(redis ?? '')
  })
  afterAll(() => server?.stop())

  describe.each(Object.entries(CLIENTS))('%s', (_, connect) => {
    redisContract(() => connect(server.port))
  })
})

describe('a newer Valkey', needs(valkey, NO_NEWER_VALKEY), () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis(valkey ?? '')
  })
  afterAll(() => server?.stop())

  describe.each(newer)('%s', (_, connect) => {
    redisContract(() => connect(server.port))
  })
})
