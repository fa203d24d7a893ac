// The session before: ended, with what it hands on to the next.
import { SessionError } from './errors.ts'
import { isWithin } from './judgement.ts'
import { TOMBSTONE_SECONDS } from './keeping.ts'
import { after } from './later.ts'
import { hasDone } from './session-state.ts'
import type { Awaitable, Ending, StoredSession, Tombstone } from './store.ts'
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

/** Ends the session before. Answers what begins after it. */
export function leave(plan: StorePlan, parts: StoreParts): Awaitable<Creation | null> {
  const { end, create, second, isLogin } = plan
  const { store, fields } = parts
  if (end !== null) {
    const ending = isLogin ? LEFT : LOGOUT
    return create && fields.keptKeys.length > 0
      ? handOn(plan, create, ending, end, parts, MOST_TRIES)
      : after(endForGood(store, end, ending, second), () => create)
  }
  return create
}

/**
 * Ends a session that was over, once the next has begun, and leads from it to that one for as long as after a
 * renewal; a login leaves no way. Answers what stands there instead, where another request was quicker.
 */
export function leaveOver(
  { loaded, second, isLogin, state, request: { grace } }: StorePlan,
  outlived: string,
  next: string,
  { store }: StoreParts,
): Awaitable<Tombstone | null> {
  const { reason = 'idle', at: overAt = null } = loaded.ended ?? {}
  const at = overAt ?? second
  const over = { reason, keep: Math.max(TOMBSTONE_SECONDS, grace) + second - at }
  if (state.deeds !== null) {
    return after(endForGood(store, outlived, isLogin ? LEFT : over, second), () => null)
  }
  const leading = { ...over, next, until: second + grace }
  return after(store.end(outlived, leading, at), (ended) =>
    ended.state === 'ended' ? ended : null,
  )
}

/** Whether the request itself has ended the session that came. */
export const isLogout = ({ end, state }: StorePlan): boolean =>
  end !== null && (hasDone(state, 'destroyed') || hasDone(state, 'cleared'))

/** Whether a session goes on under another id, without anybody having proven anything. */
export const isRenewal = ({ create, state, isLogin }: StorePlan): boolean =>
  create?.terms.from !== undefined && !isLogin && !hasDone(state, 'unlocked')

/** Whether somebody has logged in over the session a moment ago: the browser has, or gets, a newer cookie. */
export const isLeft = ({ loaded, state, second, request: { grace } }: StorePlan): boolean =>
  state.deeds === null &&
  loaded.ended?.reason === LEFT.reason &&
  isWithin(loaded.ended.at ?? 0, grace, second)

/** Ends a session that hands something on: what others have written last, up to its end. */
function handOn(
  plan: StorePlan,
  create: Creation,
  ending: Ending,
  id: string,
  parts: StoreParts,
  tries: number,
): Awaitable<Creation> {
  demandTries(tries)
  const { store } = parts
  const again = (next: string) => handOn(plan, create, ending, next, parts, tries - 1)
  return after(store.read(id, plan.second, false), (reading) => {
    if (reading.state === 'ended' && reading.next !== null) return again(reading.next)
    if (reading.state !== 'live') return create
    const { session } = reading
    const expect = keptTexts(session, parts)
    return after(store.end(id, { ...ending, expect }, plan.second), (ended) => {
      const isOther = ended.state === 'conflict' || (ended.state === 'ended' && ended.next !== null)
      return isOther ? again(id) : handed(plan, create, session, parts)
    })
  })
}

/** What is handed on where the session before is ended only when the next has begun. */
export function carried(plan: StorePlan, create: Creation, parts: StoreParts): Awaitable<Creation> {
  const { end, second, loaded, state } = plan
  const before = end ?? (state.deeds === null ? null : loaded.outlived)
  if (before === null || parts.fields.keptKeys.length === 0) return create
  return after(findLast(before, second, parts), (session) =>
    session === null ? create : handed(plan, create, session, parts),
  )
}

/** The session as it goes on. */
function findLast(
  id: string,
  second: number,
  parts: StoreParts,
  tries = MOST_TRIES,
): Awaitable<StoredSession | null> {
  demandTries(tries)
  return after(parts.store.read(id, second, false), (reading) => {
    if (reading.state === 'live') return reading.session
    const next = reading.state === 'ended' ? reading.next : null
    return next === null ? null : findLast(next, second, parts, tries - 1)
  })
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
