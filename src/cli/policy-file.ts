// A policy in a JSON file: what it may hold, and the sentence for what it may not.

import type { FieldLifetime } from '../core/fields.ts'
import type { Lifetime } from '../core/lifetime.ts'
import type { PolicyFacts } from '../core/roles.ts'
import type { PageOptions } from '../policy/describe.ts'
import { UsageError } from './command.ts'
import { toSafe } from './readable.ts'

/** A policy, and what it does not know of itself. */
export interface StatedPolicy extends PageOptions {
  readonly facts: PolicyFacts
}

type Members = Readonly<Record<string, unknown>>
/** What each key must hold; the others are checked where they are read. */
type Kinds = Readonly<Record<string, 'object' | 'string' | 'boolean' | 'duration'>>

const POLICY: Kinds = {
  lifetime: 'object',
  roles: 'object',
  grants: 'object',
  fields: 'object',
  idleAction: 'string',
  refreshEachRequest: 'boolean',
  reason: 'string',
  parallelSessions: 'string',
}
const LIFETIME: Kinds = {
  idle: 'duration',
  absolute: 'duration',
  permanent: 'boolean',
  renewal: 'duration',
}
const GRANTS: Kinds = { permanent: 'object' }
const GRANTED: Kinds = { idle: 'duration', absolute: 'duration' }
const FIELD: Kinds = { idle: 'duration', absolute: 'duration', keepAfterLogout: 'boolean' }

const NEEDED =
  'policy needs a JSON object such as {"lifetime":{"idle":"30m","absolute":"12h"}}, or with "roles" in place of "lifetime".'
const ARTICLES = {
  object: 'an object',
  string: 'a text',
  boolean: 'true or false',
  duration: 'a length of time such as "30m" or {"minutes":30}',
} as const

/** @throws UsageError for what is no policy; a misspelt key must not pass for a missing limit. */
export function parsePolicy(json: string): StatedPolicy {
  const file = toObject(json)
  demand(file, 'the policy', POLICY)
  const { lifetime, roles, reason, parallelSessions, refreshEachRequest = false } = file
  if ((lifetime === undefined) === (roles === undefined)) throw new UsageError(NEEDED)
  const facts: PolicyFacts = {
    lifetime: lifetime === undefined ? null : toLifetime(lifetime, '"lifetime"'),
    roles: roles === undefined ? null : toRoles(roles as Members),
    granted: file.grants === undefined ? null : toGranted(file.grants as Members),
    fields: toFields((file.fields ?? {}) as Members),
    idleAction: toIdleAction(file.idleAction ?? 'end'),
    refreshEachRequest: refreshEachRequest as boolean,
  }
  return { facts, ...({ reason, parallelSessions } as PageOptions) }
}

function toObject(json: string): Members {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Said below.
  }
  if (isObject(value)) return value
  throw new UsageError(NEEDED)
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every key is known, and holds what it must. */
function demand(value: unknown, where: string, kinds: Kinds): asserts value is Members {
  if (!isObject(value)) throw new UsageError(`${capital(where)} must be ${ARTICLES.object}.`)
  for (const [key, member] of Object.entries(value)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined
    if (kind === undefined) {
      const known = Object.keys(kinds).join(', ')
      throw new UsageError(
        `${capital(where)} has the key "${toSafe(key)}"; known here are ${known}.`,
      )
    }
    // What a duration may be is the library's to say.
    const fits = kind === 'object' ? isObject(member) : typeof member === kind
    if (kind !== 'duration' && !fits) {
      throw new UsageError(`"${key}" of ${where} must be ${ARTICLES[kind]}.`)
    }
    if (kind === 'duration' && member === null) {
      throw new UsageError(`"${key}" of ${where} must be ${ARTICLES.duration}, or left out.`)
    }
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function toLifetime(value: unknown, where: string): Lifetime {
  demand(value, where, LIFETIME)
  return value
}

function toRoles(roles: Members): Record<string, Lifetime> {
  const entries = Object.entries(roles)
  if (entries.length === 0) {
    throw new UsageError(
      '"roles" names no role: write {"admin":{"idle":"15m"},"default":{"idle":"1h"}}.',
    )
  }
  return fromEntries(
    entries.map(([role, value]) => [role, toLifetime(value, `the role "${toSafe(role)}"`)]),
  )
}

function toGranted(grants: Members): Lifetime {
  demand(grants, '"grants"', GRANTS)
  demand(grants.permanent ?? {}, '"permanent" of "grants"', GRANTED)
  const granted = (grants.permanent ?? {}) as Lifetime
  if (granted.absolute !== undefined) return granted
  throw new UsageError(
    'The grant has no bound: write "grants":{"permanent":{"idle":"7d","absolute":"30d"}}.',
  )
}

function toFields(fields: Members): Record<string, FieldLifetime> {
  return fromEntries(
    Object.entries(fields).map(([key, value]) => {
      demand(value, `the field "${toSafe(key)}"`, FIELD)
      return [key, value as FieldLifetime]
    }),
  )
}

/** Also for names that every object has. */
const fromEntries = <Value>(entries: readonly (readonly [string, Value])[]) =>
  Object.fromEntries(entries) as Record<string, Value>

function toIdleAction(value: unknown): 'end' | 'lock' {
  if (value === 'end' || value === 'lock') return value
  throw new UsageError('"idleAction" is "end" or "lock".')
}
