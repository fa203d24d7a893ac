// The stores that several processes can share, each with its server: started for one test file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needs } from './needs.ts'
import {
  findEmbeddedPostgres,
  findPostgres,
  NO_EMBEDDED,
  NO_POSTGRES,
  startPostgres,
} from './postgres.ts'
import {
  findNewerValkey,
  findRedis,
  NO_NEWER_VALKEY,
  NO_REDIS,
  startCluster,
  startRedis,
} from './redis.ts'
import type { StoreSpec } from './stores.ts'

export interface SharedStore {
  readonly spec: StoreSpec
  stop(): Promise<void> | void
}

export interface SharedKind {
  readonly name: string
  /** Options of a suite: skipped where its server is missing. */
  readonly needed: ReturnType<typeof needs>
  open(): Promise<SharedStore>
}

const redis = (name: string, path: string | null, reason: string): SharedKind => ({
  name,
  needed: needs(path, reason),
  open: async () => {
    const server = await startRedis(path ?? '')
    return { spec: { kind: 'redis', port: server.port }, stop: () => server.stop() }
  },
})

const postgres = (name: string, bin: string | null, reason: string): SharedKind => ({
  name,
  needed: needs(bin, reason),
  open: async () => {
    const server = await startPostgres(bin ?? '')
    return { spec: { kind: 'postgres', port: server.port }, stop: () => server.stop() }
  },
})

export const SHARED: readonly SharedKind[] = [
  {
    name: 'SQLite',
    needed: {},
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sojourn-sqlite-'))
      const stop = () => rmSync(folder, { recursive: true, force: true })
      return { spec: { kind: 'sqlite', path: join(folder, 'sessions.db') }, stop }
    },
  },
  redis('Redis', findRedis(), NO_REDIS),
  redis('Valkey', findNewerValkey(), NO_NEWER_VALKEY),
  {
    name: 'Redis Cluster',
    needed: needs(findRedis(), NO_REDIS),
    open: async () => {
      const group = await startCluster(findRedis() ?? '')
      const ports = group.servers.map(({ port }) => port)
      return { spec: { kind: 'redis-cluster', ports }, stop: () => group.stop() }
    },
  },
  postgres('PostgreSQL', findPostgres(), NO_POSTGRES),
  postgres('PostgreSQL, embedded', findEmbeddedPostgres(), NO_EMBEDDED),
]
