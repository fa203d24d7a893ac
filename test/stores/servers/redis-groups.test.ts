// The store under Sentinel and in a cluster, through every client that it knows.
import { afterAll, beforeAll, describe } from 'vitest'
import { needs } from '../../support/needs.ts'
import {
  findRedis,
  NO_REDIS,
  type RedisGroup,
  type SentinelGroup,
  startCluster,
  startSentinels,
} from '../../support/redis.ts'
import { CLUSTER_CLIENTS, SENTINEL_CLIENTS } from '../../support/redis-clients.ts'
import { redisContract } from '../../support/redis-contract.ts'

const redis = findRedis()

describe('Sentinel', needs(redis, NO_REDIS), () => {
  let group: SentinelGroup
  beforeAll(async () => {
    group = await startSentinels(redis ?? '')
  })
  afterAll(() => group?.stop())

  describe.each(Object.entries(SENTINEL_CLIENTS))('%s', (_, connect) => {
    const ports = () => group.sentinels.map(({ port }) => port)
    redisContract(() => connect({ name: group.name, ports: ports() }))
  })
})

describe('a cluster of three and three', needs(redis, NO_REDIS), () => {
  let group: RedisGroup
  beforeAll(async () => {
    group = await startCluster(redis ?? '')
  })
  afterAll(() => group?.stop())

  describe.each(Object.entries(CLUSTER_CLIENTS))('%s', (_, connect) => {
    redisContract(() => connect(group.servers.map(({ port }) => port)))
  })
})
