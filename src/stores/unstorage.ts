// A bridge to any driver of unstorage.
import { SessionError } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { type BridgeOptions, BridgeStore } from './parts/bridge.ts'

/** What is used of a storage of unstorage. */
export interface UnstorageLike {
  getItem(key: string): Promise<unknown>
  setItem(key: string, value: object, options: { readonly ttl: number }): Promise<unknown>
  removeItem(key: string): Promise<unknown>
}

export interface UnstorageStoreOptions extends BridgeOptions {
  /** What the keys begin with, before a colon. @default 'sojourn' */
  readonly base?: string
}

const BASE = 'sojourn'
const CAVEAT =
  'A storage of unstorage can only overwrite: between two processes a change can be lost and a slow request can revive a session that was ended, nobody can be logged out everywhere, and a driver without `ttl` keeps what is over for good.'

/**
 * Keeps sessions in a storage of unstorage, each as one item. Drivers that can are told how long it is
 * needed, in seconds as `ttl`. The stores of memory, SQLite, Redis and PostgreSQL promise more.
 *
 * @example
 * unstorageStore(createStorage({ driver: fsDriver({ base: './sessions' }) }))
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export function unstorageStore(
  storage: UnstorageLike,
  { base = BASE, ...options }: UnstorageStoreOptions = {},
): Store {
  const isOne = (['getItem', 'setItem', 'removeItem'] as const).every(
    (verb) => typeof storage?.[verb] === 'function',
  )
  if (!isOne) {
    throw new SessionError(
      'bad-option',
      'unstorageStore needs a storage, not a driver alone: write unstorageStore(createStorage({ driver })).',
    )
  }
  const keyOf = (id: string) => (base === '' ? id : `${base}:${id}`)
  const drawer = {
    get: (id: string) => storage.getItem(keyOf(id)),
    set: (id: string, record: object, ttl: number) => storage.setItem(keyOf(id), record, { ttl }),
    delete: (id: string) => storage.removeItem(keyOf(id)),
  }
  return new BridgeStore(drawer, CAVEAT, options)
}
