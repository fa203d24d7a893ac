// The one judgement of time: is a session alive, until when, and which clock says so. Nothing else
// compares moments.
import { type ClockName, type Limit, stricterOf } from './lifetime.ts'
import type { OwnBounds } from './record.ts'
import type { Keeping } from './store.ts'

/** The two instants from which the clocks run, in epoch seconds. */
export interface Moments {
  readonly createdAt: number
  readonly seenAt: number
}

/** Live until `endsAt` (null: no limit), or ended at it, and which clock says so. */
export interface Judgement {
  readonly live: boolean
  /** Idled out within its absolute limit, where idle locks: alive, and closed until it is unlocked. */
  readonly locked: boolean
  /** The last second in which the session lives or lived; while not locked, also of its openness. */
  readonly endsAt: number | null
  readonly because: ClockName | 'future' | null
}

/** A judgement with its reasons: every clock, its start and end, and which one decides. */
export interface Explanation extends Judgement {
  readonly now: number
  readonly clocks: readonly (Limit & { readonly startedAt: number; readonly endsAt: number })[]
}

const FUTURE: Judgement = Object.freeze({
  live: false,
  locked: false,
  endsAt: null,
  because: 'future',
})

/**
 * Whether a session lives at `now`, until when, and which clock decides. An age equal to its limit
 * is still live; a session seen in the future is not (Flask's rule, without tolerance).
 */
export function judge(moments: Moments, limits: readonly Limit[], now: number): Judgement {
  const second = Math.floor(now)
  if (moments.seenAt > second) return FUTURE
  let end = NEVER
  let because: ClockName | null = null
  let lock = NEVER
  for (const limit of limits) {
    const at = endOf(moments, limit)
    if (limit.locks) lock = Math.min(lock, at)
    // Of two deadlines in one second the idle clock is named.
    else if (at < end || (at === end && limit.clock === 'idle')) {
      end = at
      because = limit.clock
    }
  }
  const live = second <= end
  const locked = live && second > lock
  if (live && !locked && lock <= end && lock < NEVER) {
    return { live, locked, endsAt: lock, because: 'idle' }
  }
  return { live, locked, endsAt: because === null ? null : end, because }
}

const NEVER = Number.POSITIVE_INFINITY

/** The judgement with every clock beside it. */
export function explain(moments: Moments, limits: readonly Limit[], now: number): Explanation {
  const clocks = limits.map((limit) => ({
    ...limit,
    startedAt: startOf(moments, limit),
    endsAt: endOf(moments, limit),
  }))
  return { ...judge(moments, limits, now), now: Math.floor(now), clocks }
}

/** Whether the idle clock has fallen so far behind that a read must be written down. */
export function isSlideDue(moments: Moments, limits: readonly Limit[], now: number): boolean {
  const behind = Math.floor(now) - moments.seenAt
  for (const { clock, source, allowance } of limits) {
    if (clock === 'idle' && source !== 'signed' && behind > allowance) return true
  }
  return false
}

/** When the cookie of a permanent session expires: its deadline, counted from this activity. */
export function expiryOf(
  createdAt: number,
  limits: readonly Limit[],
  now: number,
  longest = LONGEST_COOKIE,
  kept: number | null = null,
): number {
  let expires = now + longest
  for (const limit of limits) {
    // A locked session outlives its idle limit, and one signed anew what it was signed under.
    if (limit.locks || limit.source === 'signed') continue
    const start = limit.clock === 'idle' ? now : (limit.from ?? createdAt)
    expires = Math.min(expires, start + limit.exact + limit.allowance)
  }
  // What outlives the session comes back in the same cookie.
  const most = Math.min(kept === null ? expires : Math.max(expires, kept), now + longest)
  return Math.floor(most > LAST_SECOND ? now + LONGEST_COOKIE : most)
}

/** The end of the year 9999, after which no date can be written; Python's calendar ends there too. */
export const LAST_SECOND = 253_402_300_799
/** 400 days: what browsers cut a cookie's age to (RFC 6265bis, 5.5). */
export const LONGEST_COOKIE = 34_560_000

/** A limit that came after the last activity counts from when it came. */
const startOf = ({ createdAt, seenAt }: Moments, { clock, from }: Limit): number =>
  clock === 'idle' ? Math.max(seenAt, from ?? 0) : (from ?? createdAt)

const endOf = (moments: Moments, limit: Limit): number =>
  startOf(moments, limit) + limit.seconds + limit.allowance

/** Whether something proven at one moment is, at another, at most so many seconds old. */
export const isWithin = (provenAt: number, seconds: number, now: number): boolean =>
  provenAt <= now && Math.floor(now) - provenAt <= seconds

/**
 * The last second of a value that was set at `from`, in a session last seen at `seenAt`, under limits
 * of which 0 is none.
 */
export function endOfValue(seenAt: number, from: number, idle: number, absolute: number): number {
  const idleEnd = idle === 0 ? NEVER : Math.max(seenAt, from) + idle
  return absolute === 0 ? idleEnd : Math.min(idleEnd, from + absolute)
}

/** The latest of some proofs that is no later than a moment; null for none. */
export function latestProof(proofs: Iterable<number>, moment: number): number | null {
  let latest: number | null = null
  for (const provenAt of proofs) {
    if (provenAt <= moment && (latest === null || provenAt > latest)) latest = provenAt
  }
  return latest
}

/** Whether a moment is yet to come. */
export const isAhead = (moment: number, now: number): boolean => moment > Math.floor(now)

/** Whether a deadline has gone by. */
export const isPast = (endsAt: number, now: number): boolean => Math.floor(now) > endsAt

/** Whether something read from outside can be the start of a session last seen at that second. */
export const isStart = (value: unknown, seenAt: number): value is number =>
  isSecond(value) && value <= seenAt

/** Whether something read from outside is an epoch second, or a number of seconds. */
export const isSecond = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** The strictest of two bounds of a session's own, clock by clock. */
export function strictestOwn(one: OwnBounds | null, other: OwnBounds): OwnBounds {
  if (one === null) return other
  const { idle, absolute } = stricterOf(one, other)
  const ends = [one, other].filter((own) => own.absolute > 0).map((own) => own.from + own.absolute)
  // The shorter limit and the earlier end, both: a login starts the limit anew.
  return { idle, absolute, from: ends.length === 0 ? other.from : Math.min(...ends) - absolute }
}

/** The last second in which a store keeps a session. */
export const keptUntil = ({ seenAt, idle, endsAt }: Keeping): number =>
  idle === 0 ? endsAt : Math.min(seenAt + idle, endsAt)

/** Which bound ends the keeping of a session. */
export const keptBy = (keeping: Keeping): 'idle' | 'absolute' =>
  keeping.idle === 0 || keptUntil(keeping) === keeping.endsAt ? 'absolute' : 'idle'

/** Whether a store keeps a session still: what is over is neither read nor changed. */
export const isKept = (keeping: Keeping, now: number): boolean => now <= keptUntil(keeping)

/** Whether a touch must be written, the last one being further behind than the throttle. */
export const isTouchDue = ({ seenAt, throttle }: Keeping, now: number): boolean =>
  now - seenAt > throttle
