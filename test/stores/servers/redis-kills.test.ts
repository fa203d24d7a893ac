// A process that is killed between any two commands leaves nothing half done.
import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisClient, redisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import { start } from '../../support/processes.ts'
import {
  findRedis,
  NO_REDIS,
  type RedisGroup,
  startCluster,
  startRedis,
} from '../../support/redis.ts'
import { CLIENTS, CLUSTER_CLIENTS, type Connected } from '../../support/redis-clients.ts'
import { checkKeyspace } from '../../support/redis-keyspace.ts'
import { NOW } from '../../support/redis-stage.ts'

const redis = findRedis()
const MOST_COMMANDS = 100

/** Lives a life that ends before a command; what it said, and whether it came to its end. */
async function live(ports: readonly number[], killAt: number) {
  const child = start({
    command: process.execPath,
    args: ['--conditions=source', 'test/stores/programs/redis-steps.ts'],
    env: { PORTS: JSON.stringify(ports), KILL_AT: String(killAt) },
  })
  const ended = await child.ended()
  assert.ok(ended === 0 || ended === 'SIGKILL', child.output())
  return { isOver: ended === 0, said: child.output().trim().split('\n') }
}

/** What was answered stays true, unless something else was under way. */
async function checkAnswers(client: RedisClient, said: readonly string[]): Promise<void> {
  const store = redisStore(client)
  const states = new Map<string, string>()
  for (const [state = '', id = ''] of said.map((line) => line.split(' '))) states.set(id, state)
  for (const [id, state] of states) {
    if (state === 'try' || id === '') continue
    const reading = await store.read(id, NOW, false)
    assert.equal(
      reading.state === 'live',
      state === 'live',
      `${state}, but read as ${reading.state}`,
    )
  }
}

function suite(
  open: () => Promise<RedisGroup>,
  connect: (group: RedisGroup) => Promise<Connected>,
) {
  let group: RedisGroup
  let connected: Connected
  beforeAll(async () => {
    group = await open()
    connected = await connect(group)
  })
  afterAll(async () => {
    await connected?.close()
    await group?.stop()
  })

  test('kill -9 before each command', { timeout: 120_000 }, async () => {
    const ports = group.servers.map(({ port }) => port)
    let killAt = 0
    for (let isOver = false; !isOver; ) {
      killAt += 1
      assert.ok(killAt < MOST_COMMANDS, 'the life has an end')
      for (const { ask } of group.servers) await ask('FLUSHALL')
      const life = await live(ports, killAt)
      isOver = life.isOver
      const { live: left, held } = await checkKeyspace(group.servers)
      if (isOver) expect({ left, held }).toEqual({ left: 0, held: 0 })
      await checkAnswers(connected.client, life.said)
    }
    expect(killAt).toBeGreaterThan(15)
  })
}

describe('one Redis', needs(redis, NO_REDIS), () => {
  suite(
    async () => {
      const server = await startRedis(redis ?? '')
      return { servers: [server], stop: () => server.stop() }
    },
    async ({ servers: [server] }) =>
      CLIENTS['ioredis 5']?.(server?.port ?? 0) as Promise<Connected>,
  )
})

describe('a cluster', needs(redis, NO_REDIS), () => {
  suite(
    () => startCluster(redis ?? ''),
    async ({ servers }) =>
      CLUSTER_CLIENTS['ioredis 5']?.(servers.map(({ port }) => port)) as Promise<Connected>,
  )
})
