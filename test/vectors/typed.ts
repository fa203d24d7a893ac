// The vectors' typed values, to and from what a session holds.
import { isFloat } from '../../src/formats/floats.ts'
import { Float, Markup, Tuple, UUID } from '../../src/formats/values.ts'

/** A value that names its type, as the vector files write it. */
export type Typed =
  | { null: true }
  | { bool: boolean }
  | { int: string }
  | { float: string }
  | { str: string }
  | { markup: string }
  | { bytes: string }
  | { uuid: string }
  | { datetime: string }
  | { list: Typed[] }
  | { tuple: Typed[] }
  | { dict: [string, Typed][] }

const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}

/** The value for a session; floats are handed over as `Float`. */
export function fromTyped(typed: Typed): unknown {
  const [[kind, content]] = Object.entries(typed) as [[string, never]]
  switch (kind) {
    case 'null':
      return null
    case 'int':
      return fromDigits(content)
    case 'float':
      return new Float(WORDS[content] ?? Number(content))
    case 'bytes':
      return Uint8Array.from(Buffer.from(content, 'hex'))
    case 'uuid':
      return new UUID(content)
    case 'datetime':
      return new Date(content)
    case 'markup':
      return new Markup(content)
    case 'list':
      return (content as Typed[]).map(fromTyped)
    case 'tuple':
      return Tuple.from((content as Typed[]).map(fromTyped))
    case 'dict':
      return Object.fromEntries(
        (content as [string, Typed][]).map(([key, value]) => [key, fromTyped(value)]),
      )
    default:
      return content
  }
}

/** The members of a typed dict. */
export function fieldsOf(typed: Typed): Map<string, unknown> {
  if (!('dict' in typed)) throw new TypeError('not a dict')
  return new Map(typed.dict.map(([key, value]) => [key, fromTyped(value)]))
}

function fromDigits(digits: string): number | bigint {
  const value = BigInt(digits)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** The value that stands at a key of an object, an array or the fields of a session. */
export function toTyped(container: object, key: string | number): Typed {
  const value: unknown = container instanceof Map ? container.get(key) : Reflect.get(container, key)
  switch (typeof value) {
    case 'string':
      return { str: value }
    case 'boolean':
      return { bool: value }
    case 'bigint':
      return { int: String(value) }
    case 'number':
      return isFloat(container, key) ? { float: toRepr(value) } : { int: String(value) }
    default:
      return value === null ? { null: true } : structureToTyped(value as object)
  }
}

function structureToTyped(value: object): Typed {
  if (value instanceof Float) return { float: toRepr(value.value) }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof UUID) return { uuid: String(value) }
  if (value instanceof Markup) return { markup: value.text }
  if (value instanceof Date) return { datetime: value.toISOString() }
  if (!Array.isArray(value)) return objectToTyped(value)
  const items = Array.from(value, (_, at) => toTyped(value, at))
  return value instanceof Tuple ? { tuple: items } : { list: items }
}

/** An object or the fields of a session as a typed dict, sorted by key. */
export function objectToTyped(value: object): Typed {
  const keys = value instanceof Map ? [...value.keys()] : Object.keys(value)
  return { dict: keys.sort().map((key): [string, Typed] => [key, toTyped(value, key)]) }
}

const toRepr = (value: number): string =>
  String(new Float(value)).replace('Infinity', 'inf').replace('NaN', 'nan')

/** One spelling for equal values: dicts sorted, dates as instants of whole milliseconds. */
export function canonical(typed: Typed): Typed {
  if ('dict' in typed) {
    const pairs = typed.dict.map(([key, value]): [string, Typed] => [key, canonical(value)])
    return { dict: pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)) }
  }
  if ('list' in typed) return { list: typed.list.map(canonical) }
  if ('tuple' in typed) return { tuple: typed.tuple.map(canonical) }
  return 'datetime' in typed ? { datetime: new Date(typed.datetime).toISOString() } : typed
}
