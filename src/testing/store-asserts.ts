// The asserts of the store contract: they belong to no test runner.

const LONGEST = 400

/** Fails unless both have the same content; of Maps the order does not count. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [came, wanted] = [show(actual), show(expected)]
  if (came === wanted) return
  // Of two long texts the part is shown in which they begin to differ.
  let start = 0
  while (came[start] === wanted[start]) start++
  const from = Math.max(0, start - LONGEST / 2)
  const part = (text: string) =>
    (from > 0 ? '…' : '') +
    text.slice(from, from + LONGEST) +
    (text.length > from + LONGEST ? '…' : '')
  throw new Error(`${what}: expected ${part(wanted)} but got ${part(came)}`)
}

/** Fails unless it holds. */
export function that(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what}: expected it to hold, but it does not`)
}

/** A value as text, independent of the order of keys; what is undefined is not there. */
function show(value: unknown): string {
  if (value instanceof Map) return `Map ${pairs([...value])}`
  if (value instanceof Set) return `Set ${list([...value].map(show).sort())}`
  if (Array.isArray(value)) return list(value.map(show))
  if (typeof value === 'object' && value !== null) {
    return pairs(Object.entries(value).filter(([, inner]) => inner !== undefined))
  }
  return JSON.stringify(value) ?? String(value)
}

const list = (texts: readonly string[]): string => `[${texts.join(', ')}]`

const pairs = (entries: readonly (readonly [unknown, unknown])[]): string =>
  `{${entries
    .map(([key, inner]) => `${show(key)}: ${show(inner)}`)
    .sort()
    .join(', ')}}`
