// Values and times as people read them, and as programs do. What a visitor put into a cookie cannot
// reach the terminal as a control character.
import { formatFloat, isFloat } from '../formats/floats.ts'
import { Markup, Tuple, UUID } from '../formats/values.ts'

const UNITS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const
/** The last second that a Date can hold. */
const LATEST = 8.64e12
/** Controls of terminals, and what turns the direction of writing; JSON leaves them raw. */
const DANGEROUS = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** `2023-11-14T22:13:20Z`, or null for a second that no calendar reaches. */
export function toIso(second: number): string | null {
  if (second > LATEST) return null
  return new Date(Math.floor(second) * 1000).toISOString().replace('.000Z', 'Z')
}

/** `2023-11-14 22:13:20 UTC` */
export const toDate = (second: number): string =>
  toIso(second)?.replace('T', ' ').replace('Z', ' UTC') ?? `second ${second}`

/** A length of time by its two largest units: `1 hour 30 minutes`. */
export function inWords(seconds: number): string {
  let rest = Math.floor(Math.abs(seconds))
  const words: string[] = []
  for (const [unit, length] of UNITS) {
    const amount = Math.floor(rest / length)
    rest %= length
    if (amount > 0) words.push(`${amount} ${unit}${amount === 1 ? '' : 's'}`)
    else if (words.length > 0) break
  }
  return words.slice(0, 2).join(' ') || '0 seconds'
}

/** How far an instant lies from now: `5 minutes ago`, `in 2 days`. */
export function fromNow(second: number, now: number): string {
  const age = Math.floor(now) - second
  if (age === 0) return 'just now'
  return age > 0 ? `${inWords(age)} ago` : `in ${inWords(age)}`
}

/** One value on one line; tuples, dates, bytes and the like by name. */
export function toReadable(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Date) return toDate(value.getTime() / 1000)
  if (value instanceof Uint8Array) return `bytes(${Buffer.from(value).toString('base64')})`
  if (value instanceof UUID) return `UUID(${value})`
  if (value instanceof Markup) return `Markup(${quote(value.text)})`
  if (value instanceof Tuple) return `(${items(value)}${value.length === 1 ? ',' : ''})`
  if (Array.isArray(value)) return `[${items(value)}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${quote(key)}: ${showMember(value, key, member)}`,
  )
  return `{${members.join(', ')}}`
}

const items = (list: readonly unknown[]): string =>
  Array.from(list, (item, at) => showMember(list, at, item)).join(', ')

/** A member, with a float shown as one: `1.0`. */
const showMember = (container: object, key: string | number, value: unknown): string =>
  typeof value === 'number' && isFloat(container, key) ? formatFloat(value) : toReadable(value)

const quote = (text: string): string => escapeControls(JSON.stringify(text))

const escapeControls = (text: string): string =>
  text.replace(DANGEROUS, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Text that came from elsewhere and goes to a terminal as it is. */
export const toSafe = (text: string): string => quote(text).slice(1, -1).replaceAll('\\"', '"')

/** The data as plain JSON: tuples as arrays, the rest as text. Not for reading back. */
export function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return toIso(Math.floor(value.getTime() / 1000))
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof UUID) return value.toString()
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return Array.from(value, toPlain)
  if (value instanceof Map) return toPlain(Object.fromEntries(value))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toPlain(member)]))
}

/** Names and what they say, in two columns. */
export function toColumns(rows: readonly (readonly [name: string, said: string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, said]) => `${name.padEnd(width)}  ${said}`.trimEnd()).join('\n')
}

/** Rows under a head, each column as wide as its widest cell. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const widths = head.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The data of a session, an object or a Map, a line for each key. */
export function toLines(fields: object): string {
  const entries: [string, unknown][] = fields instanceof Map ? [...fields] : Object.entries(fields)
  const rows = entries.map(
    ([key, value]) => [`  ${toSafe(key)}`, showMember(fields, key, value)] as const,
  )
  return rows.length === 0 ? '  (empty)' : toColumns(rows)
}

export const toJsonText = (value: unknown): string => JSON.stringify(value, null, 2)
