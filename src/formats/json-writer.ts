// JSON as Flask writes it: compact, ASCII, keys sorted by code point, Python's numbers, tags.
import { SessionError } from '../core/errors.ts'
import { isPlain } from '../core/plain.ts'
import { type Floats, floatsOf, formatFloat, isFloatAt } from './floats.ts'
import { DEEPEST, MOST_DIGITS } from './json-reader.ts'
import { escapedKey, type Tags } from './tags.ts'
import { Float, Tuple } from './values.ts'

/** One writing of one session or value. */
export class JsonWriter {
  readonly #tags: Tags
  /** The keys that lead to the value being written, for messages. */
  readonly #path: (string | number)[] = []

  constructor(tags: Tags) {
    this.#tags = tags
  }

  /**
   * The session as an object. A source wins over its value; `extra` is one more member, as text.
   * @throws SessionError `not-serializable`, naming where.
   */
  fields(
    fields: ReadonlyMap<string, unknown>,
    sources: ReadonlyMap<string, string> | null,
    extra: readonly [key: string, text: string] | null,
  ): string {
    const keys = [...fields.keys()]
    if (extra !== null) keys.push(extra[0])
    const floats = floatsOf(fields)
    const depth = keys.length === 1 && this.#tags.has(keys[0] as string) ? 2 : 1
    return this.#object(keys, (key) => {
      if (key === extra?.[0]) return extra[1]
      return sources?.get(key) ?? this.#member(key, fields.get(key), floats, depth)
    })
  }

  /**
   * One value, as it stands under a key of the session.
   * @throws SessionError `not-serializable`, naming where.
   */
  value(value: unknown): string {
    return this.#member('', value, undefined, 1)
  }

  #member(key: string | number, value: unknown, floats: Floats | undefined, depth: number): string {
    this.#path.push(key)
    const text =
      typeof value === 'number' && this.#tags.user.length === 0
        ? formatNumber(value, floats, key)
        : this.#write(value, floats, key, depth)
    this.#path.pop()
    return text
  }

  /** `depth` counts the brackets around the value. */
  #write(value: unknown, floats: Floats | undefined, key: string | number, depth: number): string {
    const tag = this.#tags.user.find((candidate) => candidate.fits(value))
    if (tag) return this.#tagged(tag.key, tag.write(value), value, depth)
    switch (typeof value) {
      case 'string':
        return quote(value)
      case 'number':
        return formatNumber(value, floats, key)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'bigint':
        return this.#integer(value)
      case 'object':
        return value === null ? 'null' : this.#structure(value, depth + 1)
      default:
        return this.#refuse(`is ${value === undefined ? 'undefined' : `a ${typeof value}`}`)
    }
  }

  #structure(value: object, depth: number): string {
    if (value instanceof Tuple) return `{" t":${this.#list(value, depth + 1)}}`
    if (Array.isArray(value)) return this.#list(value, depth)
    if (value instanceof Float) return formatFloat(value.value)
    if (isPlain(value)) return this.#plain(value, depth)
    const tag = this.#tags.of(value)
    if (tag) return this.#tagged(tag.key, tag.write(value), value, depth - 1)
    return this.#refuse(
      `is a ${value.constructor?.name || 'object'} that the format has no tag for`,
    )
  }

  #tagged(key: string, content: unknown, value: unknown, depth: number): string {
    if (content === undefined) {
      return this.#refuse(
        value instanceof Date
          ? 'is no date of the years 100 to 9999'
          : `is refused by tag '${key}'`,
      )
    }
    this.#demandDepth(depth + 1)
    return `{${quote(key)}:${this.#write(content, undefined, '', depth + 1)}}`
  }

  #list(list: readonly unknown[], depth: number): string {
    this.#demandDepth(depth)
    const floats = floatsOf(list)
    let text = '['
    for (let at = 0; at < list.length; at++) {
      text += (at > 0 ? ',' : '') + this.#member(at, list[at], floats, depth)
    }
    return `${text}]`
  }

  #plain(object: Record<string, unknown>, depth: number): string {
    const keys = Object.keys(object)
    const inner = keys.length === 1 && this.#tags.has(keys[0] as string) ? depth + 1 : depth
    this.#demandDepth(inner)
    if (Object.getOwnPropertySymbols(object).length > 0) this.#refuse('has a symbol for a key')
    const floats = floatsOf(object)
    return this.#object(keys, (key) => this.#member(key, object[key], floats, inner))
  }

  /** Members in order; an object that could be taken for a tag is escaped. */
  #object(keys: string[], write: (key: string) => string): string {
    const [only] = keys
    if (keys.length === 1 && only !== undefined && this.#tags.has(only)) {
      return `{" di":{${quote(escapedKey(only))}:${write(only)}}}`
    }
    let text = ''
    for (const key of sort(keys)) text += `${text && ','}${quote(key)}:${write(key)}`
    return `{${text}}`
  }

  #integer(value: bigint): string {
    const text = String(value)
    const digits = value < 0n ? text.length - 1 : text.length
    return digits > MOST_DIGITS ? this.#refuse(`has more than ${MOST_DIGITS} digits`) : text
  }

  #demandDepth(depth: number): void {
    if (depth > DEEPEST) {
      this.#path.splice(3)
      this.#refuse(`is nested more than ${DEEPEST} deep, or holds itself`)
    }
  }

  #refuse(why: string): never {
    const path = this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    throw new SessionError(
      'not-serializable',
      `session${path.join('')} ${why}. Store text, numbers, bigints, booleans, null, arrays, plain objects, Tuple, Uint8Array, Date, UUID, Markup or Float, or register a tag.`,
    )
  }
}

const formatNumber = (value: number, floats: Floats | undefined, key: string | number): string =>
  isFloatAt(floats, key, value) ? formatFloat(value) : String(value)

const PLAIN = /^[ !#-[\]-~]*$/
const UNSAFE = /["\\]|[^ -~]/g
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** By UTF-16 units, so that astral characters become pairs and lone surrogates survive. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  return `"${text.replace(UNSAFE, (unit) => SHORT[unit] ?? `\\u${hex(unit.charCodeAt(0))}`)}"`
}

const hex = (unit: number): string => unit.toString(16).padStart(4, '0')

const HIGH = /[\ud800-\uffff]/

/** By code point; JavaScript's own order, by UTF-16 units, differs where astral characters meet. */
function sort(keys: string[]): string[] {
  if (keys.some((key) => HIGH.test(key))) return keys.sort(byCodePoint)
  for (let at = 1; at < keys.length; at++) {
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.sort()
  }
  return keys
}

function byCodePoint(one: string, other: string): number {
  for (let at = 0; at < one.length && at < other.length; at++) {
    const difference = (one.codePointAt(at) ?? 0) - (other.codePointAt(at) ?? 0)
    if (difference !== 0) return difference
    if ((one.codePointAt(at) ?? 0) > 0xffff) at++
  }
  return one.length - other.length
}
