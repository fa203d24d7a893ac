// What a manager of stored sessions makes of its options, checked before the first request.

import { runtime } from '#runtime'
import type { Cookie } from './cookie.ts'
import { type Duration, toSeconds } from './duration.ts'
import { SessionError } from './errors.ts'
import { IdCookie } from './id-cookie.ts'
import { storedHash } from './ids.ts'
import { TOMBSTONE_SECONDS } from './keeping.ts'
import { toSecretKeys } from './keys.ts'
import type { Clock } from './lifetime.ts'
import { createParts, failureOf } from './parts.ts'
import { type PolicyFacts, View } from './roles.ts'
import { hasDone, type SessionState } from './session-state.ts'
import type { SessionOptions } from './sessions.ts'
import type { SessionLimit, Store, ValueCodec } from './store.ts'
import type { StoredFound, StoreParts } from './store-opening.ts'

/** @throws SessionError for what would not work, with what to write instead. */
export function createStoreParts<Data extends object>(
  options: SessionOptions<Data>,
  facts: PolicyFacts,
  clock: Clock,
  cookie: Cookie,
  { store, values }: { readonly store: Store; readonly values: ValueCodec },
): StoreParts {
  const { secretKey, secretKeyFallbacks } = options
  const hasKey = secretKey !== undefined && secretKey !== null
  const keys = hasKey ? toSecretKeys(secretKey, secretKeyFallbacks) : null
  const parts = createParts(options, facts, clock, {
    encodeValue: (value) => values.encode(value, '…'),
    permanentKey: null,
    cookie,
    throttled: true,
    anyLength: false,
    renews: true,
  })
  if (store.caveat !== undefined) runtime.warn(store.caveat)
  store.onEvicted?.(({ id, subject }) => {
    const told = { id: null, hash: storedHash(id), subject }
    parts.events.tell('evicted', clock(), told, {})
  })
  return {
    ...parts,
    store,
    ids: new IdCookie(store, keys),
    values,
    touchable: facts.idleAction === 'end' && parts.fields.keptKeys.length === 0,
    failure: failureOf(options),
  }
}

const RENEWAL_GRACE: Duration = Object.freeze({ seconds: 10 })

/** In seconds. @throws SessionError `bad-duration` */
export function graceOf({
  renewalGrace = RENEWAL_GRACE,
}: Pick<SessionOptions, 'renewalGrace'>): number {
  const seconds = toSeconds(renewalGrace, 'renewalGrace')
  if (seconds >= 0) return Math.ceil(seconds)
  throw new SessionError(
    'bad-duration',
    'renewalGrace must not be negative: write { seconds: 10 }.',
  )
}

/** Why a limit of sessions would hold nobody. */
export const FINDS_NOBODY =
  'maxSessions needs a store that finds the sessions of a subject: memory, SQLite, Redis or PostgreSQL.'

/** The limit that a login meets; undefined where there is none. */
export type LimitOf = (state: SessionState, loaded: StoredFound) => SessionLimit | undefined

/** @throws SessionError `bad-option` */
export function createLimit<Data extends object>(
  { maxSessions, maxSessionsAction: action = 'end-oldest' }: SessionOptions<Data>,
  { store, events }: StoreParts,
  clock: Clock,
): LimitOf {
  if (action !== 'end-oldest' && action !== 'refuse') {
    throw new SessionError('bad-option', "maxSessionsAction must be 'end-oldest' or 'refuse'.")
  }
  if (maxSessions === undefined) return () => undefined
  if (typeof maxSessions !== 'function') demandCount(maxSessions)
  if (!('endAll' in store)) {
    throw new SessionError('bad-option', FINDS_NOBODY)
  }
  const mostOf = ({ record }: StoredFound): number => {
    if (typeof maxSessions !== 'function') return maxSessions
    try {
      return demandCount(maxSessions(new View<Data>(record, record.permanent)))
    } catch (error) {
      events.emit('failed', { now: Math.floor(clock()), error })
      return 1
    }
  }
  return (state, loaded) =>
    hasDone(state, 'authenticated')
      ? { most: mostOf(loaded), action, reason: 'replaced', keep: TOMBSTONE_SECONDS }
      : undefined
}

function demandCount(most: unknown): number {
  if (Number.isSafeInteger(most) && Number(most) > 0) return Number(most)
  throw new SessionError(
    'bad-option',
    'maxSessions must be a whole number of 1 or more, or a function that answers one.',
  )
}
