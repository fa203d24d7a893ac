// The way in: the manager with its default format, and the check of its policy.

import { SessionError } from './core/errors.ts'
import { createManager } from './core/manager.ts'
import type { SessionOptions, Sessions } from './core/sessions.ts'
import { StoreManager } from './core/store-manager.ts'
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
  const sessions = createUnchecked(options)
  return Object.assign(sessions, {
    check: (name: PresetName) => checkPolicy(sessions.policy, name),
  })
}

function createUnchecked<Data extends object>(options: SessionOptions<Data>): Sessions<Data> {
  const { store, format, notBefore, storeTimeout: timeout } = options
  if (store === undefined) {
    // The instant of a subject is asked for before there is one.
    const bounds = { timeout, remembersUnknown: false }
    const guarded = notBefore && { ...notBefore, store: bounded(notBefore.store, bounds) }
    return createManager<Data>({ ...options, notBefore: guarded, format: format ?? sealed() })
  }
  if (format !== undefined || notBefore !== undefined) {
    throw new SessionError(
      'bad-option',
      'With a store the cookie carries an id alone: leave out format and notBefore.',
    )
  }
  return new StoreManager<Data>(options, bounded(store, { timeout }), store.values ?? jsonValues)
}
