// The sessions that a policy knows: by role, and permanent under a grant; and its fields.
import { SessionError } from '../core/errors.ts'
import { type Lifetime, type Limit, lengthen, toLimits } from '../core/lifetime.ts'
import type { PolicyFacts } from '../core/roles.ts'

/** How idling is judged. */
export type IdleRules = Pick<PolicyFacts, 'refreshEachRequest' | 'idleAction'>

/** One kind of session under a policy. */
export interface Kind {
  /** Null where one lifetime serves all. */
  readonly role: string | null
  /** Whether it is a permanent session, as lengthened by the grant. */
  readonly permanent: boolean
  readonly lifetime: Lifetime
  readonly limits: readonly Limit[]
}

/** The policy that is one lifetime and nothing else. */
export const toFacts = (lifetime: Lifetime, refreshEachRequest = false): PolicyFacts => ({
  lifetime,
  roles: null,
  granted: null,
  fields: {},
  idleAction: 'end',
  refreshEachRequest,
})

/**
 * Every kind of session that a policy knows. A permanent one stands beside the other of its role
 * only where the grant makes it live longer.
 *
 * @throws SessionError `bad-option` where the lifetimes or the grants are not stated; `bad-lifetime`,
 * `bad-duration` for one that could not act.
 */
export function kindsOf(facts: PolicyFacts): readonly Kind[] {
  const { granted } = facts
  if (granted === 'function') {
    throw new SessionError(
      'bad-option',
      'The grants of this policy are a function: check each lifetime that it may grant with checkLifetime.',
    )
  }
  return statedIn(facts).flatMap(([role, lifetime]) => {
    const plain: Kind = { role, permanent: false, lifetime, limits: limitsOf(lifetime, facts) }
    if (granted === null) return [plain]
    const lengthened = lengthen(lifetime, granted)
    const limits = limitsOf(lengthened, facts)
    const isLonger = limits.some(({ seconds }, at) => seconds !== plain.limits[at]?.seconds)
    return isLonger ? [plain, { role, permanent: true, lifetime: lengthened, limits }] : [plain]
  })
}

function statedIn({ lifetime, roles }: PolicyFacts): (readonly [string | null, Lifetime])[] {
  const byRole = Object.entries(roles ?? {})
  if (byRole.length > 0) return byRole
  if (lifetime !== null) return [[null, lifetime]]
  throw new SessionError(
    'bad-option',
    'The lifetimes of this policy are not stated: write lifetime: byRole({ admin: …, default: … }, roleOf) instead of a function of your own, or check each lifetime that it may return with checkLifetime.',
  )
}

/** A data key with a lifetime of its own. */
export interface Field {
  readonly key: string
  readonly limits: readonly Limit[]
  /** Whether it outlives its session. */
  readonly kept: boolean
}

/** @throws SessionError `bad-lifetime`, `bad-duration` */
export const fieldsOf = ({ fields, refreshEachRequest }: PolicyFacts): readonly Field[] =>
  Object.entries(fields).map(([key, { idle, absolute, keepAfterLogout = false }]) => ({
    key,
    limits: toLimits({ idle, absolute }, { throttled: !refreshEachRequest, name: `fields.${key}` }),
    kept: keepAfterLogout,
  }))

/** The limits of one lifetime, as the sessions will judge by them. */
export function limitsOf(lifetime: Lifetime, rules: Partial<IdleRules>): readonly Limit[] {
  if (typeof lifetime !== 'object' || lifetime === null) {
    throw new SessionError(
      'bad-lifetime',
      'A policy is checked one lifetime at a time: write { idle: { minutes: 30 } }, and check each lifetime that a function may return.',
    )
  }
  // Whether an id can be renewed is for the sessions to say; no limit depends on it.
  return toLimits(
    { idle: lifetime.idle, absolute: lifetime.absolute },
    { throttled: rules.refreshEachRequest !== true, locks: rules.idleAction === 'lock' },
  )
}

export const findLimit = (limits: readonly Limit[], clock: Limit['clock']): Limit | null =>
  limits.find((limit) => limit.clock === clock) ?? null

/** The most seconds that a clock can run; without an end where there is no limit. */
export const longestOf = (limit: Limit | null): number =>
  limit === null ? Number.POSITIVE_INFINITY : limit.seconds + limit.allowance

/** Whether the idle clock can run out before the absolute one ends the session anyway. */
export const canIdleOut = (limits: readonly Limit[]): boolean =>
  longestOf(findLimit(limits, 'idle')) < longestOf(findLimit(limits, 'absolute'))
