// Sessions in a store for the tests of the command, and ids that look like those of people.
import { HASHED_IDS } from '../../src/core/ids.ts'
import type { FullStore, StoredSession } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { type Answer, NOW, runLater } from './run-command.ts'

/** An id as a cookie has it, always the same for a name. */
export const cookieId = (name: string): string => `0f${name.padEnd(43, '_')}`
export const storedId = (name: string): string => HASHED_IDS.storedId(cookieId(name))

/** Nothing of these may be printed unless it is asked for. */
export const VALUES = ['hunter2-secret', '4.99'] as const

export const session = (name: string, changes: Partial<StoredSession> = {}): StoredSession => ({
  id: storedId(name),
  subject: 'alice',
  createdAt: NOW - 3_600,
  seenAt: NOW - 60,
  idle: 1_859,
  endsAt: NOW - 3_600 + 43_200,
  throttle: 59,
  checkAt: 0,
  fields: new Map([
    ['note', `"${VALUES[0]}"`],
    ['price', VALUES[1]],
    ['@u', 'u1859,43200'],
  ]),
  ...changes,
})

/** One after the other into a store. */
export async function fill(
  store: FullStore,
  sessions: readonly StoredSession[],
): Promise<FullStore> {
  for (const one of sessions) await store.create(one, one.createdAt)
  return store
}

export const filled = (...sessions: readonly StoredSession[]): Promise<FullStore> =>
  fill(modelStore(), sessions)

/** Whose time is over. */
export const over = (name: string, changes: Partial<StoredSession> = {}): StoredSession =>
  session(name, { seenAt: NOW - 3_000, idle: 1_800, ...changes })

export const LOGOUT = { reason: 'logout', keep: 600 } as const
/** Where a store is, with a password that may not be printed either. */
export const NAMED = { SOJOURN_STORE: 'redis://:hunter2-password@localhost' }

export const askOf = (store: FullStore, ...args: string[]) =>
  runLater(['sessions', ...args], { env: NAMED, store })

export async function askJsonOf(store: FullStore, ...args: string[]): Promise<Answer> {
  const { code, out } = await askOf(store, ...args, '--json')
  return { code, ...(JSON.parse(out) as Record<string, unknown>) }
}
