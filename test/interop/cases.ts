// The values of flask_app.py's CASES as they are said here, and their description with types.
import { Float, Markup, Tuple, UUID } from 'sojourn/flask'
import { isFloat } from '../../src/formats/floats.ts'

const NEPHEWS = Array.from({ length: 40 }, (_, at) => `Tick, Trick and Track, number ${at}`)
const own = (entries: [string, unknown][]) => Object.fromEntries(entries)

export const CASES: Record<string, unknown> = {
  tuples: new Tuple<unknown>(1, new Tuple<unknown>(2, new Tuple()), [3, new Tuple<unknown>(4)]),
  dates: [
    new Date('2024-02-29T12:34:56Z'),
    new Date('1969-12-31T23:59:59Z'),
    new Date('9999-12-31T23:59:59Z'),
  ],
  bytes: [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, at) => at)],
  uuids: { id: new UUID('12345678-9abc-def0-1234-56789abcdef0') },
  markup: [new Markup('<b>R&amp;D</b>'), '<b>R&D</b>'],
  'big integers': [2 ** 53 - 1, 2n ** 53n, -(2n ** 63n), 10n ** 40n],
  floats: [0.5, new Float(1), new Float(-0), 1e16, 1e-7, Number.MAX_VALUE, 5e-324, 0.1 + 0.2],
  'not finite': [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  unicode: { käse: 'Füße, 日本語, 🧀', '\uff5e': 1, '😀': 2, '': '\x7f\u2028' },
  'lone surrogates': ['\ud800', '\udc00x'],
  plain: [null, true, false, 0, '', [], {}],
  'tag names': [
    { ' t': [1] },
    { ' di': { ' t': 1 } },
    { ' t': 1, ' b': 2 },
    own([['__proto__', { a: 1 }]]),
  ],
  'three kilobytes': {
    names: NEPHEWS,
    pairs: NEPHEWS.map((name) => new Tuple<unknown>(name, name.length)),
  },
}

/**
 * A value with its type, in plain JSON: the twin of `describe` in flask_app.py. Whole floats are
 * plain numbers, told apart by the container that they were read in.
 */
export function describeValue(value: unknown, float = false): unknown {
  if (value === null || value === undefined) return null
  switch (typeof value) {
    case 'boolean':
      return value
    case 'string':
      return { str: value }
    case 'bigint':
      return { int: String(value) }
    case 'number':
      return float || !Number.isSafeInteger(value) ? { float: bits(value) } : { int: String(value) }
    default:
      return describeObject(value)
  }
}

function describeObject(value: object): unknown {
  if (value instanceof Float) return { float: bits(value.value) }
  if (value instanceof Markup) return { markup: String(value) }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof UUID) return { uuid: String(value) }
  if (value instanceof Date) return { datetime: Math.floor(value.getTime() / 1000) }
  if (Array.isArray(value)) {
    const items = Array.from(value, (item, at) => describeValue(item, isFloat(value, at)))
    return value instanceof Tuple ? { tuple: items } : { list: items }
  }
  const pairs = Object.entries(value).map(
    ([key, item]) => [key, describeValue(item, isFloat(value, key))] as const,
  )
  return { dict: pairs.sort(([one], [other]) => compare(one, other)) }
}

function bits(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

/** By code point, as Python sorts: which is how UTF-32 compares. */
const compare = (one: string, other: string): number => Buffer.compare(wide(one), wide(other))

const wide = (text: string): Buffer =>
  Buffer.concat(
    Array.from(text, (character) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(character.codePointAt(0) ?? 0)
      return bytes
    }),
  )
