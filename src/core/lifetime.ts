// How long a session may live, and the one judgement of it. Nothing else compares times.
import { type Duration, toSeconds } from './duration.ts'
import { SessionError } from './errors.ts'

/** Epoch seconds, fractions allowed: `() => Date.now() / 1000`. */
export type Clock = () => number

/** How long a session may live. Every limit is optional; the earliest deadline decides. */
export interface Lifetime {
  /** Ends the session after this long without the user's activity. @default 30 minutes */
  readonly idle?: Duration
  /** Ends it this long after it began, whatever happens. @default 12 hours */
  readonly absolute?: Duration
  /** The cookie of a new session outlives the browser. @default false */
  readonly permanent?: boolean
}

/** OWASP's upper figure for low-risk idling, and half a day's work. */
export const DEFAULT_LIFETIME: Lifetime = Object.freeze({
  idle: Object.freeze({ minutes: 30 }),
  absolute: Object.freeze({ hours: 12 }),
  permanent: false,
})

export type ClockName = 'idle' | 'absolute'

/** One limit, ready to judge by. Seconds are whole; `exact` keeps the fraction for `Expires`. */
export interface Limit {
  readonly clock: ClockName
  readonly seconds: number
  readonly exact: number
  /** The most seconds that activity may go unwritten; added, so that nobody is cut off early. */
  readonly allowance: number
}

/**
 * The strictest of several lifetimes, clock by clock: for someone with several roles. Permanent only
 * if all are.
 */
export function strictest(...lifetimes: readonly Lifetime[]): Lifetime {
  const shortest = (clock: ClockName): Duration | undefined =>
    lifetimes
      .map((lifetime) => lifetime[clock])
      .filter((duration) => duration !== undefined)
      .reduce<Duration | undefined>(
        (least, duration) =>
          least !== undefined && toSeconds(least) <= toSeconds(duration) ? least : duration,
        undefined,
      )
  return {
    idle: shortest('idle'),
    absolute: shortest('absolute'),
    permanent: lifetimes.length > 0 && lifetimes.every(({ permanent }) => permanent),
  }
}

/** The two instants from which the clocks run, in epoch seconds. */
export interface Moments {
  readonly createdAt: number
  readonly seenAt: number
}

/** Live until `endsAt` (null: no limit), or ended at it, and which clock says so. */
export interface Judgement {
  readonly live: boolean
  /** The last second in which the session lives or lived. */
  readonly endsAt: number | null
  readonly because: ClockName | 'future' | null
}

/** A judgement with its reasons: every clock, its start and end, and which one decides. */
export interface Explanation extends Judgement {
  readonly now: number
  readonly clocks: readonly (Limit & { readonly startedAt: number; readonly endsAt: number })[]
}

/** Reading is written down when this share of the idle limit has gone by, or these seconds. */
const THROTTLE = { share: 10, most: 60 }

/**
 * The limits of a lifetime, ready to judge by.
 *
 * @param throttled whether sliding skips writes.
 * @param anyLength Flask's rule: also limits below a second, under which cookies are born dead.
 * @throws SessionError `bad-lifetime` for a limit below a second, or an absolute one below idle.
 */
export function toLimits(
  lifetime: Lifetime,
  throttled = true,
  anyLength = false,
): readonly Limit[] {
  const limits: Limit[] = []
  for (const clock of ['idle', 'absolute'] as const) {
    const duration = lifetime[clock]
    if (duration === undefined) continue
    const limit = toLimit(clock, toSeconds(duration, `lifetime.${clock}`), throttled)
    if (!anyLength && limit.seconds < 1) {
      throw new SessionError(
        'bad-lifetime',
        `lifetime.${clock} must be a second or more; leave it out to have no such limit.`,
      )
    }
    limits.push(limit)
  }
  const [idle, absolute] = limits
  if (idle && absolute && absolute.seconds < idle.seconds) {
    throw new SessionError(
      'bad-lifetime',
      'lifetime.absolute is shorter than lifetime.idle: lengthen absolute, or leave idle out.',
    )
  }
  return limits
}

/** One limit of so many seconds; the fraction is cut off toward zero, as Flask does. */
export function toLimit(clock: ClockName, exact: number, throttled: boolean): Limit {
  const seconds = Math.trunc(exact)
  const slow = throttled && clock === 'idle'
  const throttle = slow ? Math.min(THROTTLE.most, Math.floor(seconds / THROTTLE.share)) : 0
  const allowance = Math.max(0, throttle - 1)
  return { clock, seconds, exact, allowance }
}

/**
 * Whether a session lives at `now`, until when, and which clock decides. An age equal to its limit
 * is still live; a session seen in the future is not (Flask's rule, without tolerance).
 */
export function judge(moments: Moments, limits: readonly Limit[], now: number): Judgement {
  const second = Math.floor(now)
  let endsAt: number | null = null
  let because: ClockName | 'future' | null = null
  for (const limit of limits) {
    const end = endOf(moments, limit)
    if (endsAt === null || end < endsAt) {
      endsAt = end
      because = limit.clock
    }
  }
  if (moments.seenAt > second) return { live: false, endsAt: null, because: 'future' }
  return { live: endsAt === null || second <= endsAt, endsAt, because }
}

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
  const idle = limits.find((limit) => limit.clock === 'idle')
  return idle !== undefined && Math.floor(now) - moments.seenAt > idle.allowance
}

/** When the cookie of a permanent session expires: its deadline, counted from this activity. */
export function expiryOf(
  createdAt: number,
  limits: readonly Limit[],
  now: number,
  longest = LONGEST_COOKIE,
): number {
  let expires = now + longest
  for (const limit of limits) {
    const start = limit.clock === 'idle' ? now : createdAt
    expires = Math.min(expires, start + limit.exact + limit.allowance)
  }
  return Math.floor(expires)
}

/** 400 days: what browsers cut a cookie's age to (RFC 6265bis, 5.5). */
const LONGEST_COOKIE = 34_560_000

const startOf = (moments: Moments, limit: Limit): number =>
  limit.clock === 'idle' ? moments.seenAt : moments.createdAt

const endOf = (moments: Moments, limit: Limit): number =>
  startOf(moments, limit) + limit.seconds + limit.allowance

/** Whether something read from outside can be the start of a session last seen at that second. */
export const isStart = (value: unknown, seenAt: number): value is number =>
  isSecond(value) && value <= seenAt

/** Whether something read from outside is an epoch second. */
export const isSecond = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
