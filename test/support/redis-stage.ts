// What tests of the Redis store play on: sessions, and one server that counts what it is sent.
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { HASHED_IDS } from '../../src/core/ids.ts'
import type { Ending, From, Patch, StoredSession } from '../../src/core/store.ts'
import { type RedisStore, type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts'
import { type RedisServer, startRedis } from './redis.ts'
import { CLIENTS, type Connected } from './redis-clients.ts'

export const NOW = Math.floor(Date.now() / 1000)
export const LOGOUT: Ending = { reason: 'logout', keep: 600 }

/** A new id in a store, where the subject's lie. */
export const newId = (subject: string | null = null): string =>
  HASHED_IDS.storedId(HASHED_IDS.create(subject))

export const sessionOf = (changes: Partial<StoredSession> = {}): StoredSession => ({
  id: newId(changes.subject ?? null),
  subject: null,
  createdAt: NOW,
  seenAt: NOW,
  idle: 1800,
  endsAt: NOW + 86_400,
  throttle: 60,
  checkAt: 0,
  fields: new Map([['cart', '[1,2]']]),
  ...changes,
})

export const patchOf = (changes: Partial<Patch>): Patch => ({
  set: new Map(),
  deleted: [],
  ...changes,
})

export const fromOf = ({ id }: StoredSession, changes: Partial<From> = {}): From => ({
  id,
  deleted: [],
  until: null,
  reason: 'renewed',
  keep: 600,
  ...changes,
})

export interface RedisStage {
  readonly server: RedisServer
  client(name: string): Promise<Connected['client']>
  open(options?: RedisStoreOptions, client?: string): Promise<RedisStore>
  /** Commands by name that the server was sent, those inside scripts among them. */
  commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>>
}

/** One server for all tests of a suite, empty before each. */
export function redisStage(path: string | null): RedisStage {
  let server: RedisServer | undefined
  const clients = new Map<string, Connected>()
  beforeAll(async () => {
    server = await startRedis(path ?? '')
  })
  beforeEach(() => server?.ask('FLUSHALL'))
  afterAll(async () => {
    for (const { close } of clients.values()) await close()
    await server?.stop()
  })
  const stage: RedisStage = {
    get server() {
      if (server === undefined) throw new Error('the server runs only while tests do')
      return server
    },
    async client(name) {
      const connected = clients.get(name) ?? (await CLIENTS[name]?.(stage.server.port))
      if (connected === undefined) throw new Error(`no client is named ${name}`)
      clients.set(name, connected)
      return connected.client
    },
    open: async (options, client = 'node-redis') => redisStore(await stage.client(client), options),
    async commandsOf(work) {
      await stage.server.ask('CONFIG', 'RESETSTAT')
      await work()
      const stats = await stage.server.ask('INFO', 'commandstats')
      const counts: Record<string, number> = {}
      for (const [, name = '', calls] of stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) {
        if (!/^(config|info)/.test(name)) counts[name] = Number(calls)
      }
      return counts
    },
  }
  return stage
}
