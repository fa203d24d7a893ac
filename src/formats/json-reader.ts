// JSON as Python's `json.loads` reads it: NaN and Infinity, integers of any size, floats apart from
// integers. Knows no tags.
import { isFloatAt, markFloats } from './floats.ts'

/** A parsed text, with the source of each member of the outermost object. */
export interface Parsed {
  readonly value: unknown
  readonly sources: Map<string, string>
}

/** How deep objects and arrays may lie in one another. Python gives up at about twice that. */
export const DEEPEST = 500
/** Python refuses integers of more digits (`sys.int_info`). */
export const MOST_DIGITS = 4300

/** Reads a text strictly, or gives null. Never throws. */
export function readJson(text: string): Parsed | null {
  const reader = new Reader(text)
  try {
    const value = reader.whole()
    return { value, sources: reader.sources }
  } catch {
    return null
  }
}

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORDS: readonly (readonly [text: string, value: unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
/** Thrown and caught in this file alone; one for all, since nobody reads its stack. */
const UNREADABLE = new Error('unreadable')

class Reader {
  readonly sources = new Map<string, string>()
  readonly #text: string
  #at = 0
  /** Whether the number just read was spelled as a float. */
  #float = false

  constructor(text: string) {
    this.#text = text
  }

  whole(): unknown {
    this.#space()
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw UNREADABLE
    return value
  }

  #value(depth: number): unknown {
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#string()
      case OPEN_OBJECT:
        return this.#object(depth + 1)
      case OPEN_LIST:
        return this.#list(depth + 1)
      default:
        return this.#numberOrWord()
    }
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const floats = new Marks()
    this.#enter(depth)
    if (this.#take(CLOSE_OBJECT)) return object
    do {
      this.#space()
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw UNREADABLE
      const key = this.#string()
      this.#space()
      if (!this.#take(COLON)) throw UNREADABLE
      this.#space()
      const start = this.#at
      const value = this.#value(depth)
      if (depth === 1) this.sources.set(key, this.#text.slice(start, this.#at))
      floats.note(key, value, this.#float)
      define(object, key, value)
      this.#space()
    } while (this.#take(COMMA))
    if (!this.#take(CLOSE_OBJECT)) throw UNREADABLE
    markFloats(object, floats.found)
    return object
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = []
    const floats = new Marks()
    this.#enter(depth)
    if (this.#take(CLOSE_LIST)) return list
    do {
      this.#space()
      const value = this.#value(depth)
      floats.note(list.length, value, this.#float)
      list.push(value)
      this.#space()
    } while (this.#take(COMMA))
    if (!this.#take(CLOSE_LIST)) throw UNREADABLE
    markFloats(list, floats.found)
    return list
  }

  #enter(depth: number): void {
    if (depth > DEEPEST) throw UNREADABLE
    this.#at++
    this.#space()
  }

  #string(): string {
    const text = this.#text
    const start = this.#at
    let escaped = false
    for (let at = start + 1; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === QUOTE) {
        this.#at = at + 1
        // JSON.parse judges the escapes, and throws what is caught above.
        return escaped ? JSON.parse(text.slice(start, at + 1)) : text.slice(start + 1, at)
      }
      if (unit < 0x20) throw UNREADABLE
      if (unit === BACKSLASH) {
        escaped = true
        at++
      }
    }
    throw UNREADABLE
  }

  #numberOrWord(): unknown {
    NUMBER.lastIndex = this.#at
    const [digits, fraction, exponent] = NUMBER.exec(this.#text) ?? []
    if (digits === undefined) return this.#word()
    this.#at += digits.length
    this.#float = fraction !== undefined || exponent !== undefined
    const value = Number(digits)
    if (this.#float) return value
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
    if (digits.replace('-', '').length > MOST_DIGITS) throw UNREADABLE
    return BigInt(digits)
  }

  #word(): unknown {
    const word = WORDS.find(([text]) => this.#text.startsWith(text, this.#at))
    if (word === undefined) throw UNREADABLE
    this.#at += word[0].length
    this.#float = true
    return word[1]
  }

  #take(unit: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== unit) return false
    this.#at++
    return true
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.#at++
    }
  }
}

/** Collects the integral floats of one container; of equal keys the last one counts. */
class Marks {
  found: Map<string | number, number> | null = null

  note(key: string | number, value: unknown, float: boolean): void {
    if (typeof value === 'number' && float && !isFloatAt(undefined, key, value)) {
      this.found ??= new Map()
      this.found.set(key, value)
    } else this.found?.delete(key)
  }
}

/** As JSON.parse does: `__proto__` is a key like any other. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else {
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  }
}
