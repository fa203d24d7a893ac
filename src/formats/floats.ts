// Floats that stay floats: Python tells 1.0 from 1, JavaScript does not. What was read as a float is
// remembered beside its container, by key, for as long as the same number stands there.

type Key = string | number

/** The integral floats of one container: the key and the number that stood there. */
export type Floats = ReadonlyMap<Key, number>

const marks = new WeakMap<object, Floats>()

/** Remembers a container's integral floats; nothing to remember is nothing kept. */
export function markFloats(container: object, floats: Floats | null | undefined): void {
  if (floats) marks.set(container, floats)
}

export const floatsOf = (container: object): Floats | undefined => marks.get(container)

/** Whether the number at a key of an object, array or Map is a float on the Python side. */
export function isFloat(container: object, key: Key): boolean {
  const value: unknown = container instanceof Map ? container.get(key) : Reflect.get(container, key)
  return typeof value === 'number' && isFloatAt(marks.get(container), key, value)
}

/** The same, with the container's floats at hand. Unsafe integers are floats: ints there are bigints. */
export const isFloatAt = (floats: Floats | undefined, key: Key, value: number): boolean =>
  !Number.isSafeInteger(value) ||
  Object.is(value, -0) ||
  (floats !== undefined && Object.is(floats.get(key), value))

const LEAST_POSITIONAL = 1e-4
const LEAST_EXPONENTIAL = 1e16

/** Python's `repr` of a float, with JSON's bare words for what is not finite. */
export function formatFloat(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  if (!Number.isFinite(value)) return String(value)
  const magnitude = Math.abs(value)
  if (magnitude === 0 || (magnitude >= LEAST_POSITIONAL && magnitude < LEAST_EXPONENTIAL)) {
    return Number.isInteger(value) ? `${value}.0` : String(value)
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}
