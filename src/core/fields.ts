// The lifetimes of single keys: which are over, which outlive their session, what is kept of them.
import type { Duration } from './duration.ts'
import { SessionError } from './errors.ts'
import { endOfValue, isPast } from './judgement.ts'
import {
  boundsOf,
  CLOCKS,
  demandParts,
  type Lifetime,
  type LimitRules,
  toLimits,
} from './lifetime.ts'
import type { Bounds, FieldClock, OwnBounds, SessionRecord } from './record.ts'
import { NO_TERMS, withTerms } from './terms.ts'

/** How long the value of one key may live. The session's own end ends it too, unless it is kept. */
export interface FieldLifetime {
  /** Ends the value after this long without the user's activity in the session. @default no limit */
  readonly idle?: Duration | undefined
  /** Ends it this long after it was set. @default no limit */
  readonly absolute?: Duration | undefined
  /**
   * Outlives the session: after a logout, or its idle or absolute end, the next session begins with
   * it, if its own time is not over. Whoever uses the browser next sees it. @default false
   */
  readonly keepAfterLogout?: boolean | undefined
}

export interface FieldLifetimes {
  readonly [key: string]: FieldLifetime
}

/** A key whose time was over, and the last epoch second in which it lived. */
export interface Expired {
  readonly key: string
  readonly at: number
}

interface Rule extends Bounds {
  readonly kept: boolean
}

const NONE: Bounds = Object.freeze({ idle: 0, absolute: 0 })
const FREE: Rule = Object.freeze({ ...NONE, kept: false })
const PARTS = ['idle', 'absolute', 'keepAfterLogout']

export class FieldPolicy {
  readonly #rules: ReadonlyMap<string, Rule>
  /** The keys that have a limit. */
  readonly #limited: readonly string[]
  readonly #limitRules: LimitRules

  /** @throws SessionError `bad-lifetime`, `bad-duration` */
  constructor(fields: FieldLifetimes, { throttled = true, anyLength = false }: LimitRules) {
    this.#limitRules = { throttled, anyLength }
    this.#rules = new Map(
      Object.entries(fields).map(([key, field]) => [key, toRule(key, field, this.#limitRules)]),
    )
    this.#limited = [...this.#rules.keys()].filter((key) => isLimited(this.#ruleOf(key)))
  }

  /** Takes what is over out of the record, and answers what it was. */
  expire(record: SessionRecord, now: number): readonly Expired[] {
    const expired: Expired[] = []
    for (const key of this.#keysIn(record)) {
      const at = this.#endOf(record, key)
      if (isPast(at, now)) expired.push({ key, at })
    }
    for (const { key } of expired) remove(record, key)
    return expired
  }

  /**
   * Starts the clocks of a key that was set. The value keeps these limits: a configuration that is
   * shortened acts on it, one that is lengthened only when it is set again.
   *
   * @param own limits for this value alone.
   */
  start(
    record: SessionRecord,
    key: string,
    now: number,
    own?: Pick<Lifetime, 'idle' | 'absolute'>,
  ): void {
    const clocks = record.terms?.clocks
    const rule = this.#ruleOf(key)
    if (own === undefined && !isLimited(rule) && !clocks?.has(key)) return
    const bounds = own === undefined ? rule : strictest(rule, this.#toBounds(key, own))
    const { idle, absolute } = bounds
    const started = new Map(clocks)
    if (isLimited(bounds)) started.set(key, { from: Math.floor(now), idle, absolute })
    else started.delete(key)
    record.terms = withTerms(record.terms, { clocks: started })
  }

  /** Holds on to when values began that were set before their key had a limit. */
  pin(record: SessionRecord): void {
    const clocks = record.terms?.clocks ?? NO_TERMS.clocks
    const loose = this.#limited.filter((key) => {
      const isAbsolute = (clocks.get(key)?.absolute ?? 0) > 0
      return (
        record.fields.has(key) && (this.#ruleOf(key).absolute > 0 ? !isAbsolute : !clocks.has(key))
      )
    })
    if (loose.length === 0) return
    const pinned = new Map(clocks)
    for (const key of loose) pinned.set(key, this.#clockOf(record, key))
    record.terms = withTerms(record.terms, { clocks: pinned })
  }

  /** Each key that has a deadline, with its last epoch second. */
  ends(record: SessionRecord): { readonly key: string; readonly endsAt: number }[] {
    return this.#keysIn(record).map((key) => ({ key, endsAt: this.#endOf(record, key) }))
  }

  /** Gives a session that begins what outlives the one before. */
  hand(from: SessionRecord, to: SessionRecord, now: number): void {
    this.expire(from, now)
    const clocks = new Map<string, FieldClock>()
    for (const [key, { kept }] of this.#rules) {
      if (!kept || !from.fields.has(key)) continue
      to.fields.set(key, from.fields.get(key))
      const source = from.sources?.get(key)
      if (source !== undefined) to.sources = new Map(to.sources).set(key, source)
      const clock = this.#clockOf(from, key)
      if (isLimited(clock)) clocks.set(key, clock)
    }
    if (clocks.size > 0) to.terms = withTerms(to.terms, { clocks })
  }

  #ruleOf(key: string): Rule {
    return this.#rules.get(key) ?? FREE
  }

  /** The keys at hand that have a limit, configured or of their own. */
  #keysIn({ fields, terms }: SessionRecord): readonly string[] {
    const keys = this.#limited.filter((key) => fields.has(key))
    if (terms !== null && terms.clocks.size > 0) {
      for (const key of terms.clocks.keys()) {
        if (fields.has(key) && !isLimited(this.#ruleOf(key))) keys.push(key)
      }
    }
    return keys
  }

  /** A value that was never started counts from the session's start: never longer than asked. */
  #clockOf({ terms, createdAt }: SessionRecord, key: string): FieldClock {
    const clock = terms?.clocks.get(key) ?? { ...NONE, from: createdAt }
    return { ...strictest(this.#ruleOf(key), clock), from: clock.from }
  }

  #endOf(record: SessionRecord, key: string): number {
    const rule = this.#ruleOf(key)
    const clock = record.terms?.clocks.get(key)
    if (clock === undefined) return endOfValue(record.seenAt, record.createdAt, rule)
    const isUnchanged = clock.idle === rule.idle && clock.absolute === rule.absolute
    return endOfValue(record.seenAt, clock.from, isUnchanged ? rule : strictest(rule, clock))
  }

  #toBounds(key: string, own: Pick<Lifetime, 'idle' | 'absolute'>): Bounds {
    return toBounds(own, `the lifetime of '${key}'`, this.#limitRules)
  }
}

const isLimited = ({ idle, absolute }: Bounds): boolean => idle + absolute > 0

/** The shorter of each; 0 is none. */
const strictest = (one: Bounds, other: Bounds): Bounds => ({
  idle: Math.min(one.idle || other.idle, other.idle || one.idle),
  absolute: Math.min(one.absolute || other.absolute, other.absolute || one.absolute),
})

/** Takes a key out of a record, with whatever is kept beside it. */
export function remove(record: SessionRecord, key: string): boolean {
  record.sources?.delete(key)
  if (record.terms?.clocks.has(key)) {
    const clocks = new Map(record.terms.clocks)
    clocks.delete(key)
    record.terms = withTerms(record.terms, { clocks })
  }
  return record.fields.delete(key)
}

/** A lifetime that a session states for itself, in seconds. */
export function toOwnBounds(
  lifetime: Pick<Lifetime, 'idle' | 'absolute'>,
  name: string,
  now: number,
): OwnBounds {
  return { ...toBounds(lifetime, name, { throttled: false }), from: Math.floor(now) }
}

/** @throws SessionError `bad-lifetime`, `bad-duration`, also for one that limits nothing. */
function toBounds(
  lifetime: Pick<Lifetime, 'idle' | 'absolute'>,
  name: string,
  rules: LimitRules,
): Bounds {
  demandParts(lifetime, name, CLOCKS)
  const bounds = boundsOf(toLimits(lifetime, { ...rules, name }))
  if (isLimited(bounds)) return bounds
  throw new SessionError(
    'bad-lifetime',
    `${name} limits nothing: write { absolute: { minutes: 5 } }.`,
  )
}

function toRule(key: string, field: FieldLifetime, rules: LimitRules): Rule {
  const name = `fields.${key}`
  demandParts(field, name, PARTS)
  const { idle, absolute, keepAfterLogout: kept = false } = field
  return { ...boundsOf(toLimits({ idle, absolute }, { ...rules, name })), kept }
}
