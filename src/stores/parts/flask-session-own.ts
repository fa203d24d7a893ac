// What the library keeps of a session among Flask's own data, under one key: a small mapping that Flask
// carries along and clears with the rest.
import { isSecond } from '../../core/judgement.ts'
import { isPlain } from '../../core/plain.ts'
import type { Keeping } from '../../core/store.ts'

/** The key in Flask's mapping. */
export const OWN_KEY = '_sojourn'
/** Flask's own key, beside the data. */
export const PERMANENT_KEY = '_permanent'

export type Bounds = Pick<Keeping, 'idle' | 'endsAt' | 'throttle'>

export interface Own {
  readonly createdAt: number
  readonly subject: string | null
  /** Null where nobody has set any. */
  readonly bounds: Bounds | null
  /** The texts of the library's own fields, by their keys, which begin with `@`. */
  readonly texts: ReadonlyMap<string, string>
  /** The clock of a value, as it stands before its text: `300,0,1700000000`. */
  readonly clocks: ReadonlyMap<string, string>
}

const SIGN = '@'
const CLOCK = /^~(\d{1,15},\d{1,15},\d{1,15});/

/** The clock before a text, and the text without it. */
export function takeClock(text: string): { readonly clock: string | null; readonly bytes: string } {
  const found = text.startsWith('~') ? CLOCK.exec(text) : null
  if (found === null) return { clock: null, bytes: text }
  return { clock: found[1] as string, bytes: text.slice(found[0].length) }
}

export const withClock = (clock: string | undefined, bytes: string): string =>
  clock === undefined ? bytes : `~${clock};${bytes}`

/** Whether a field is one of the library's own: a key of the data that begins with the sign has it twice. */
export const isOwnField = (name: string): boolean =>
  name.startsWith(SIGN) && !name.startsWith(SIGN + SIGN)

export const fieldOf = (key: string): string => (key.startsWith(SIGN) ? SIGN + key : key)
export const keyOf = (name: string): string => (name.startsWith(SIGN) ? name.slice(1) : name)

/** As Flask's mapping holds it. */
export function writeOwn({ createdAt, subject, bounds, texts, clocks }: Own): object {
  return {
    start: createdAt,
    ...(subject !== null && { subject }),
    ...(bounds !== null && { bounds: [bounds.idle, bounds.endsAt, bounds.throttle] }),
    ...Object.fromEntries(texts),
    ...(clocks.size > 0 && { clocks: Object.fromEntries(clocks) }),
  }
}

/** Null for what is none of ours, or is of a version that knew more: its limits would be lost. */
export function readOwn(value: unknown): Own | null {
  if (!isPlain(value)) return null
  const { start, subject = null, bounds = null, clocks = {}, ...rest } = value
  const isOurs =
    isSecond(start) &&
    (subject === null || (typeof subject === 'string' && subject !== '')) &&
    isPlain(clocks) &&
    Object.values(clocks).every((clock) => CLOCK.test(`~${clock};`)) &&
    Object.entries(rest).every(([name, text]) => isOwnField(name) && typeof text === 'string')
  const read = bounds === null ? null : readBounds(bounds)
  if (!isOurs || read === undefined) return null
  return {
    createdAt: start,
    subject,
    bounds: read,
    texts: new Map(Object.entries(rest as Record<string, string>)),
    clocks: new Map(Object.entries(clocks as Record<string, string>)),
  }
}

function readBounds(value: unknown): Bounds | undefined {
  if (!Array.isArray(value) || value.length !== 3 || !value.every(isSecond)) return undefined
  const [idle, endsAt, throttle] = value as [number, number, number]
  return { idle, endsAt, throttle }
}
