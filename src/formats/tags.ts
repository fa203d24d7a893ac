// Types that JSON lacks, as Flask tags them: an object with one key that begins with a space.

import { runtime } from '#runtime'
import { SessionError } from '../core/errors.ts'
import { isPlain } from '../core/plain.ts'
import { floatsOf, markFloats } from './floats.ts'
import { Markup, Tuple, UUID } from './values.ts'

/** A type of your own in the session: what Flask's `TaggedJSONSerializer.register` takes. */
export interface Tag {
  /** The one key of the object it is written as, the same on the Python side: `' od'`. */
  readonly key: string
  /** Whether a value is of this type. Asked for every value, before the built-in types. */
  fits(value: unknown): boolean
  /** The value in other terms, which are tagged in their turn; undefined refuses it. */
  write(value: unknown): unknown
  /** The value back; what is thrown here makes the whole cookie unreadable. */
  read(json: unknown): unknown
}

const UNREADABLE = new Error('unreadable')
const TUPLE = ' t'
const DICT = ' di'
const SUFFIX = '__'
const BASE64 = /^[A-Za-z\d+/]*={0,2}$/
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/

const text = (json: unknown): string => {
  if (typeof json !== 'string') throw UNREADABLE
  return json
}

/** The built-in types that are neither lists nor dicts, in Flask's order. */
const BUILT_IN: readonly Tag[] = [
  {
    key: ' b',
    fits: (value) => value instanceof Uint8Array,
    write: (value) => toBase64(value as Uint8Array),
    read: (json) => fromBase64(text(json)),
  },
  {
    key: ' m',
    fits: (value) => value instanceof Markup,
    write: String,
    read: (json) => new Markup(text(json)),
  },
  {
    key: ' u',
    fits: (value) => value instanceof UUID,
    write: (value) => (value as UUID).hex,
    read: (json) => new UUID(text(json)),
  },
  {
    key: ' d',
    fits: (value) => value instanceof Date,
    write: (value) => toHttpDate(value as Date),
    read: (json) => (json === null ? null : fromHttpDate(text(json))),
  },
]

/** The tags of one format, the user's first. */
export class Tags {
  readonly user: readonly Tag[]
  readonly #readers: ReadonlyMap<string, Tag['read']>

  /** @throws SessionError `bad-option` for a tag without its parts, or whose key is taken. */
  constructor(user: readonly Tag[]) {
    const readers = new Map<string, Tag['read']>([
      [TUPLE, toTuple],
      [DICT, unescaped],
      ...BUILT_IN.map(({ key, read }) => [key, read] as const),
    ])
    for (const tag of user) {
      demandTag(tag, readers)
      readers.set(tag.key, (json) => tag.read(json))
    }
    this.user = user
    this.#readers = readers
  }

  /** Whether an object with this one key must be escaped to stay an object. */
  has(key: string): boolean {
    return this.#readers.has(key)
  }

  /** The tag that one of the types JSON lacks is written with; none for plain objects. */
  of(value: object): Tag | undefined {
    return BUILT_IN.find((tag) => tag.fits(value))
  }

  /**
   * Puts values in the place of tagged objects, inside out. Throws for what Python refuses.
   *
   * @param onLost told when a tag's content became null, so that writing would not bring it back.
   */
  read(value: unknown, onLost: () => void): unknown {
    if (typeof value !== 'object' || value === null) return value
    const members = value as Record<string, unknown>
    const keys = Object.keys(members)
    for (const key of keys) {
      const member = members[key]
      if (typeof member !== 'object' || member === null) continue
      const read = this.read(member, onLost)
      // The key is an own property, so that not even `__proto__` reaches the prototype.
      if (read !== member) members[key] = read
    }
    const [only] = keys
    if (keys.length !== 1 || only === undefined || Array.isArray(value)) return value
    const reader = this.#readers.get(only)
    if (reader === undefined) return value
    const read = reader(members[only])
    if (read === null) onLost()
    return read
  }
}

function demandTag(tag: Tag, taken: ReadonlyMap<string, unknown>): void {
  const whole = [tag?.fits, tag?.write, tag?.read].every((part) => typeof part === 'function')
  if (!whole || typeof tag.key !== 'string' || tag.key === '') {
    throw new SessionError('bad-option', 'A tag needs a key, and the functions fits, write, read.')
  }
  if (taken.has(tag.key)) {
    throw new SessionError('bad-option', `The tag key '${tag.key}' is taken. Choose another one.`)
  }
}

function toTuple(json: unknown): Tuple {
  if (!Array.isArray(json) || json instanceof Tuple) throw UNREADABLE
  const tuple = Tuple.from(json) as Tuple
  markFloats(tuple, floatsOf(json))
  return tuple
}

/** An object with one key that is named like a tag, so that it is not taken for one. */
export const escapedKey = (key: string): string => key + SUFFIX

function unescaped(json: unknown): Record<string, unknown> {
  if (!isPlain(json)) throw UNREADABLE
  const [[key, value] = [''], ...others] = Object.entries(json)
  if (others.length > 0 || !key.endsWith(SUFFIX)) throw UNREADABLE
  const name = key.slice(0, -SUFFIX.length)
  const object = Object.fromEntries([[name, value]])
  const float = floatsOf(json)?.get(key)
  if (float !== undefined) markFloats(object, new Map([[name, float]]))
  return object
}

const toBase64 = (bytes: Uint8Array): string => {
  const base64 = runtime.encodeBytes(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return base64.padEnd(Math.ceil(base64.length / 4) * 4, '=')
}

function fromBase64(base64: string): Uint8Array {
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) throw UNREADABLE
  const bare = base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  const bytes = runtime.decodeBytes(bare)
  if (bytes === null) throw UNREADABLE
  return Uint8Array.from(bytes)
}

/** Whole seconds, toward the past as in Python; nothing for years that Python would not read back. */
function toHttpDate(date: Date): string | undefined {
  const second = new Date(Math.floor(date.getTime() / 1000) * 1000)
  const year = second.getUTCFullYear()
  return year >= 100 && year <= 9999 ? second.toUTCString() : undefined
}

/** The canonical form alone; null for any other, as Python answers for what it cannot read. */
function fromHttpDate(date: string): Date | null {
  const [, day, month = '', year, hour, minute, second] = HTTP_DATE.exec(date) ?? []
  const index = MONTHS.indexOf(month) / 3
  if (day === undefined || !Number.isInteger(index)) return null
  const parts = [index, day, hour, minute, second].map(Number) as [number, ...number[]]
  const read = new Date(Date.UTC(century(Number(year)), ...parts))
  const back = read.toUTCString()
  // What rolled over into another day does not exist (30 February, 24:00). The weekday may lie.
  return back.slice(5, 12) === date.slice(5, 12) && back.slice(16) === date.slice(16) ? read : null
}

/** Python takes years below 100 for two digits of ours (email.utils). */
const century = (year: number): number => (year > 99 ? year : year > 68 ? year + 1900 : year + 2000)
