// Whether a policy is laxer than a standard: in which clock, by how much, against which clause.
import { SessionError } from '../core/errors.ts'
import type { ClockName, Lifetime, Limit } from '../core/lifetime.ts'
import type { PolicyFacts } from '../core/roles.ts'
import { canIdleOut, findLimit, type Kind, kindsOf, limitsOf } from './facts.ts'
import {
  type Ceiling,
  type Level,
  PRESET_NAMES,
  type PresetName,
  STANDARDS,
  type Standard,
} from './presets.ts'
import { inWords, toName } from './words.ts'

/** One clock that may run longer than a standard lets it. */
export interface Finding {
  readonly clock: ClockName
  /** The configured limit in seconds, without its allowance; null where there is none. */
  readonly limit: number | null
  /** The standard's figure, in seconds. */
  readonly ceiling: number
  /** Seconds over the ceiling, the allowance counted; null where there is no limit. */
  readonly by: number | null
  readonly clause: string
  readonly level: Level
  /** One sentence. */
  readonly message: string
}

/** A finding in a whole policy: in which of its lifetimes. */
export interface PolicyFinding extends Finding {
  /** What is laxer: how long a clock runs, or that idling locks; then `by` is 0. */
  readonly about: 'limit' | 'lock'
  /** The role, or null where one lifetime serves all. */
  readonly role: string | null
  /** Whether it holds for permanent sessions alone, as lengthened by the grant. */
  readonly permanent: boolean
}

export interface CheckOptions {
  /** As in `createSessions`, and true for Flask's format: idle has no allowance. @default false */
  readonly refreshEachRequest?: boolean
}

/**
 * Where a lifetime is laxer than a standard; empty where it meets it. A missing limit is laxer, unless
 * the absolute limit alone keeps the session from idling too long. Stricter is never a finding.
 *
 * @throws SessionError `bad-option` for an unknown name; `bad-lifetime`, `bad-duration` for a
 * lifetime that could not act, or for a function: check each lifetime that it may return.
 */
export function checkLifetime(
  lifetime: Lifetime,
  name: PresetName,
  options: CheckOptions = {},
): readonly Finding[] {
  return judgeLimits(standardOf(name), limitsOf(lifetime, options), '')
}

/**
 * Where a policy is laxer than a standard: each lifetime that it states, by role, and as the grant
 * lengthens it for permanent sessions. What a permanent session has in common with the others of its
 * role is said once. Where idling locks, the lock must be one that the standard lets stand for an end.
 *
 * @throws SessionError `bad-option` for an unknown name, or where the lifetimes are a function that
 * does not state them; `bad-lifetime`, `bad-duration` for a lifetime that could not act.
 */
export function checkPolicy(facts: PolicyFacts, name: PresetName): readonly PolicyFinding[] {
  const standard = standardOf(name)
  const said = new Set<string>()
  return kindsOf(facts)
    .flatMap((kind) => judgeKind(standard, kind))
    .filter(({ role, about, clock, limit, by }) => {
      const key = JSON.stringify(about === 'lock' ? [role] : [role, clock, limit, by])
      return !said.has(key) && said.add(key)
    })
}

function standardOf(name: PresetName): Standard {
  if (Object.hasOwn(STANDARDS, name)) return STANDARDS[name]
  throw new SessionError(
    'bad-option',
    `There is no preset of that name. The presets are ${PRESET_NAMES.join(', ')}.`,
  )
}

function judgeKind(standard: Standard, kind: Kind): PolicyFinding[] {
  const { role, permanent, limits } = kind
  const whose = sayWhose(kind)
  const lock = judgeLock(standard, limits, whose)
  return [
    ...judgeLimits(standard, limits, whose).map((found) => ({ about: 'limit' as const, ...found })),
    ...(lock ? [{ about: 'lock' as const, ...lock }] : []),
  ].map((finding) => ({ ...finding, role, permanent }))
}

/** `For permanent sessions of the role admin`, or nothing to say. */
function sayWhose({ role, permanent }: Kind): string {
  const named = role === null ? '' : `the role ${toName(role)}`
  if (permanent) return `For permanent sessions${named && ` of ${named}`}`
  return named && `For ${named}`
}

const judgeLimits = (
  { ceilings, clause }: Standard,
  limits: readonly Limit[],
  whose: string,
): Finding[] => ceilings.flatMap((ceiling) => judgeCeiling(ceiling, limits, clause, whose) ?? [])

function judgeCeiling(
  { clock, seconds: ceiling, level, presence }: Ceiling,
  limits: readonly Limit[],
  clause: string,
  whose: string,
): Finding | null {
  // Whatever ends a session ends its idling; only the absolute clock bounds its age.
  const bounds = limits.filter((limit) => clock === 'idle' || limit.clock === clock)
  const longest = Math.min(...bounds.map(({ seconds, allowance }) => seconds + allowance))
  if (longest <= ceiling) return null
  const limit = findLimit(limits, clock)
  if (limit === null) {
    const said = `there is no ${clock} limit, and ${clause} (${presence}) asks for one of at most ${inWords(ceiling)}.`
    return {
      ...{ clock, limit: null, ceiling, by: null, clause },
      ...{ level: presence, message: toSentence(whose, said) },
    }
  }
  const by = longest - ceiling
  const said = `${sayLimit(limit)} is ${inWords(by)} over the ${inWords(ceiling)} of ${clause} (${level}).`
  const message = toSentence(whose, said)
  return { clock, limit: limit.seconds, ceiling, by, clause, level, message }
}

function sayLimit({ clock, seconds, allowance }: Limit): string {
  const allowed = allowance > 0 ? ` with an allowance of ${inWords(allowance)}` : ''
  return `the ${clock} limit of ${inWords(seconds)}${allowed}`
}

/** A lock is no end where the standard asks for the whole authentication anew. */
function judgeLock(
  { lock: level, clause, ceilings }: Standard,
  limits: readonly Limit[],
  whose: string,
): Finding | null {
  const idle = findLimit(limits, 'idle')
  if (level === null || !idle?.locks || !canIdleOut(limits)) return null
  const ceiling = ceilings.find(({ clock }) => clock === 'idle')?.seconds ?? idle.seconds
  const said = `after ${inWords(idle.seconds)} idle the session is locked, where one factor resumes it, and ${clause} (${level}) asks for full authentication.`
  const message = toSentence(whose, said)
  return { clock: 'idle', limit: idle.seconds, ceiling, by: 0, clause, level, message }
}

const toSentence = (whose: string, said: string): string =>
  whose === '' ? `${said.charAt(0).toUpperCase()}${said.slice(1)}` : `${whose}, ${said}`
