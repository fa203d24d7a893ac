// The figures of the standards, and the lifetimes that stay within them. No other file knows one.
import { type ClockName, type Lifetime, toLimit } from '../core/lifetime.ts'

/** NIST's three assurance levels, PCI DSS, and OWASP's ranges for high and low risk. */
export type PresetName = 'aal1' | 'aal2' | 'aal3' | 'pci' | 'owaspHigh' | 'owaspLow'

/** How binding a clause is, in the words of its standard. */
export type Level = 'shall' | 'should'

/** The most that a standard lets a clock run. */
export interface Ceiling {
  readonly clock: ClockName
  readonly seconds: number
  readonly level: Level
  /** How binding it is that there is a limit at all. */
  readonly presence: Level
}

export interface Standard {
  /** Where the figures stand: `NIST SP 800-63B-4, 2.2.3`. */
  readonly clause: string
  readonly ceilings: readonly Ceiling[]
  /** How binding it is that idling ends the session; null where a lock that one factor opens will do. */
  readonly lock: Level | null
}

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400
const OWASP = 'OWASP Session Management Cheat Sheet'

const most = (
  clock: ClockName,
  seconds: number,
  level: Level,
  presence: Level = level,
): Ceiling => ({ clock, seconds, level, presence })

/** What each standard asks. PCI DSS says nothing of the absolute clock, so it has no ceiling. */
export const STANDARDS: { readonly [name in PresetName]: Standard } = {
  aal1: {
    clause: 'NIST SP 800-63B-4, 2.1.3',
    ceilings: [most('absolute', 30 * DAY, 'should', 'shall')],
    lock: null,
  },
  aal2: {
    clause: 'NIST SP 800-63B-4, 2.2.3',
    ceilings: [most('idle', HOUR, 'should'), most('absolute', 24 * HOUR, 'should')],
    lock: null,
  },
  aal3: {
    clause: 'NIST SP 800-63B-4, 2.3.3',
    ceilings: [most('idle', 15 * MINUTE, 'should'), most('absolute', 12 * HOUR, 'shall')],
    lock: 'shall',
  },
  pci: {
    clause: 'PCI DSS 4.0.1, 8.2.8',
    ceilings: [most('idle', 15 * MINUTE, 'shall')],
    lock: null,
  },
  owaspHigh: {
    clause: OWASP,
    ceilings: [most('idle', 5 * MINUTE, 'should'), most('absolute', 8 * HOUR, 'should')],
    lock: null,
  },
  owaspLow: {
    clause: OWASP,
    ceilings: [most('idle', 30 * MINUTE, 'should'), most('absolute', 8 * HOUR, 'should')],
    lock: null,
  },
}

export const PRESET_NAMES = Object.keys(STANDARDS) as readonly PresetName[]

/** The longest idle limit, in seconds, that together with its allowance stays within a figure. */
export function within(figure: number): number {
  let seconds = figure
  while (seconds + toLimit('idle', seconds).allowance > figure) seconds -= 1
  return seconds
}

function toLifetime(name: PresetName): Lifetime {
  const secondsOf = (clock: ClockName) =>
    STANDARDS[name].ceilings.find((ceiling) => ceiling.clock === clock)?.seconds
  const idle = secondsOf('idle')
  const absolute = secondsOf('absolute')
  return Object.freeze({
    ...(idle && { idle: Object.freeze({ seconds: within(idle) }) }),
    ...(absolute && { absolute: Object.freeze({ seconds: absolute }) }),
  })
}

const owaspHigh = toLifetime('owaspHigh')

/**
 * Lifetimes at the ceiling of each standard: `lifetime: presets.aal2`. The throttle's allowance is
 * taken off idle, so that a session never idles longer than the standard says. `aal1` has no idle
 * limit, since NIST leaves it optional there; `pci` takes OWASP's 8 absolute hours, since PCI DSS
 * leaves that open.
 */
export const presets: { readonly [name in PresetName]: Lifetime } = Object.freeze({
  aal1: toLifetime('aal1'),
  aal2: toLifetime('aal2'),
  aal3: toLifetime('aal3'),
  pci: Object.freeze({ ...toLifetime('pci'), absolute: owaspHigh.absolute }),
  owaspHigh,
  owaspLow: toLifetime('owaspLow'),
})
