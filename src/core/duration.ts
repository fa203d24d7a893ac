// A length of time that names its unit. Milliseconds and seconds are never guessed apart.
import { SessionError } from './errors.ts'

const SECONDS = {
  weeks: 604_800,
  days: 86_400,
  hours: 3_600,
  minutes: 60,
  seconds: 1,
  milliseconds: 1e-3,
  microseconds: 1e-6,
  nanoseconds: 1e-9,
} as const

type Unit = keyof typeof SECONDS

const LETTERS = {
  w: 'weeks',
  d: 'days',
  h: 'hours',
  m: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
} as const
const UNITS = Object.keys(SECONDS) as Unit[]
const ADVICE = "write { minutes: 30 } or '30m'"

/**
 * A length of time: `{ minutes: 30 }`, `{ hours: 1, minutes: 30 }`, `'30m'`, `'7d'`, or a
 * `Temporal.Duration` without years and months. The letters are `w d h m s ms`. A bare number is
 * refused by the type and at run time.
 */
export type Duration = { readonly [unit in Unit]?: number } | `${number}${keyof typeof LETTERS}`

/**
 * The length in seconds, fractions kept.
 *
 * @throws SessionError `bad-duration` for a bare number, an unknown unit, or what is not finite.
 */
export function toSeconds(duration: Duration, name = 'duration'): number {
  const given: unknown = duration
  if (typeof given === 'string') return fromText(given, name)
  if (typeof given === 'object' && given !== null) return fromUnits(given, name)
  const came = typeof given === 'number' ? `the bare number ${given}` : String(given)
  throw new SessionError('bad-duration', `${name} needs a unit, but got ${came}: ${ADVICE}.`)
}

function fromText(text: string, name: string): number {
  const [, amount, letter] = /^(-?\d+(?:\.\d+)?)(ms|[wdhms])$/.exec(text) ?? []
  if (amount === undefined) {
    throw new SessionError('bad-duration', `${name} cannot be read as a duration: ${ADVICE}.`)
  }
  return round(Number(amount) * SECONDS[LETTERS[letter as keyof typeof LETTERS]])
}

function fromUnits(units: object, name: string): number {
  const unknown = Object.keys(units).find((key) => !(key in SECONDS))
  const calendar = ['years', 'months'].find((key) => (units as Record<string, unknown>)[key])
  if (unknown !== undefined || calendar !== undefined) {
    throw new SessionError(
      'bad-duration',
      `${name} has the unit '${unknown ?? calendar}'; the units are ${UNITS.join(', ')}.`,
    )
  }
  let total = 0
  let named = false
  for (const unit of UNITS) {
    const amount = (units as Record<string, unknown>)[unit]
    if (amount === undefined) continue
    if (typeof amount !== 'number' || !Number.isFinite(amount)) {
      throw new SessionError('bad-duration', `${name}.${unit} must be a finite number.`)
    }
    named = true
    total += amount * SECONDS[unit]
  }
  if (!named) throw new SessionError('bad-duration', `${name} names no unit: ${ADVICE}.`)
  return round(total)
}

/** Sums of binary fractions, held to the nanosecond that the smallest unit can say. */
const round = (seconds: number): number =>
  Number.isInteger(seconds) ? seconds : Math.round(seconds * 1e9) / 1e9
