// What settling asks of a session, wherever it is kept: what changed, whether it may be written, and when.
import { SessionError } from './errors.ts'
import { type Clock, stricterOf } from './lifetime.ts'
import type { Found } from './opening.ts'
import { isSame } from './policy.ts'
import type { SessionRecord, SignedBounds } from './record.ts'
import { noteChange } from './record-fields.ts'
import { type StandardSchema, validate } from './schema.ts'
import {
  activityOf,
  changedInside,
  hasDone,
  type SessionSource,
  type SessionState,
} from './session-state.ts'
import type { Settlement } from './sessions.ts'
import { withTerms } from './terms.ts'

export const UNTOUCHED: Settlement = Object.freeze({
  setCookie: null,
  vary: false,
  noStore: false,
  write: null,
  ended: null,
  problem: null,
})

/** Whether values were changed inside. They ride along with any save, also where they cause none. */
export function noticeChanges(
  state: SessionState,
  record: SessionRecord,
  nestedChanges: boolean,
): boolean {
  const inside = changedInside(state)
  for (const key of inside) {
    record.sources?.delete(key)
    noteChange(record, key)
    state.updates?.delete(key)
  }
  if (inside.length > 0 && nestedChanges) state.modified = true
  return inside.length > 0
}

/**
 * The time to be written down: now, or for what is not the user's activity the last one that was;
 * null where nothing may be written. In the background a logout ends, and begins nothing but what
 * outlives it.
 */
export function timeToWrite(
  state: SessionState,
  loaded: Found,
  source: SessionSource,
  clock: Clock,
): number | null {
  const { deeds, modified } = state
  // Whoever set the clock back meanwhile does not undo what was done.
  if (activityOf(state) === 'user') return Math.max(clock(), state.now)
  if (hasDone(state, 'destroyed')) {
    loaded.record = source.begin(state.now, loaded.record)
    state.deeds = (deeds ?? []).filter(({ name }) => name === 'destroyed')
    return state.now
  }
  const isMore = deeds?.some(({ name }) => name !== 'cleared') ?? false
  return modified && !loaded.isNew && !isMore ? loaded.record.seenAt : null
}

/** Of a request whose own session could not be fetched, or not be checked, nothing is written over it. */
export const detached = (): SessionError =>
  new SessionError(
    'store-unavailable',
    'The session was changed in a request whose own session the store could not be asked for.',
  )

/** Nothing in it and nobody's: such a session leaves the browser. */
export const isEmpty = ({ fields, terms }: SessionRecord): boolean =>
  fields.size === 0 && (terms === null || terms.subject === null)

/** Writes into the terms what the session is written under; answers whether that differs. */
export function restate(record: SessionRecord, limits: SignedBounds, isActivity: boolean): boolean {
  const bounds = isActivity ? limits : stricter(record, limits)
  const before = record.terms?.signed ?? null
  const isBound = bounds.idle + bounds.absolute > 0
  if (isBound ? before !== null && isSame(before, bounds) : before === null) return false
  record.terms = withTerms(record.terms, { signed: isBound ? bounds : null })
  return true
}

/** What is not the user's activity keeps what the session was written under, where that is stricter. */
function stricter({ terms }: SessionRecord, bounds: SignedBounds): SignedBounds {
  const signed = terms?.signed ?? null
  if (signed === null) return bounds
  return { ...stricterOf(signed, bounds), locks: signed.locks && bounds.locks }
}

/** @throws SessionError `invalid-data` */
export function demandFit(schema: StandardSchema | undefined, record: SessionRecord): void {
  const checked = schema && validate(schema, record.fields)
  if (checked && 'failed' in checked) {
    throw new SessionError(
      'invalid-data',
      `The session does not fit its schema at: ${checked.failed}.`,
    )
  }
}
