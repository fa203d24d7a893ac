// Whether a lifetime is laxer than a standard: in which clock, by how much, against which clause.
import { SessionError } from '../core/errors.ts'
import { type ClockName, type Lifetime, type Limit, toLimits } from '../core/lifetime.ts'
import { type Ceiling, type Level, PRESET_NAMES, type PresetName, STANDARDS } from './presets.ts'
import { inWords } from './words.ts'

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
  if (!Object.hasOwn(STANDARDS, name)) {
    throw new SessionError(
      'bad-option',
      `There is no preset of that name. The presets are ${PRESET_NAMES.join(', ')}.`,
    )
  }
  const { clause, ceilings } = STANDARDS[name]
  const limits = limitsOf(lifetime, options)
  return ceilings.flatMap((ceiling) => judgeCeiling(ceiling, limits, clause) ?? [])
}

/** The limits of one lifetime, as the sessions will judge by them. */
export function limitsOf(lifetime: Lifetime, options: CheckOptions): readonly Limit[] {
  if (typeof lifetime !== 'object' || lifetime === null) {
    throw new SessionError(
      'bad-lifetime',
      'A policy is checked one lifetime at a time: write { idle: { minutes: 30 } }, and check each lifetime that a function may return.',
    )
  }
  return toLimits(lifetime, options.refreshEachRequest !== true)
}

function judgeCeiling(
  { clock, seconds: ceiling, level, presence }: Ceiling,
  limits: readonly Limit[],
  clause: string,
): Finding | null {
  // Whatever ends a session ends its idling; only the absolute clock bounds its age.
  const bounds = limits.filter((limit) => clock === 'idle' || limit.clock === clock)
  const longest = Math.min(...bounds.map(({ seconds, allowance }) => seconds + allowance))
  if (longest <= ceiling) return null
  const limit = limits.find((candidate) => candidate.clock === clock)
  if (limit === undefined) {
    const message = `There is no ${clock} limit, and ${clause} (${presence}) asks for one of at most ${inWords(ceiling)}.`
    return { clock, limit: null, ceiling, by: null, clause, level: presence, message }
  }
  const by = longest - ceiling
  const allowed = limit.allowance > 0 ? ` with an allowance of ${inWords(limit.allowance)}` : ''
  const message = `The ${clock} limit of ${inWords(limit.seconds)}${allowed} is ${inWords(by)} over the ${inWords(ceiling)} of ${clause} (${level}).`
  return { clock, limit: limit.seconds, ceiling, by, clause, level, message }
}
