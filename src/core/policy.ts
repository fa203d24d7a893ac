// Which limits hold for a session: one lifetime for all, or by role, with what permanent ones are
// granted, what the session set itself, and what held when its cookie was signed.
import { toSeconds } from './duration.ts'
import { SessionError } from './errors.ts'
import {
  boundsOf,
  CLOCKS,
  DEFAULT_LIFETIME,
  demandParts,
  type Lifetime,
  type Limit,
  type LimitRules,
  lengthen,
  strictest,
  toLimit,
  toLimits,
} from './lifetime.ts'
import { isPlain } from './plain.ts'
import type { SessionRecord, SignedBounds, Terms } from './record.ts'
import { type GrantFunction, type Grants, type LifetimeFunction, View } from './roles.ts'

export interface PolicyOptions<Data extends object> {
  readonly lifetime: Lifetime | LifetimeFunction<Data>
  readonly grants: Grants | GrantFunction<Data> | null | undefined
  readonly rules: LimitRules
  /** Told when a function throws or answers nothing that can be judged by. */
  readonly failed: (error: unknown) => void
}

/** The limits of one session, ready to judge by. */
export interface Limits {
  /** All of them, in no order: the earliest deadline decides. */
  readonly all: readonly Limit[]
  /** What its cookie is signed under: later, no longer policy revives it. */
  readonly bounds: SignedBounds
  /** Whether the cookie of a new session outlives the browser, unless the session says otherwise. */
  readonly permanent: boolean
  /** How often its id is renewed, in seconds; null for never. */
  readonly renewal: number | null
}

export interface Policy {
  /** What ends a session whatever its data say: for cookies whose data cannot be read. */
  readonly early: readonly Limit[]
  /** Whether the cookie of a session without data outlives the browser, as far as is known then. */
  readonly permanent: boolean
  /** Whether the start of the absolute clock must be kept. */
  readonly keepsStart: boolean
  limitsOf(record: SessionRecord, permanent: boolean): Limits
}

/**
 * @throws SessionError `bad-lifetime`, `bad-duration` for a lifetime that could not act, and for a
 * grant without a bound.
 */
export function createPolicy<Data extends object>(options: PolicyOptions<Data>): Policy {
  const { lifetime, rules } = options
  const stated = Object.values(tableOf(lifetime))
  for (const [role, each] of Object.entries(tableOf(lifetime))) {
    toLimits(each, { ...rules, name: `the lifetime of '${role}'` })
  }
  const fallback = prepare(strictest(DEFAULT_LIFETIME, ...stated), rules)
  const baseOf =
    typeof lifetime === 'function' ? createDynamic(options, fallback) : createStatic(options)
  const isStatic = typeof lifetime !== 'function' && typeof options.grants !== 'function'
  return {
    early: isStatic ? baseOf(NOBODY, true).all.filter(({ locks }) => !locks) : [],
    permanent: typeof lifetime !== 'function' && lifetime.permanent === true,
    keepsStart: typeof lifetime === 'function' || lifetime.absolute !== undefined,
    limitsOf: (record, permanent) => {
      const base = baseOf(record, permanent)
      return record.terms === null ? base : addTerms(base, record.terms, rules, base === fallback)
    },
  }
}

const tableOf = <Data extends object>(lifetime: PolicyOptions<Data>['lifetime']) =>
  (typeof lifetime === 'function' && lifetime.lifetimes) || {}

type BaseOf = (record: SessionRecord, permanent: boolean) => Limits
const NOBODY = { fields: new Map(), terms: null } as unknown as SessionRecord

function prepare(lifetime: Lifetime, rules: LimitRules): Limits {
  const all = toLimits(lifetime, rules)
  const { permanent = false, renewal } = lifetime
  const seconds = renewal === undefined ? null : toSeconds(renewal)
  return { all, bounds: toBounds(all, rules), permanent: permanent === true, renewal: seconds }
}

function createStatic<Data extends object>(options: PolicyOptions<Data>): BaseOf {
  const plain = options.lifetime as Lifetime
  const limits = prepare(plain, options.rules)
  if (!options.grants) return () => limits
  const granted = createGranted(options.grants, options)
  granted(plain, limits, NOBODY)
  return (record, permanent) => (permanent ? granted(plain, limits, record) : limits)
}

/** Limits by a function of the session; where it fails, the strictest that was ever stated. */
function createDynamic<Data extends object>(
  options: PolicyOptions<Data>,
  fallback: Limits,
): BaseOf {
  const decide = options.lifetime as LifetimeFunction<Data>
  const known = new WeakMap<Lifetime, Limits>()
  const granted = options.grants && createGranted(options.grants, options)
  return (record, permanent) => {
    try {
      const given = decide(new View<Data>(record, permanent))
      if (!isPlain(given)) throw unusable('lifetime', given)
      const limits = known.get(given) ?? prepare(given, options.rules)
      known.set(given, limits)
      return permanent && granted ? granted(given, limits, record) : limits
    } catch (error) {
      options.failed(error)
      return fallback
    }
  }
}

type Granted = (lifetime: Lifetime, limits: Limits, record: SessionRecord) => Limits

/** Limits under a grant; where the function of a grant fails, nothing is granted. */
function createGranted<Data extends object>(
  grants: Grants | GrantFunction<Data>,
  { rules, failed }: PolicyOptions<Data>,
): Granted {
  const known = new WeakMap<Lifetime, WeakMap<Lifetime, Limits>>()
  const apply = (lifetime: Lifetime, limits: Limits, given: Grants): Limits => {
    const byGrant = known.get(lifetime) ?? new WeakMap<Lifetime, Limits>()
    known.set(lifetime, byGrant)
    const lengthened = byGrant.get(given.permanent) ?? applyGrant(lifetime, given, limits, rules)
    byGrant.set(given.permanent, lengthened)
    return lengthened
  }
  if (typeof grants !== 'function') {
    demandBound(grants)
    return (lifetime, limits) => apply(lifetime, limits, grants)
  }
  return (lifetime, limits, record) => {
    try {
      const given = grants(new View<Data>(record, true))
      if (given === null) return limits
      if (!isPlain(given)) throw unusable('grants', given)
      return apply(lifetime, limits, given)
    } catch (error) {
      failed(error)
      return limits
    }
  }
}

function applyGrant(lifetime: Lifetime, grants: Grants, limits: Limits, rules: LimitRules): Limits {
  demandBound(grants)
  const plain = new Map(limits.all.map((limit) => [limit.clock, limit.exact]))
  const named = { ...rules, name: 'grants.permanent' }
  const all = toLimits(lengthen(lifetime, grants.permanent), named).map(
    (limit): Limit =>
      limit.exact === plain.get(limit.clock) ? limit : { ...limit, source: 'grant' },
  )
  return { ...limits, all, bounds: toBounds(all, rules) }
}

function demandBound(grants: Grants): void {
  demandParts(grants, 'grants', ['permanent'])
  const { permanent } = grants
  if (permanent?.absolute !== undefined) {
    toLimits(permanent, { name: 'grants.permanent' })
    return
  }
  throw new SessionError(
    'bad-lifetime',
    'grants.permanent has no bound: write grants: { permanent: { idle: { days: 7 }, absolute: { days: 30 } } }.',
  )
}

function unusable(name: string, given: unknown): SessionError {
  // Told here; who rejects besides must not end the process.
  if (given instanceof Promise) given.catch(() => {})
  const kind = given instanceof Promise ? 'a promise' : given === null ? 'null' : typeof given
  return new SessionError(
    'bad-lifetime',
    `The ${name} function answered ${kind}: answer one of your lifetimes for every session, synchronously.`,
  )
}

/** The limits with those of the session itself, and those that it was signed under where stricter. */
function addTerms(base: Limits, terms: Terms, rules: LimitRules, isFallback: boolean): Limits {
  const { own, signed } = terms
  // What idling ended stays ended, also where it locks by now.
  const isLockLost = rules.locks === true && signed !== null && !signed.locks
  if (own === null && (signed === null || isSame(signed, base.bounds))) return base
  const added: Limit[] = []
  for (const clock of CLOCKS) {
    const seconds = signed?.[clock] ?? 0
    if (seconds > 0 && (base.bounds[clock] === 0 || seconds < base.bounds[clock])) {
      added.push(toLimit(clock, seconds, { ...rules, ...SIGNED }))
    }
  }
  // Where the function failed, what held before goes on holding.
  const isHeld = isFallback && added.length > 0
  const bounds = isHeld ? toBounds([...base.all, ...added], rules) : base.bounds
  for (const clock of CLOCKS) {
    if (own === null || own[clock] === 0) continue
    added.push(toLimit(clock, own[clock], { ...rules, source: 'session' }, own.from))
  }
  if (added.length === 0 && !isLockLost) return base
  const all = [...base.all, ...added]
  return {
    all: isLockLost ? all.map((limit) => ({ ...limit, locks: false })) : all,
    bounds,
    permanent: base.permanent,
    renewal: base.renewal,
  }
}

/** Its allowance is in it: what is kept is the whole. */
const SIGNED = { throttled: false, source: 'signed' } as const

/** Whether a cookie was signed under other limits than those of now, so that it is signed anew. */
export const isOutdated = ({ terms }: SessionRecord, { bounds }: Limits): boolean =>
  terms !== null && terms.signed !== null && !isSame(terms.signed, bounds)

/** Whether two cookies would be signed under the same. */
export const isSame = (one: SignedBounds, other: SignedBounds): boolean =>
  one.idle === other.idle && one.absolute === other.absolute && one.locks === other.locks

const toBounds = (limits: readonly Limit[], { locks = false }: LimitRules): SignedBounds => ({
  ...boundsOf(limits),
  locks,
})
