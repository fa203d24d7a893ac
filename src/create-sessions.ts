// The way in: the manager with its default format, and the check of its policy.

import { SessionError } from './core/errors.ts'
import { createManager } from './core/manager.ts'
import type { SessionOptions, Sessions } from './core/sessions.ts'
import type { Store } from './core/store.ts'
import { StoreManager } from './core/store-manager.ts'
import { FINDS_NOBODY } from './core/store-parts.ts'
import { jsonValues } from './formats/json-values.ts'
import { sealed } from './formats/sealed.ts'
import { checkPolicy, type PolicyFinding } from './policy/check.ts'
import type { PresetName } from './policy/presets.ts'
import { bounded } from './stores/parts/bounded.ts'

/** Sessions whose policy can be held against a standard. */
export interface CheckedSessions<Data extends object = Record<string, unknown>>
  extends Sessions<Data> {
  /**
   * Where the policy is laxer than a standard: in which clock, by how much, against which clause;
   * empty where it meets it.
   *
   * @throws SessionError `bad-option` for an unknown name, and for a policy whose lifetimes are a
   * function that does not state them: use `byRole`.
   */
  check(name: PresetName): readonly PolicyFinding[]
}

/**
 * Sessions by one policy. Without a store and a format the cookie itself carries the session, sealed.
 *
 * @throws SessionError for whatever in the options would not work, with what to write instead.
 */
export function createSessions<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data>,
): CheckedSessions<Data> {
  // Whoever hands in nothing is told of the secret key.
  const sessions = createUnchecked<Data>(Object(options))
  return Object.assign(sessions, {
    check: (name: PresetName) => checkPolicy(sessions.policy, name),
  })
}

function createUnchecked<Data extends object>(options: SessionOptions<Data>): Sessions<Data> {
  const { store, format, notBefore, maxSessions, storeTimeout: timeout } = options
  if (notBefore !== undefined) demandStore(Object(notBefore).store, 'notBefore.store')
  if (store === undefined) {
    if (maxSessions !== undefined) throw new SessionError('no-store', FINDS_NOBODY)
    // What is kept is the instant of a subject, which is asked for before there is one.
    const bounds = { timeout, keepsSessions: false }
    const guarded = notBefore && { ...notBefore, store: bounded(notBefore.store, bounds) }
    return createManager<Data>({ ...options, notBefore: guarded, format: format ?? sealed() })
  }
  if (format !== undefined || notBefore !== undefined) {
    throw new SessionError(
      'bad-option',
      'With a store the cookie carries an id alone: leave out format and notBefore.',
    )
  }
  demandStore(store, 'store')
  return new StoreManager<Data>(options, bounded(store, { timeout }), store.values ?? jsonValues)
}

const VERBS = ['create', 'read', 'patch', 'touch', 'end'] satisfies (keyof Store)[]

/** @throws SessionError `bad-option` for what would fail at the first request. */
function demandStore(store: unknown, name: string): void {
  if (VERBS.every((verb) => typeof Object(store)[verb] === 'function')) return
  const came = store == null ? store : Object(store).constructor?.name
  throw new SessionError(
    'bad-option',
    `${name} must be a store, but got ${came}: write memoryStore() with its parentheses, redisStore(client), or await the promise.`,
  )
}
