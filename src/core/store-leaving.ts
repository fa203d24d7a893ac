// The session before: ended, with what it hands on to the next.
import { SessionError } from './errors.ts'
import { isWithin } from './judgement.ts'
import { TOMBSTONE_SECONDS } from './keeping.ts'
import { after } from './later.ts'
import type { EndReason } from './record.ts'
import { hasDone, type SessionState } from './session-state.ts'
import type { Awaitable, Ending, Reading, StoredSession, Tombstone } from './store.ts'
import { carriedFields, keptTexts } from './store-again.ts'
import { endForGood } from './store-end.ts'
import type { StoreParts } from './store-opening.ts'
import type { Creation, StorePlan } from './store-plan.ts'

const LOGOUT = { reason: 'logout', keep: TOMBSTONE_SECONDS } as const
/** Somebody else has logged in, in the same browser: its cookie is a newer one. */
export const LEFT = { reason: 'renewed', keep: TOMBSTONE_SECONDS } as const
/** How often one request gives way to others that change the same value, or renew the same id. */
export const MOST_TRIES = 256

/** @throws SessionError `store-unavailable` where none are left. */
export function demandTries(tries: number): void {
  if (tries > 0) return
  throw new SessionError(
    'store-unavailable',
    'The session was changed by others as often as this request tried to change it.',
  )
}

/** What begins after a session that was left; or why nothing does: somebody else has ended that. */
export interface Left {
  readonly create: Creation | null
  readonly gone: EndReason | null
}

/** Ends the session before. */
export function leave(plan: StorePlan, parts: StoreParts): Awaitable<Left> {
  const { end, create, second, isLogin } = plan
  if (end === null) return { create, gone: null }
  const ending = isLogin ? LEFT : LOGOUT
  return create === null
    ? after(endForGood(parts.store, end, ending, second), () => ({ create, gone: null }))
    : handOn({ plan, create, ending, parts }, end, MOST_TRIES)
}

/** Ends a session that was over, once somebody has logged in over it. */
export const leaveByLogin = (
  plan: StorePlan,
  create: Creation,
  outlived: string,
  parts: StoreParts,
): Awaitable<Left> => handOn({ plan, create, ending: LEFT, parts }, outlived, MOST_TRIES)

/**
 * Ends a session that was over, once the next has begun, and leads from it to that one for as long as after a
 * renewal; a logout leaves no way. Answers what stands there instead, where another request was quicker.
 */
export function leaveOver(
  { loaded, second, state, request: { grace } }: StorePlan,
  outlived: string,
  next: string | null,
  { store }: StoreParts,
): Awaitable<Tombstone | null> {
  const { reason = 'idle', at: overAt = null } = loaded.ended ?? {}
  const at = overAt ?? second
  const over = { reason, keep: Math.max(TOMBSTONE_SECONDS, grace) + second - at }
  if (!isPlain(state)) return after(endForGood(store, outlived, over, second), () => null)
  const leading = next === null ? over : { ...over, next, until: second + grace }
  return after(store.end(outlived, leading, at), (ended) =>
    ended.state === 'ended' ? ended : null,
  )
}

/** Whether nobody has logged in or out: a session that begins has a new id anyhow. */
const isPlain = ({ deeds }: SessionState): boolean =>
  deeds?.every(({ name }) => name === 'renewed') ?? true

/** Whether the request itself has ended the session that came. */
export const isLogout = ({ end, state }: StorePlan): boolean =>
  end !== null && (hasDone(state, 'destroyed') || hasDone(state, 'cleared'))

/** Whether a session goes on under another id, without anybody having proven anything. */
export const isRenewal = ({ create, state, isLogin }: StorePlan): boolean =>
  create?.terms.from !== undefined && !isLogin && !hasDone(state, 'unlocked')

/** Whether somebody has logged in over the session a moment ago: the browser has, or gets, a newer cookie. */
export const isLeft = ({ loaded, state, second, request: { grace } }: StorePlan): boolean =>
  isPlain(state) &&
  loaded.ended?.reason === LEFT.reason &&
  isWithin(loaded.ended.at ?? 0, grace, second)

interface Leaving {
  readonly plan: StorePlan
  readonly create: Creation
  readonly ending: Ending
  readonly parts: StoreParts
}

/** Ends a session, and hands on what others have written last, up to its end. */
function handOn(leaving: Leaving, id: string, tries: number): Awaitable<Left> {
  demandTries(tries)
  const { plan, create, ending, parts } = leaving
  const gone = ({ next, reason }: Tombstone) =>
    next === null ? lost(leaving, reason) : handOn(leaving, next, tries - 1)
  const end = (session: StoredSession | null) => {
    const expect = session === null ? undefined : keptTexts(session, parts)
    return after(parts.store.end(id, { ...ending, expect }, plan.second), (ended) => {
      if (ended.state === 'conflict') return handOn(leaving, id, tries - 1)
      if (ended.state === 'ended') return gone(ended)
      return {
        create: session === null ? create : handed(plan, create, session, parts),
        gone: null,
      }
    })
  }
  if (parts.fields.keptKeys.length === 0) return end(null)
  return after(parts.store.read(id, plan.second, false), (reading) => {
    if (reading.state === 'ended') return gone(reading)
    return reading.state === 'live' ? end(reading.session) : { create, gone: null }
  })
}

/** Of two that leave a session at once the first does. Who logs in over one that was ended begins without its data. */
function lost({ plan, create, parts }: Leaving, reason: EndReason): Left {
  if (reason === 'idle' || reason === 'absolute') return { create, gone: null }
  if (!plan.isLogin || reason === LEFT.reason) return { create: null, gone: reason }
  return {
    create: handed(plan, create, { ...create.session, fields: new Map() }, parts),
    gone: null,
  }
}

/** What begins where the session before is ended only then; nothing, where another login has left it already. */
export function carried(plan: StorePlan, create: Creation, parts: StoreParts): Awaitable<Left> {
  const { end, second, loaded, state, isLogin } = plan
  const before = end ?? (isPlain(state) ? null : loaded.outlived)
  const isAsked = isLogin || parts.fields.keptKeys.length > 0
  if (before === null || !isAsked) return { create, gone: null }
  return after(findLast(before, second, parts), (reading) => {
    if (reading.state === 'live') {
      return { create: handed(plan, create, reading.session, parts), gone: null }
    }
    const isLost = isLogin && reading.state === 'ended' && reading.reason === LEFT.reason
    return isLost ? { create: null, gone: LEFT.reason } : { create, gone: null }
  })
}

/** The session as it goes on. */
function findLast(
  id: string,
  second: number,
  parts: StoreParts,
  tries = MOST_TRIES,
): Awaitable<Reading> {
  demandTries(tries)
  return after(parts.store.read(id, second, false), (reading) =>
    reading.state === 'ended' && reading.next !== null
      ? findLast(reading.next, second, parts, tries - 1)
      : reading,
  )
}

function handed(
  plan: StorePlan,
  create: Creation,
  from: StoredSession,
  parts: StoreParts,
): Creation {
  const fields = carriedFields(plan, create.session.fields, from, parts)
  return { ...create, session: { ...create.session, fields } }
}
