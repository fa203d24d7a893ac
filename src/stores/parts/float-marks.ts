// Whole floats of Python, which JavaScript takes for integers: remembered beside their container, for as
// long as the same number stands there.

const marks = new WeakMap<object, Map<unknown, number>>()

/** Remembers that the number at a key was written as a float. */
export function markFloat(container: object, key: unknown, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return
  const floats = marks.get(container)
  if (floats) floats.set(key, value)
  else marks.set(container, new Map([[key, value]]))
}

/** Whether a number is a float to Python. What is no safe integer is one: integers there are bigints. */
export const isFloatAt = (container: object | null, key: unknown, value: number): boolean =>
  !Number.isSafeInteger(value) ||
  Object.is(value, -0) ||
  (container !== null && Object.is(marks.get(container)?.get(key), value))
