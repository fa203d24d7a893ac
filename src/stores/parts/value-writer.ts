// Goes through a value of JavaScript and spells it for Python: what would come out as something else is
// refused.
import { SessionError } from '../../core/errors.ts'
import { isPlain } from '../../core/plain.ts'
import { Float } from '../../formats/values.ts'
import { isFloatAt } from './float-marks.ts'
import { Extension } from './msgpack-reader.ts'
import { DEEPEST, HALF } from './serialization.ts'

/** How a format spells each type. Null for what it cannot hold. */
export interface Spelling {
  /** What to store, for messages. */
  readonly advice: string
  readonly nothing: string
  boolean(value: boolean): string
  /** Without half of a surrogate pair. */
  text(value: string): string
  integer(value: number | bigint): string | null
  float(value: number): string | null
  list(items: readonly string[]): string
  /** @param pairs keys and values, spelled already */
  map(pairs: readonly (readonly [string, string])[]): string
  /** The key of a mapping that is no text. */
  key(key: unknown, spell: () => string): string | null
  bytes(value: Uint8Array): string | null
  date(value: Date): string | null
  extension(value: Extension): string | null
}

/** @throws SessionError `not-serializable`, naming where. */
export const spell = (value: unknown, key: string, spelling: Spelling): string =>
  new ValueWriter(spelling).member(value, null, key, 1)

class ValueWriter {
  readonly #spelling: Spelling
  /** The keys that lead to the value being written, for messages. */
  readonly #path: unknown[] = []

  constructor(spelling: Spelling) {
    this.#spelling = spelling
  }

  /** @param depth how many containers the value lies in, itself counted if it is one */
  member(value: unknown, container: object | null, key: unknown, depth: number): string {
    this.#path.push(key)
    const text =
      typeof value === 'number'
        ? this.#number(value, isFloatAt(container, key, value))
        : this.#write(value, depth)
    if (text === null) throw this.#refusal(value)
    this.#path.pop()
    return text
  }

  #number(value: number, isFloat: boolean): string | null {
    return isFloat ? this.#spelling.float(value) : this.#spelling.integer(value)
  }

  #write(value: unknown, depth: number): string | null {
    if (depth > DEEPEST) throw this.#tooDeep()
    switch (typeof value) {
      case 'string':
        return HALF.test(value) ? null : this.#spelling.text(value)
      case 'boolean':
        return this.#spelling.boolean(value)
      case 'bigint':
        return this.#spelling.integer(value)
      case 'object':
        return value === null ? this.#spelling.nothing : this.#object(value, depth + 1)
      default:
        return null
    }
  }

  #object(value: object, depth: number): string | null {
    const spelling = this.#spelling
    if (Array.isArray(value)) {
      const items = Array.from(value, (item, at) => this.member(item, value, at, depth))
      return spelling.list(items)
    }
    if (value instanceof Map) return this.#map(value, value, depth)
    if (value instanceof Uint8Array) return spelling.bytes(value)
    if (value instanceof Date) return spelling.date(value)
    if (value instanceof Extension) return spelling.extension(value)
    if (value instanceof Float) return spelling.float(value.value)
    if (!isPlain(value) || Object.getOwnPropertySymbols(value).length > 0) return null
    return this.#map(value, Object.entries(value), depth)
  }

  #map(map: object, pairs: Iterable<readonly [unknown, unknown]>, depth: number): string {
    const spelled = Array.from(
      pairs,
      ([key, value]) => [this.#key(key, depth), this.member(value, map, key, depth)] as const,
    )
    return this.#spelling.map(spelled)
  }

  #key(key: unknown, depth: number): string {
    const write = () => this.member(key, null, key, depth)
    const text = typeof key === 'string' ? write() : this.#spelling.key(key, write)
    if (text === null) throw this.#refusal(key)
    return text
  }

  #refusal(value: unknown): SessionError {
    const kind = typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value
    return new SessionError(
      'not-serializable',
      `session${this.#where()} is a ${kind} that Flask-Session cannot hold unchanged. ${this.#spelling.advice}`,
    )
  }

  #tooDeep(): SessionError {
    this.#path.splice(3)
    return new SessionError(
      'not-serializable',
      `session${this.#where()} is nested more than ${DEEPEST} deep, or holds itself.`,
    )
  }

  #where(): string {
    return this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  }
}
