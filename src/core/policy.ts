// Which limits hold for a session: one lifetime for all, or a function of the session.
import { DEFAULT_LIFETIME, type Lifetime, type Limit, toLimits } from './lifetime.ts'

/** What a lifetime function may look at: the data, at every request anew. */
export interface SessionView<Data extends object = Record<string, unknown>> {
  get<Key extends keyof Data & string>(key: Key): Data[Key] | undefined
  has(key: keyof Data & string): boolean
}

/**
 * A lifetime by role: called when a session is read and again when it is settled, so that a role
 * that changes takes effect at once. Synchronous. Lifetimes kept in constants are made ready once.
 */
export type LifetimeFunction<Data extends object = Record<string, unknown>> = (
  session: SessionView<Data>,
) => Lifetime

/** How limits are made ready: see `toLimits`. */
export interface LimitRules {
  readonly throttled: boolean
  readonly anyLength: boolean
}

export interface Policy {
  /** What can be judged before the data are read: the limits of all, or none yet. */
  readonly early: readonly Limit[]
  /** Whether the start of the absolute clock must be kept. */
  readonly keepsStart: boolean
  /** Whether the cookie of a session without data outlives the browser. */
  readonly permanent: boolean
  limitsOf(fields: ReadonlyMap<string, unknown>): readonly Limit[]
}

/**
 * @param failed told when a lifetime function throws or returns no lifetime; the default lifetime
 * then holds, so that such a session is bounded all the same.
 * @throws SessionError `bad-lifetime`, `bad-duration` for a lifetime that could not act.
 */
export function createPolicy<Data extends object>(
  lifetime: Lifetime | LifetimeFunction<Data>,
  rules: LimitRules,
  failed: (error: unknown) => void,
): Policy {
  const prepare = (given: Lifetime) => toLimits(given, rules.throttled, rules.anyLength)
  if (typeof lifetime !== 'function') {
    const limits = prepare(lifetime)
    return {
      early: limits,
      keepsStart: lifetime.absolute !== undefined,
      permanent: lifetime.permanent ?? false,
      limitsOf: () => limits,
    }
  }
  const fallback = prepare(DEFAULT_LIFETIME)
  const known = new WeakMap<Lifetime, readonly Limit[]>()
  const limitsOf = (fields: ReadonlyMap<string, unknown>) => {
    try {
      const given = lifetime(fields as unknown as SessionView<Data>)
      const limits = known.get(given) ?? prepare(given)
      known.set(given, limits)
      return limits
    } catch (error) {
      failed(error)
      return fallback
    }
  }
  return { early: [], keepsStart: true, permanent: false, limitsOf }
}
