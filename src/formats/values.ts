// Values that Python has and JavaScript lacks. Bytes are `Uint8Array`, datetimes are `Date`.
import { SessionError } from '../core/errors.ts'
import { formatFloat } from './floats.ts'

/**
 * Python's tuple: an array that is written as a tuple. Methods that make a new array (`map`,
 * `slice`) make a plain one, which is a list.
 */
export class Tuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  /** The items, also a single number: `new Tuple(3)` holds one 3. */
  constructor(...items: T[]) {
    super()
    for (const item of items) this.push(item)
  }
}

/** Text that Flask's templates do not escape. Whoever makes one vouches for it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = String(text)
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }
}

const UUID_TEXT =
  /^(?:urn:uuid:)?\{?([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})\}?$/i

/** A UUID; compares and prints in the dashed lower-case form. */
export class UUID {
  /** The 32 lower-case hex digits. */
  readonly hex: string

  /**
   * From any usual spelling: with dashes or without, in braces, as `urn:uuid:`, in either case.
   * @throws SessionError `bad-option` for anything else.
   */
  constructor(text: string) {
    const groups = UUID_TEXT.exec(String(text))
    if (groups === null) {
      throw new SessionError(
        'bad-option',
        'A UUID needs 32 hex digits, such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8.',
      )
    }
    this.hex = groups.slice(1).join('').toLowerCase()
  }

  toString(): string {
    return this.hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }

  toJSON(): string {
    return this.toString()
  }
}

/** A number that Python is to see as a float even when it is whole. Reading gives plain numbers. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = Number(value)
  }

  valueOf(): number {
    return this.value
  }

  /** Python's spelling: `1.0`, `1e+16`. */
  toString(): string {
    return formatFloat(this.value)
  }

  toJSON(): number {
    return this.value
  }
}
