// The policy as an application states it: a lifetime or one by role, grants, fields, what idling does.

import type { Duration } from './duration.ts'
import { SessionError } from './errors.ts'
import type { FieldLifetime, FieldLifetimes } from './fields.ts'
import { DEFAULT_LIFETIME, type Lifetime, strictest } from './lifetime.ts'
import { isPlain } from './plain.ts'
import type { SessionRecord } from './record.ts'

/** What a lifetime function may look at, at every request anew. */
export interface SessionView<Data extends object = Record<string, unknown>> {
  /** Whose session it is, or null before anybody authenticated. */
  readonly subject: string | null
  readonly permanent: boolean
  get<Key extends keyof Data & string>(key: Key): Data[Key] | undefined
  has(key: keyof Data & string): boolean
}

export class View<Data extends object> implements SessionView<Data> {
  readonly subject: string | null
  readonly permanent: boolean
  readonly #fields: ReadonlyMap<string, unknown>

  constructor({ fields, terms }: SessionRecord, permanent: boolean) {
    this.subject = terms?.subject ?? null
    this.permanent = permanent
    this.#fields = fields
  }

  get<Key extends keyof Data & string>(key: Key): Data[Key] | undefined {
    return this.#fields.get(key) as Data[Key] | undefined
  }

  has(key: keyof Data & string): boolean {
    return this.#fields.has(key)
  }
}

/**
 * A lifetime by role: called when a session is read and again when it is settled, so that a role
 * that changes takes effect at once. Synchronous. Lifetimes kept in constants are made ready once.
 */
export interface LifetimeFunction<Data extends object = Record<string, unknown>> {
  (session: SessionView<Data>): Lifetime
  /** All that it can answer, by role, where `byRole` made it. */
  readonly lifetimes?: Readonly<Record<string, Lifetime>>
}

/** How far a session may go beyond the lifetime. */
export interface Grants {
  /** What `session.permanent = true` lengthens each clock to; must name `absolute`. */
  readonly permanent: Lifetime & { readonly absolute: Duration }
}

/** Grants by role; null grants nothing. */
export type GrantFunction<Data extends object = Record<string, unknown>> = (
  session: SessionView<Data>,
) => Grants | null

/** What the session does when it idles out: it ends, or is locked until one factor resumes it. */
export type IdleAction = 'end' | 'lock'

/** A policy as it was configured, for people and checks. Plain data. */
export interface PolicyFacts {
  /** The one lifetime of all sessions, or null where it is by role or a function. */
  readonly lifetime: Lifetime | null
  /** The lifetimes by role, where `byRole` stated them. */
  readonly roles: Readonly<Record<string, Lifetime>> | null
  /** What permanent sessions are lengthened to; null for nothing. */
  readonly granted: Lifetime | 'function' | null
  readonly fields: FieldLifetimes
  readonly idleAction: IdleAction
  /** Whether idle is exact, without the throttle's allowance. */
  readonly refreshEachRequest: boolean
}

interface Stated<Data extends object> {
  readonly lifetime?: Lifetime | LifetimeFunction<Data>
  readonly grants?: Grants | GrantFunction<Data> | null
  readonly fields?: { readonly [key: string]: FieldLifetime | undefined }
  readonly idleAction?: IdleAction
}

/** @throws SessionError `bad-option` for an unknown `idleAction`. */
export function toFacts<Data extends object>(
  { lifetime = DEFAULT_LIFETIME, grants, fields = {}, idleAction = 'end' }: Stated<Data>,
  refreshEachRequest: boolean,
): PolicyFacts {
  if (idleAction !== 'end' && idleAction !== 'lock') {
    throw new SessionError('bad-option', "idleAction must be 'end' or 'lock'.")
  }
  return {
    lifetime: typeof lifetime === 'function' ? null : lifetime,
    roles: typeof lifetime === 'function' ? (lifetime.lifetimes ?? null) : null,
    granted: typeof grants === 'function' ? 'function' : (grants?.permanent ?? null),
    fields: Object.fromEntries(
      Object.entries(fields ?? {}).filter(([, field]) => field !== undefined),
    ) as FieldLifetimes,
    idleAction,
    refreshEachRequest,
  }
}

/**
 * A lifetime by role, from a table that checks and the policy's page can read. Several roles get the
 * strictest of theirs; a role that is not in the table, or none, gets `default`, or where there is
 * none the strictest of all.
 *
 * @param roleOf the role of a session, or its roles.
 */
export function byRole<Data extends object = Record<string, unknown>>(
  lifetimes: Readonly<Record<string, Lifetime>>,
  roleOf: (session: SessionView<Data>) => string | readonly string[] | undefined | null,
): LifetimeFunction<Data> {
  if (!isPlain(lifetimes) || !Object.values(lifetimes).every(isPlain)) {
    throw new SessionError(
      'bad-lifetime',
      'byRole takes a table of lifetimes, { admin: { idle: { minutes: 15 } } }, and a function.',
    )
  }
  const stated = Object.values(lifetimes)
  if (stated.length === 0) {
    throw new SessionError(
      'bad-lifetime',
      'byRole has no lifetime: write byRole({ admin: { idle: { minutes: 15 } }, default: … }, roleOf).',
    )
  }
  const other = lifetimes.default ?? strictest(...stated)
  const known = new Map<string, Lifetime>()
  const of = (role: string) =>
    (Object.hasOwn(lifetimes, role) ? lifetimes[role] : undefined) ?? other
  const choose = (session: SessionView<Data>): Lifetime => {
    const roles = roleOf(session)
    if (typeof roles === 'string') return of(roles)
    if (!roles?.length) return other
    const named = roles.filter((role) => Object.hasOwn(lifetimes, role))
    const all = named.length === roles.length ? named : [...named, '']
    const name = JSON.stringify(all)
    const found = known.get(name) ?? strictest(...all.map(of))
    known.set(name, found)
    return found
  }
  return Object.assign(choose, { lifetimes: Object.freeze({ ...lifetimes }) })
}
