// What one request means for its stored session: decided once, when it is settled, as plain data.
import { type Changes, changesOf } from './changes.ts'
import { boundsToKeep, type KeepingBounds, lookAt, TOMBSTONE_SECONDS } from './keeping.ts'
import type { SessionRecord } from './record.ts'
import { hasDone, type SessionState } from './session-state.ts'
import { isEmpty } from './settling.ts'
import type { CreateTerms, Patch, SessionLimit, StoredSession } from './store.ts'
import type { StoredFound, StoreParts } from './store-opening.ts'
import { fieldEndsOf, OWN, renewedAtOf } from './stored.ts'

/** Done in this order; each part is one command to the store. */
export interface StorePlan {
  /** What it was made of, to be made again on what others have changed meanwhile. */
  readonly request: PlanRequest
  readonly state: SessionState
  readonly loaded: StoredFound
  readonly second: number
  /** The session that was logged out. */
  readonly end: string | null
  readonly create: Creation | null
  /** Also what is left to do where somebody else has renewed the id. */
  readonly patch: { readonly id: string; readonly patch: Patch } | null
  readonly touch: string | null
  /** Whether the id is renewed because it is time, and nobody asked for it. */
  readonly isTimed: boolean
  /** Whether the login that this is may begin a session although the one before is over. */
  readonly isLogin: boolean
}

/** A session that begins. */
export interface Creation {
  readonly session: StoredSession
  readonly terms: CreateTerms
}

export interface PlanRequest {
  readonly state: SessionState
  readonly loaded: StoredFound
  /** The second of the user's activity, or null in the background. */
  readonly seenAt: number | null
  readonly second: number
  readonly isTimed: boolean
  /** How long the old id works on after a renewal, in seconds. */
  readonly grace: number
  readonly limit: SessionLimit | undefined
  readonly isTouchDue: boolean
}

/** Whether the session that came was ended in this request. */
export const isEnded = (state: SessionState, { stored, isNew }: StoredFound): boolean =>
  stored !== null && (isNew || hasDone(state, 'cleared'))

/** @throws SessionError `not-serializable`, naming where. */
export function planOf(request: PlanRequest, parts: StoreParts): StorePlan {
  const { state, loaded, second, isTimed } = request
  const { record, stored, cookieId } = loaded
  const isOver = isEnded(state, loaded)
  const before = isOver ? null : stored
  const isRenewed = before !== null && record.id !== cookieId
  const isLogin = hasDone(state, 'authenticated') && record.terms?.subject != null
  const renewedAt = isRenewed ? second : before && renewedAtOf(before)
  const begun = renewedAt === null || renewedAt === record.createdAt ? null : renewedAt
  const changes = changesOf({ ...loaded, stored: before }, state, begun, second, parts)
  const bounds = boundsToKeep(record, parts)
  const isBegun = before === null && !isEmpty(record)
  return {
    request,
    state,
    loaded,
    second,
    end: isOver && stored !== null ? stored.id : emptied(request),
    create:
      isBegun || isRenewed ? creation(request, parts, { changes, bounds, before, isLogin }) : null,
    patch: before === null ? null : patchOf(request, parts, changes, bounds, before),
    touch: before !== null && request.isTouchDue ? before.id : null,
    isTimed,
    isLogin,
  }
}

/** What was over and left something, of which this request has kept nothing. */
const emptied = ({ state, loaded: { outlived, record } }: PlanRequest): string | null =>
  state.modified && isEmpty(record) ? outlived : null

interface Written {
  readonly changes: Changes
  readonly bounds: KeepingBounds
  readonly before: StoredSession | null
  readonly isLogin: boolean
}

function creation(
  { loaded: { record }, state, second, seenAt, grace, limit }: PlanRequest,
  parts: StoreParts,
  { changes, bounds, before, isLogin }: Written,
): Creation {
  const isProven = isLogin || hasDone(state, 'unlocked')
  const session: StoredSession = {
    id: parts.ids.ids.storedId(record.id ?? ''),
    subject: record.terms?.subject ?? null,
    createdAt: record.createdAt,
    seenAt: seenAt ?? record.seenAt,
    ...bounds,
    checkAt: checkAtOf(record, changes.set, second, parts),
    fields: before === null ? changes.set : withToken(changes.set, bounds, before),
    fieldEnds: fieldEndsOf(record, (before && record.changed) ?? record.fields.keys()),
  }
  const from = before && {
    id: before.id,
    reason: 'renewed' as const,
    keep: Math.max(TOMBSTONE_SECONDS, grace),
    deleted: changes.deleted,
    expect: expectToken(changes.expect, before),
    // Who authenticates leaves no way from the id before, which others may know.
    until: isProven ? null : second + grace,
  }
  return { session, terms: { from: from ?? undefined, limit } }
}

function patchOf(
  { loaded: { record }, seenAt, second }: PlanRequest,
  parts: StoreParts,
  { set, deleted, expect }: Changes,
  bounds: KeepingBounds,
  before: StoredSession,
): StorePlan['patch'] {
  const isSame = isSameBounds(bounds, before)
  if (set.size === 0 && deleted.length === 0 && isSame) return null
  const checkAt = checkAtOf(record, set, second, parts)
  const patch: Patch = {
    set: withToken(set, bounds, before),
    deleted,
    expect: isSame ? orNothing(expect) : expectToken(expect, before),
    fieldEnds: fieldEndsOf(record, record.changed ?? []),
    seenAt: seenAt ?? undefined,
    bounds: isSame ? undefined : bounds,
    checkAt: checkAt > 0 && checkAt !== before.checkAt ? checkAt : undefined,
  }
  return { id: before.id, patch }
}

const isSameBounds = (one: KeepingBounds, other: KeepingBounds): boolean =>
  one.idle === other.idle && one.endsAt === other.endsAt && one.throttle === other.throttle

/** Bounds are made of all that holds for a session, so whoever writes some must have seen the last ones. */
function withToken(
  set: ReadonlyMap<string, string>,
  bounds: KeepingBounds,
  before: StoredSession,
): ReadonlyMap<string, string> {
  if (isSameBounds(bounds, before)) return set
  return new Map(set).set(OWN.bounds, `${bounds.idle},${bounds.endsAt},${bounds.throttle}`)
}

const expectToken = (
  expect: Changes['expect'],
  before: StoredSession,
): ReadonlyMap<string, string | null> =>
  new Map(expect).set(OWN.bounds, before.fields.get(OWN.bounds) ?? null)

const orNothing = (expect: Changes['expect']): Changes['expect'] | undefined =>
  expect.size === 0 ? undefined : expect

/** When the sweep must look: at once where something waits for it. */
function checkAtOf(
  record: SessionRecord,
  set: ReadonlyMap<string, string>,
  second: number,
  parts: StoreParts,
): number {
  for (const name of set.keys()) if (name.startsWith(OWN.over)) return second
  return lookAt(record, parts, second)
}
