// The lifetimes of single keys: which are over, which outlive their session, what is kept of them.
import type { Duration } from './duration.ts'
import { SessionError } from './errors.ts'
import { endOfValue, isAhead, isPast } from './judgement.ts'
import {
  allowanceOf,
  CLOCKS,
  demandParts,
  type Lifetime,
  type LimitRules,
  boundsOf as shortestOf,
  stricterOf,
  toLimits,
} from './lifetime.ts'
import type { Bounds, FieldClock, SessionRecord } from './record.ts'
import { remove } from './record-fields.ts'
import { withTerms } from './terms.ts'

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

/** What was over, and the least that the idle limits of what is left allow to go unwritten. */
export interface Settled {
  readonly expired: readonly Expired[]
  readonly allowance: number
}

interface Sums {
  expired: Expired[] | undefined
  allowance: number
  isLoose: boolean
}

interface Rule extends Bounds {
  readonly kept: boolean
}

const NONE: Bounds = Object.freeze({ idle: 0, absolute: 0 })
const FREE: Rule = Object.freeze({ ...NONE, kept: false })
const PARTS = ['idle', 'absolute', 'keepAfterLogout']

export class FieldPolicy {
  readonly #rules: ReadonlyMap<string, Rule>
  /** The keys that outlive their session. */
  readonly keptKeys: readonly string[]
  /** The keys that have a limit. */
  readonly #limited: readonly string[]
  readonly #throttled: boolean

  /** @throws SessionError `bad-lifetime`, `bad-duration` */
  constructor(fields: FieldLifetimes, { throttled = true }: LimitRules) {
    this.#throttled = throttled
    this.#rules = new Map(Object.entries(fields).map(([key, field]) => [key, toRule(key, field)]))
    this.keptKeys = [...this.#rules.keys()].filter((key) => this.#ruleOf(key).kept)
    this.#limited = [...this.#rules.keys()].filter((key) => isLimited(this.#ruleOf(key)))
  }

  /** Takes what is over out of the record, and answers what it was and what is left. */
  settle(record: SessionRecord, now: number): Settled {
    if (this.#limited.length === 0 && !record.terms?.clocks.size) return UNLIMITED
    const sums: Sums = { expired: undefined, allowance: NEVER, isLoose: false }
    for (const key of this.#keysIn(record)) this.#sum(record, key, now, sums)
    if (sums.isLoose) this.#pin(record)
    const { expired = NONE_EXPIRED, allowance } = sums
    if (expired.length > 0) {
      const keys = expired.map(({ key }) => key)
      remove(record, keys)
    }
    return { expired, allowance }
  }

  #sum(record: SessionRecord, key: string, now: number, sums: Sums): void {
    const clock = record.terms?.clocks.get(key)
    const rule = this.#ruleOf(key)
    const { idle, absolute } = boundsOf(rule, clock)
    const allowance = idle === 0 ? NEVER : this.#allowanceOf(idle)
    const total = idle === 0 ? 0 : idle + allowance
    const at = endOfValue(record.seenAt, clock?.from ?? record.createdAt, total, absolute)
    // A value from the future is over, as a session is.
    if (isPast(at, now) || (absolute > 0 && clock && isAhead(clock.from, now))) {
      sums.expired ??= []
      sums.expired.push({ key, at })
      return
    }
    sums.allowance = Math.min(sums.allowance, allowance)
    sums.isLoose ||= isLoose(rule, clock)
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
    const bounds =
      own === undefined ? rule : stricterOf(rule, toBounds(own, `the lifetime of '${key}'`))
    const { idle, absolute } = bounds
    const started = new Map(clocks)
    if (isLimited(bounds)) started.set(key, { from: Math.floor(now), idle, absolute })
    else started.delete(key)
    record.terms = withTerms(record.terms, { clocks: started })
  }

  /** The most seconds of activity that the fields at hand let go unwritten. */
  allowanceIn(record: SessionRecord): number {
    const allowances = this.#keysIn(record)
      .map((key) => this.#clockOf(record, key).idle)
      .filter((idle) => idle > 0)
      .map((idle) => this.#allowanceOf(idle))
    return Math.min(NEVER, ...allowances)
  }

  /** Each key that has a deadline, with its last epoch second. */
  ends(record: SessionRecord): { readonly key: string; readonly endsAt: number }[] {
    return this.#keysIn(record).map((key) => ({ key, endsAt: this.#endOf(record, key) }))
  }

  /** Those of the kept keys that are at hand. */
  keptIn({ fields }: SessionRecord): string[] {
    return this.keptKeys.filter((key) => fields.has(key))
  }

  /** Gives a session that begins what outlives the one before. */
  hand(from: SessionRecord, to: SessionRecord, now: number): void {
    this.settle(from, now)
    const clocks = new Map<string, FieldClock>()
    for (const key of this.keptIn(from)) {
      to.fields.set(key, from.fields.get(key))
      const source = from.sources?.get(key)
      if (source !== undefined) to.sources = new Map(to.sources).set(key, source)
      const clock = this.#clockOf(from, key)
      if (isLimited(clock)) clocks.set(key, clock)
    }
    if (clocks.size > 0) to.terms = withTerms(to.terms, { clocks })
  }

  /** The last second in which a session that ends leaves something to the next; null for nothing. */
  keptUntil(record: SessionRecord): number | null {
    const ends = this.keptIn(record).map((key) => this.#endOf(record, key))
    return ends.length === 0 ? null : Math.max(...ends)
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

  /** Holds on to when values began that were set before their key had a limit. */
  #pin(record: SessionRecord): void {
    const clocks = new Map(record.terms?.clocks)
    for (const key of this.#limited) {
      const isThere = record.fields.has(key) && isLoose(this.#ruleOf(key), clocks.get(key))
      if (isThere) clocks.set(key, this.#clockOf(record, key))
    }
    record.terms = withTerms(record.terms, { clocks })
  }

  /** A value that was never started counts from the session's start: never longer than asked. */
  #clockOf({ terms, createdAt }: SessionRecord, key: string): FieldClock {
    const clock = terms?.clocks.get(key)
    const { idle, absolute } = boundsOf(this.#ruleOf(key), clock)
    return { idle, absolute, from: clock?.from ?? createdAt }
  }

  #endOf(record: SessionRecord, key: string): number {
    const { idle, absolute, from } = this.#clockOf(record, key)
    const total = idle === 0 ? 0 : idle + this.#allowanceOf(idle)
    return endOfValue(record.seenAt, from, total, absolute)
  }

  #allowanceOf(idle: number): number {
    return this.#throttled ? allowanceOf(idle) : 0
  }
}

const NEVER = Number.POSITIVE_INFINITY
const NONE_EXPIRED: readonly Expired[] = Object.freeze([])
/** What a record without limits settles to. */
export const UNLIMITED: Settled = Object.freeze({ expired: NONE_EXPIRED, allowance: NEVER })

/** What is configured, or what the value was set under where that is shorter. */
function boundsOf(rule: Rule, clock: FieldClock | undefined): Bounds {
  const isSame = clock?.idle === rule.idle && clock.absolute === rule.absolute
  return clock === undefined || isSame ? rule : stricterOf(rule, clock)
}

/** Whether a value has no start by which a limit of its key could be judged. */
const isLoose = (rule: Rule, clock: FieldClock | undefined): boolean =>
  clock === undefined || (clock.absolute === 0 && rule.absolute > 0)

const isLimited = ({ idle, absolute }: Bounds): boolean => idle + absolute > 0

/** A lifetime that a session or a value states for itself, in seconds without allowance. */
export function toBounds(lifetime: Pick<Lifetime, 'idle' | 'absolute'>, name: string): Bounds {
  demandParts(lifetime, name, CLOCKS)
  const bounds = shortestOf(toLimits(lifetime, { throttled: false, name }))
  if (isLimited(bounds)) return bounds
  throw new SessionError(
    'bad-lifetime',
    `${name} limits nothing: write { absolute: { minutes: 5 } }.`,
  )
}

function toRule(key: string, field: FieldLifetime): Rule {
  const name = `fields.${key}`
  demandParts(field, name, PARTS)
  const { idle, absolute, keepAfterLogout: kept = false } = field
  if (typeof kept !== 'boolean') {
    throw new SessionError('bad-lifetime', `${name}.keepAfterLogout must be true or false.`)
  }
  return { ...shortestOf(toLimits({ idle, absolute }, { throttled: false, name })), kept }
}
