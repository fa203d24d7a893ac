// A bridge to any store that was written for express-session.
import { SessionError } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { type BridgeOptions, BridgeStore, type Drawer } from './parts/bridge.ts'

type Answer<Value> = (error?: unknown, value?: Value) => void

/** What is used of a store for express-session. */
export interface ExpressSessionStore {
  get(id: string, callback: (error?: unknown, session?: object | null) => void): unknown
  set(id: string, session: object, callback: (error?: unknown) => void): unknown
  destroy(id: string, callback: (error?: unknown) => void): unknown
}

export type ExpressSessionStoreOptions = BridgeOptions

const CAVEAT =
  'A store of express-session can only overwrite: between two processes a change can be lost and a slow request can revive a session that was ended, and nobody can be logged out everywhere.'

/**
 * Keeps sessions in a store of express-session, each as one object with a `cookie` by which the store
 * tells how long it is needed. The stores of memory, SQLite, Redis and PostgreSQL promise more.
 *
 * @example
 * expressSessionStore(new MongoStore({ client }))
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export function expressSessionStore(
  store: ExpressSessionStore,
  options: ExpressSessionStoreOptions = {},
): Store {
  const isOne = (['get', 'set', 'destroy'] as const).every(
    (verb) => typeof store?.[verb] === 'function',
  )
  if (!isOne) {
    throw new SessionError(
      'bad-option',
      'expressSessionStore needs a store with get, set and destroy: write expressSessionStore(new MongoStore({ client })), with the store itself and not its class.',
    )
  }
  return new BridgeStore(drawerOf(store), CAVEAT, options)
}

function drawerOf(store: ExpressSessionStore): Drawer {
  return {
    async get(id) {
      const kept = await ask<object | null>((answer) => store.get(id, answer))
      return Object(kept).sojourn
    },
    set: (id, sojourn, seconds) =>
      ask((answer) => store.set(id, { cookie: cookieOf(seconds), sojourn }, answer)),
    delete: (id) => ask((answer) => store.destroy(id, answer)),
  }
}

/** By one of these every store tells when a session may go. */
function cookieOf(seconds: number): object {
  const maxAge = seconds * 1000
  const expires = new Date(Date.now() + maxAge)
  return { originalMaxAge: maxAge, maxAge, expires, httpOnly: true, path: '/' }
}

function ask<Value>(call: (answer: Answer<Value>) => unknown): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const answered = call((error, value) => {
      // Where a file is missing, so is its session.
      if (error && Object(error).code !== 'ENOENT') reject(error)
      else resolve(value)
    })
    Promise.resolve(answered).catch(reject)
  })
}
