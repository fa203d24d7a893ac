// JSON as Python's msgspec writes and reads it: raw UTF-8, no order of keys, floats apart from integers.
import { decodeUtf8, encodeUtf8, fromBytes } from './byte-texts.ts'
import { markFloat } from './float-marks.ts'
import { DEEPEST, HALF, type Mapping, type Serialization } from './serialization.ts'
import { type Spelling, spell } from './value-writer.ts'

/** Python refuses integers of more digits (`sys.int_info`). */
const MOST_DIGITS = 4300
const LEAST_POSITIONAL = 1e-5
const LEAST_EXPONENTIAL = 1e16

/** Floats without an end are null there, which is another value. */
function floatOf(value: number): string | null {
  if (!Number.isFinite(value)) return null
  if (Object.is(value, -0)) return '-0.0'
  const magnitude = Math.abs(value)
  if (magnitude === 0 || (magnitude >= LEAST_POSITIONAL && magnitude < LEAST_EXPONENTIAL)) {
    return Number.isInteger(value) ? `${value}.0` : String(value)
  }
  return value.toExponential().replace('e+', 'e')
}

function integerOf(value: number | bigint): string | null {
  const text = String(value)
  return text.replace('-', '').length > MOST_DIGITS ? null : text
}

const textOf = (text: string): string => encodeUtf8(JSON.stringify(text))

const SPELLING: Spelling = {
  advice:
    "Store text, numbers, bigints, booleans, null, arrays, plain objects or Float; with serializationFormat 'msgpack' on both sides also Uint8Array and Date.",
  nothing: 'null',
  boolean: String,
  text: textOf,
  integer: integerOf,
  float: floatOf,
  list: (items) => `[${items.join(',')}]`,
  map: (pairs) => `{${pairs.map((pair) => pair.join(':')).join(',')}}`,
  key: () => null,
  bytes: () => null,
  date: () => null,
  extension: () => null,
}

/** What Flask-Session does to values of a session that was msgpack when it saves it as JSON. */
const AS_FLASK: Spelling = {
  ...SPELLING,
  float: (value) => floatOf(value) ?? 'null',
  key: (key) => (typeof key === 'number' || typeof key === 'bigint' ? textOf(String(key)) : null),
  bytes: (value) => textOf(btoa(fromBytes(value))),
  date: (value) => textOf(value.toISOString().replace('.000Z', 'Z')),
}

/** A text, or a sign by which the members of an object are told apart. */
const SIGN = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g

function split(bytes: string): Mapping | null {
  const whole = parse(bytes)
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return null
  const entries = new Map<string, string>()
  let depth = 0
  let start = 0
  let key: string | null = null
  for (const { 0: sign, index } of bytes.matchAll(SIGN)) {
    if (depth === 1 && (sign === ',' || sign === '}')) {
      // What is at the ends of a value is ASCII, so no byte of it is taken for a space.
      if (key !== null) entries.set(key, bytes.slice(start, index).trim())
      key = null
    } else if (depth === 1 && sign === ':') start = index + 1
    else if (depth === 1 && key === null) key = String(parse(sign))
    if (sign === '{' || sign === '[') depth += 1
    if (sign === '}' || sign === ']') depth -= 1
    if (depth > DEEPEST || (key !== null && HALF.test(key))) return null
  }
  return { entries, others: [] }
}

/** Undefined for what is no JSON. */
function parse(bytes: string): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes) ?? '')
  } catch {
    return undefined
  }
}

/** Where there may be a number that JSON.parse reads as another one, or as one of another type. */
const ODD = /\d\.\d|\d[eE]|\d{16}|-0/
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g
/** Begins a text that stands for a number, or one that began with NUL itself. */
const NUL = '"\\u0000'

function read(bytes: string): unknown {
  const value = parse(bytes)
  if (value === undefined || !ODD.test(bytes)) return value
  const text = decodeUtf8(bytes) ?? ''
  const marked = text.replace(TOKEN, (token, quoted?: string, colon?: string) => {
    if (quoted === undefined) return `${NUL}${token}"`
    return colon === undefined && quoted.startsWith(NUL)
      ? `${NUL}${NUL.slice(1)}${quoted.slice(NUL.length)}`
      : token
  })
  try {
    return JSON.parse(marked, unmark)
  } catch {
    return undefined
  }
}

function unmark(this: object, key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('\0')) return value
  const rest = value.slice(1)
  if (rest.startsWith('\0')) return rest
  const number = Number(rest)
  if (/[.eE]/.test(rest)) {
    markFloat(this, Array.isArray(this) ? Number(key) : key, number)
    return number
  }
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number
  if (rest.length > MOST_DIGITS + 1) throw new RangeError('more digits than Python reads')
  return BigInt(rest)
}

export const json: Serialization = Object.freeze({
  split,
  join: ({ entries }: Mapping) =>
    `{${Array.from(entries, ([key, value]) => `${textOf(key)}:${value}`).join(',')}}`,
  write: (value: unknown, key: string) => spell(value, key, SPELLING),
  writeAsFlask: (value: unknown, key: string) => spell(value, key, AS_FLASK),
  read,
})
