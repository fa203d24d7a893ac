// Where a store is, and what comes of opening it. Types only.
import type { FullStore } from '../core/store.ts'

export interface RedisPlace {
  readonly kind: 'redis'
  /** `redis://` or `rediss://`; may hold a password. */
  readonly url: string
  readonly cluster: boolean
  readonly prefix: string | undefined
}

export interface PostgresPlace {
  readonly kind: 'postgres'
  /** May hold a password. */
  readonly url: string
  readonly schema: string | undefined
}

export interface SqlitePlace {
  readonly kind: 'sqlite'
  readonly path: string
}

export type StorePlace = RedisPlace | PostgresPlace | SqlitePlace

export interface OpenStore {
  readonly store: FullStore
  /** How many bytes it takes where it is kept, if it can say. */
  readonly size?: (() => Promise<number | null>) | undefined
  /** Lets go of the connection. Never fails. */
  close(): Promise<void>
}
