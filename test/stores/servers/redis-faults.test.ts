// A master dies under load: how long that is felt, and what must not be lost.
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { StoredSession } from '../../../src/core/store.ts'
import { type RedisClient, type RedisStore, redisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import {
  findRedis,
  NO_REDIS,
  type RedisGroup,
  startCluster,
  startSentinels,
  until,
} from '../../support/redis.ts'
import { CLUSTER_CLIENTS, type Connected, SENTINEL_CLIENTS } from '../../support/redis-clients.ts'
import { LOGOUT, NOW, sessionOf } from '../../support/redis-stage.ts'

const redis = findRedis()
/** Milliseconds after the death of a master within which everything works again. */
const LONGEST = 15_000
const LANES = 8

/** What the load has come to. */
class Load {
  readonly #store: RedisStore
  readonly #waiting: RedisStore
  readonly ended: string[] = []
  /** When a call failed last, and when it took longest to succeed. */
  lastFailure = 0
  slowest = 0
  done = 0
  #goesOn = true
  readonly #lanes: Promise<void>[]

  constructor(client: RedisClient) {
    this.#store = redisStore(client)
    this.#waiting = redisStore(client, { wait: { replicas: 1, milliseconds: 50 } })
    this.#lanes = Array.from({ length: LANES }, (_, lane) => this.#run(lane))
  }

  async #run(lane: number): Promise<void> {
    for (let round = 0; this.#goesOn; round++) {
      await this.#measured(() => this.#round(sessionOf({ subject: `user ${lane} ${round}` })))
    }
  }

  async #measured(work: () => Promise<void>): Promise<void> {
    const start = performance.now()
    try {
      await work()
      this.done += 1
      this.slowest = Math.max(this.slowest, performance.now() - start)
    } catch {
      this.lastFailure = performance.now()
      await pause(20)
    }
  }

  async #round(session: StoredSession): Promise<void> {
    const { id, subject } = session
    await this.#store.create(session, NOW)
    await this.#store.patch(id, { set: new Map([['a', '1']]), deleted: [] }, NOW)
    await this.#store.read(id, NOW + 100, true)
    await this.#store.list(subject ?? '', NOW)
    // Where the only replica has taken over there is none left to wait for: that is no failure.
    const acknowledged = await this.#waiting.end(id, LOGOUT, NOW).catch(() => null)
    if (acknowledged?.state === 'done') this.ended.push(id)
  }

  async stop(): Promise<void> {
    this.#goesOn = false
    await Promise.all(this.#lanes)
  }

  /** How many of the sessions whose end was acknowledged are alive. */
  async revived(): Promise<number> {
    let count = 0
    for (let at = 0; at < this.ended.length; at += 100) {
      const readings = await Promise.all(
        this.ended.slice(at, at + 100).map((id) => this.#store.read(id, NOW, false)),
      )
      count += readings.filter(({ state }) => state === 'live').length
    }
    return count
  }
}

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function outlives(
  connected: Connected,
  kill: () => void,
  isHealed: () => Promise<boolean>,
): Promise<void> {
  open.push(connected.close)
  const load = new Load(connected.client)
  await until(async () => load.ended.length > 300, 'some load before the fault')
  expect(load.lastFailure).toBe(0)
  const killed = performance.now()
  kill()
  await until(isHealed, 'a replica to take over')
  const before = load.done
  const after = () => load.done > before + 100 && performance.now() - load.lastFailure > 1000
  await until(async () => after(), 'the load to run as before')
  await load.stop()
  const felt = Math.max(load.lastFailure - killed, load.slowest)
  expect(felt).toBeLessThan(LONGEST)
  expect(await load.revived()).toBe(0)
}

const TRIED = ['node-redis', 'ioredis 5']
const tried = <Place>(clients: Readonly<Record<string, Place>>) =>
  Object.entries(clients).filter(([name]) => TRIED.includes(name))

const rolesOf = async ({ servers }: RedisGroup): Promise<string[]> =>
  Promise.all(
    servers.map(async ({ ask }) => {
      const facts = await ask('INFO', 'replication').catch(() => '')
      return /role:(\w+)/.exec(facts)?.[1] ?? 'dead'
    }),
  )

describe('a master of a cluster dies', needs(redis, NO_REDIS), () => {
  test.each(tried(CLUSTER_CLIENTS))('%s', { timeout: 90_000 }, async (_, connect) => {
    const group = await startCluster(redis ?? '')
    open.push(group.stop)
    const connected = await connect(group.servers.map(({ port }) => port))
    const master = (await rolesOf(group)).indexOf('master')
    const isHealed = async () =>
      (await rolesOf(group)).filter((role) => role === 'master').length === 3
    await outlives(connected, () => group.servers[master]?.kill(), isHealed)
  })
})

describe('the master under Sentinel dies', needs(redis, NO_REDIS), () => {
  test.each(tried(SENTINEL_CLIENTS))('%s', { timeout: 90_000 }, async (_, connect) => {
    const group = await startSentinels(redis ?? '')
    open.push(group.stop)
    const ports = group.sentinels.map(({ port }) => port)
    const connected = await connect({ name: group.name, ports })
    const isHealed = async () => (await rolesOf(group)).includes('master')
    await outlives(connected, () => group.servers[0]?.kill(), isHealed)
  })
})
