// How long a session may live, as stated: lifetimes, and the limits that are made of them.
import { type Duration, toSeconds } from './duration.ts'
import { SessionError } from './errors.ts'
import { isPlain } from './plain.ts'
import type { Bounds } from './record.ts'

/** Epoch seconds, fractions allowed: `() => Date.now() / 1000`. */
export type Clock = () => number

/** How long a session may live. Every limit is optional; the earliest deadline decides. */
export interface Lifetime {
  /** Ends the session after this long without the user's activity. @default 30 minutes */
  readonly idle?: Duration | undefined
  /** Ends it this long after it began, whatever happens. @default 12 hours */
  readonly absolute?: Duration | undefined
  /** The cookie of a new session outlives the browser. @default false */
  readonly permanent?: boolean | undefined
  /** Renews the id this often. Needs a store; refused where the cookie carries the session. */
  readonly renewal?: Duration | undefined
}

/** OWASP's upper figure for low-risk idling, and half a day's work. */
export const DEFAULT_LIFETIME: Lifetime = Object.freeze({
  idle: Object.freeze({ minutes: 30 }),
  absolute: Object.freeze({ hours: 12 }),
  permanent: false,
})

export type ClockName = 'idle' | 'absolute'
export const CLOCKS = ['idle', 'absolute'] as const satisfies readonly ClockName[]

/**
 * Where a limit comes from: the application's lifetime, its grant to permanent sessions, the session
 * itself (`limit`), or the lifetime that held when the cookie was signed.
 */
export type LimitSource = 'lifetime' | 'grant' | 'session' | 'signed'

/** One limit, ready to judge by. Seconds are whole; `exact` keeps the fraction for `Expires`. */
export interface Limit {
  readonly clock: ClockName
  readonly seconds: number
  readonly exact: number
  /** The most seconds that activity may go unwritten; added, so that nobody is cut off early. */
  readonly allowance: number
  readonly source: LimitSource
  /** The epoch second from which it counts, where that is not the session's own start. */
  readonly from: number | null
  /** Whether the session is locked at this limit, and not ended. */
  readonly locks: boolean
}

/** How limits are made of a lifetime. */
export interface LimitRules {
  /** Whether sliding skips writes, so that idle has an allowance. @default true */
  readonly throttled?: boolean
  /** Flask's rule: also limits below a second, under which cookies are born dead. @default false */
  readonly anyLength?: boolean
  /** Whether a session is locked when it idles out. @default false */
  readonly locks?: boolean
  /** Whether an id can be renewed, as it can in a store. @default false */
  readonly renews?: boolean
  /** @default 'lifetime' */
  readonly source?: LimitSource
  /** What the messages call it. @default 'lifetime' */
  readonly name?: string
}

/** Three thousand years. */
const LONGEST = 1e11
/** Reading is written down when this share of the idle limit has gone by, or these seconds. */
const THROTTLE = { share: 10, most: 60 }

/**
 * The limits of a lifetime, ready to judge by.
 *
 * @throws SessionError `bad-lifetime` for a limit below a second, an absolute one below idle, one that
 * locks without an absolute end, and `renewal`, which no cookie can keep.
 */
export function toLimits(lifetime: Lifetime, rules: LimitRules = {}): readonly Limit[] {
  const name = rules.name ?? 'lifetime'
  demandParts(lifetime, name, PARTS)
  const limits: Limit[] = []
  for (const clock of CLOCKS) {
    const duration = lifetime[clock]
    if (duration === undefined) continue
    const limit = toLimit(clock, toSeconds(duration, `${name}.${clock}`), rules)
    if (!rules.anyLength && limit.seconds < 1) {
      fail(`${name}.${clock} must be a second or more; leave it out to have no such limit.`)
    }
    if (!rules.anyLength && limit.seconds > LONGEST) {
      fail(`${name}.${clock} is longer than anybody lives; leave it out to have no such limit.`)
    }
    limits.push(limit)
  }
  const [idle, absolute] = limits
  if (idle && absolute && absolute.seconds < idle.seconds) {
    fail(`${name}.absolute is shorter than ${name}.idle: lengthen absolute, or leave idle out.`)
  }
  if (rules.locks && idle?.clock === 'idle' && absolute === undefined) {
    fail(`idleAction 'lock' needs an end: write absolute: { hours: 12 } beside ${name}.idle.`)
  }
  if (lifetime.renewal !== undefined && rules.renews) {
    if (toSeconds(lifetime.renewal, `${name}.renewal`) < 1)
      fail(`${name}.renewal must be a second or more.`)
  } else if (lifetime.renewal !== undefined) {
    fail(
      `${name}.renewal needs a store: a cookie that carries the session stays good until its deadline, so that a new id ends nothing. Leave it out.`,
    )
  }
  return limits
}

/** One limit of so many seconds; the fraction is cut off toward zero, as Flask does. */
export function toLimit(
  clock: ClockName,
  exact: number,
  { throttled = true, locks = false, source = 'lifetime' }: LimitRules = {},
  from: number | null = null,
): Limit {
  const seconds = Math.trunc(exact)
  const allowance = throttled && clock === 'idle' ? allowanceOf(seconds) : 0
  return { clock, seconds, exact, allowance, source, from, locks: locks && clock === 'idle' }
}

/** The most seconds that activity may go unwritten under an idle limit, where writing is throttled. */
export const allowanceOf = (idle: number): number =>
  Math.max(0, Math.min(THROTTLE.most, Math.floor(idle / THROTTLE.share)) - 1)

/** The shortest of each clock, allowance included; 0 where there is none. */
export function boundsOf(limits: readonly Limit[]): Bounds {
  const shortest = (clock: ClockName) =>
    limits
      .filter((limit) => limit.clock === clock)
      .map(({ seconds, allowance }) => seconds + allowance)
      .reduce(shorterOf, 0)
  return { idle: shortest('idle'), absolute: shortest('absolute') }
}

/** The shorter of two limits in seconds, of which 0 is none. */
export const shorterOf = (one: number, other: number): number =>
  Math.min(one || other, other || one)

/** The shorter of each clock. */
export const stricterOf = (one: Bounds, other: Bounds): Bounds => ({
  idle: shorterOf(one.idle, other.idle),
  absolute: shorterOf(one.absolute, other.absolute),
})

/**
 * The strictest of several lifetimes, clock by clock: for someone with several roles. Permanent only
 * if all are. An idle limit that the absolute one cuts short is as long as that.
 *
 * @throws SessionError `bad-lifetime` where there is none: that would be no limit at all.
 */
export function strictest(...lifetimes: readonly Lifetime[]): Lifetime {
  if (lifetimes.length === 0) {
    fail(
      'strictest has no lifetime: name one for who has no role, as in strictest(usual, ...ofRoles).',
    )
  }
  const shortest = (clock: ClockName | 'renewal') =>
    lifetimes.map((lifetime) => lifetime[clock]).reduce(shorter, undefined)
  const absolute = shortest('absolute')
  const idle = shortest('idle')
  return {
    idle: idle && shorter(idle, absolute),
    absolute,
    renewal: shortest('renewal'),
    permanent: lifetimes.every(({ permanent }) => permanent),
  }
}

function shorter(one: Duration | undefined, other: Duration | undefined): Duration | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return toSeconds(other) < toSeconds(one) ? other : one
}

/** A lifetime under a grant: each of its clocks as long as the longer of the two. */
export function lengthen(lifetime: Lifetime, grant: Lifetime): Lifetime {
  const longer = (clock: ClockName) => {
    const [given, granted] = [lifetime[clock], grant[clock]]
    if (given === undefined || granted === undefined) return given
    return toSeconds(given) < toSeconds(granted) ? granted : given
  }
  return { ...lifetime, idle: longer('idle'), absolute: longer('absolute') }
}

const PARTS = [...CLOCKS, 'permanent', 'renewal']

/** @throws SessionError `bad-lifetime` for a misspelt part, which would pass for a missing limit. */
export function demandParts(given: unknown, name: string, parts: readonly string[]): void {
  if (!isPlain(given)) fail(`${name} must be an object such as { absolute: { minutes: 5 } }.`)
  const stray = Object.keys(given).find((part) => !parts.includes(part))
  if (stray !== undefined) fail(`${name} has the part '${stray}'; known are ${parts.join(', ')}.`)
}

function fail(message: string): never {
  throw new SessionError('bad-lifetime', message)
}
