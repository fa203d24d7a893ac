// Stores by a description that can be handed to another process.

import { Pool } from 'pg'
import { createClient, createCluster } from 'redis'
import type { FullStore } from '../../src/index.ts'
import { postgresStore } from '../../src/stores/postgres.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { sqliteStore } from '../../src/stores/sqlite.ts'

export type StoreSpec =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly port: number }
  | { readonly kind: 'redis-cluster'; readonly ports: readonly number[] }
  | { readonly kind: 'postgres'; readonly port: number }

export interface OpenStore {
  readonly store: FullStore
  readonly close: () => Promise<void>
}

export async function openStore(spec: StoreSpec): Promise<OpenStore> {
  switch (spec.kind) {
    case 'sqlite': {
      const store = sqliteStore(spec.path)
      return { store, close: async () => store.close?.() }
    }
    case 'redis': {
      const client = createClient({ url: `redis://127.0.0.1:${spec.port}` })
      await client.on('error', () => {}).connect()
      return { store: redisStore(client), close: async () => client.destroy() }
    }
    case 'redis-cluster': {
      const rootNodes = spec.ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
      const client = createCluster({ rootNodes })
      await client.on('error', () => {}).connect()
      return { store: redisStore(client), close: async () => client.destroy() }
    }
    case 'postgres': {
      const pool = new Pool({ host: '127.0.0.1', port: spec.port, user: 'postgres', max: 4 })
      pool.on('error', () => {})
      return { store: postgresStore(pool), close: () => pool.end() }
    }
  }
}
