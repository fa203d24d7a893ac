// Values as JSON, for the sealed cookie and for stores: what JSON would change silently is refused.
import { SessionError } from '../core/errors.ts'
import { isPlain } from '../core/plain.ts'
import type { ValueCodec } from '../core/store.ts'

/** How stores keep values, where they do not say otherwise. */
export const jsonValues: ValueCodec = Object.freeze({
  encode: (value: unknown, key: string) => {
    demandJson(value, key, 0)
    return JSON.stringify(value)
  },
  decode: (text: string) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  },
})

/** Two values that JSON would write alike must not pass for the same: null and NaN. */
export function encodeValue(value: unknown): string {
  demandJson(value, '…', 0)
  return JSON.stringify(value)
}

const DEEPEST = 100

/** @throws SessionError `not-serializable`, naming where: JSON would drop or change it silently. */
export function demandJson(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return
  if (typeof value !== 'object' || depth > DEEPEST) refuse(path, value)
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) demandJson(value[at], `${path}[${at}]`, depth + 1)
  } else if (isPlain(value)) {
    for (const key of Object.keys(value)) demandJson(value[key], `${path}.${key}`, depth + 1)
  } else refuse(path, value)
}

function refuse(path: string, value: unknown): never {
  const kind = typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value
  throw new SessionError(
    'not-serializable',
    `session.${path} is a ${kind} that JSON cannot hold unchanged. Convert it, as a date by toISOString(); without a store the signed format holds dates, bytes and bigints, too.`,
  )
}
