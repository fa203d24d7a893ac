// MessagePack as Python's msgspec reads it, out of bytes as text.
import { LAST_SECOND } from '../../core/judgement.ts'
import { decodeUtf8, toBytes } from './byte-texts.ts'
import { markFloat } from './float-marks.ts'
import { DEEPEST, type Mapping } from './serialization.ts'

/** What an extension holds that is no time: neither side of the library knows what it means. */
export class Extension {
  readonly type: number
  readonly data: Uint8Array

  constructor(type: number, data: Uint8Array) {
    this.type = type
    this.data = data
  }
}

/** The value of such bytes; undefined for what is none. Never throws. */
export function readMsgpack(bytes: string): unknown {
  const reader = new Reader(bytes)
  try {
    const value = reader.value(1)
    return reader.isDone() ? value : undefined
  } catch {
    return undefined
  }
}

/** A mapping taken apart, each value as its bytes; null for what is none. Never throws. */
export function splitMsgpack(bytes: string): Mapping | null {
  const reader = new Reader(bytes)
  const entries = new Map<string, string>()
  const others: string[] = []
  try {
    for (let left = reader.mapSize(); left > 0; left--) {
      const start = reader.at
      const key = reader.value(1)
      const middle = reader.at
      reader.value(1)
      if (typeof key === 'string') entries.set(key, bytes.slice(middle, reader.at))
      else others.push(bytes.slice(start, reader.at))
    }
  } catch {
    return null
  }
  return reader.isDone() ? { entries, others } : null
}

/** The bytes that a date was read from, which may say more of it than its milliseconds. */
const sources = new WeakMap<Date, { readonly time: number; readonly bytes: string }>()

/** Those bytes, where the date is still the same. */
export function sourceOf(date: Date): string | null {
  const source = sources.get(date)
  return source !== undefined && source.time === date.getTime() ? source.bytes : null
}

/** Python's calendar: the years 1 to 9999. */
export const FIRST_SECOND = -62_135_596_800
export const TIMESTAMP = -1
const BILLION = 1e9
const HIGH = 2 ** 32
/** Thrown and caught in this file alone. */
const UNREADABLE = new Error('unreadable')

class Reader {
  at = 0
  readonly #bytes: string
  /** Whether the value just read was a float. */
  #isFloat = false

  constructor(bytes: string) {
    this.#bytes = bytes
  }

  isDone(): boolean {
    return this.at === this.#bytes.length
  }

  mapSize(): number {
    const head = this.#uint(1)
    if (head >= 0x80 && head < 0x90) return head - 0x80
    if (head === 0xde) return this.#uint(2)
    if (head === 0xdf) return this.#uint(4)
    throw UNREADABLE
  }

  /** @param depth how many containers it lies in, itself counted if it is one */
  value(depth: number): unknown {
    if (depth > DEEPEST) throw UNREADABLE
    const head = this.#uint(1)
    this.#isFloat = head === 0xca || head === 0xcb
    if (head < 0x80) return head
    if (head < 0x90) return this.#map(head - 0x80, depth + 1)
    if (head < 0xa0) return this.#list(head - 0x90, depth + 1)
    if (head < 0xc0) return this.#text(head - 0xa0)
    if (head >= 0xe0) return head - 0x100
    return this.#long(head, depth)
  }

  #long(head: number, depth: number): unknown {
    if (head === 0xc0) return null
    if (head === 0xc2 || head === 0xc3) return head === 0xc3
    if (head >= 0xc4 && head <= 0xc6) return toBytes(this.#take(this.#uint(1 << (head - 0xc4))))
    if (head >= 0xc7 && head <= 0xc9) return this.#extension(head, this.#uint(1 << (head - 0xc7)))
    if (head === 0xca) return this.#view(4).getFloat32(0)
    if (head === 0xcb) return this.#view(8).getFloat64(0)
    if (head >= 0xcc && head <= 0xce) return this.#uint(1 << (head - 0xcc))
    if (head === 0xcf) return narrow(this.#view(8).getBigUint64(0))
    if (head === 0xd0) return this.#view(1).getInt8(0)
    if (head === 0xd1) return this.#view(2).getInt16(0)
    if (head === 0xd2) return this.#view(4).getInt32(0)
    if (head === 0xd3) return narrow(this.#view(8).getBigInt64(0))
    if (head >= 0xd4 && head <= 0xd8) return this.#extension(head, 1 << (head - 0xd4))
    if (head >= 0xd9 && head <= 0xdb) return this.#text(this.#uint(1 << (head - 0xd9)))
    if (head === 0xdc) return this.#list(this.#uint(2), depth + 1)
    if (head === 0xdd) return this.#list(this.#uint(4), depth + 1)
    if (head === 0xde) return this.#map(this.#uint(2), depth + 1)
    if (head === 0xdf) return this.#map(this.#uint(4), depth + 1)
    throw UNREADABLE
  }

  #take(length: number): string {
    const end = this.at + length
    if (end > this.#bytes.length) throw UNREADABLE
    const taken = this.#bytes.slice(this.at, end)
    this.at = end
    return taken
  }

  #uint(length: number): number {
    let number = 0
    for (let end = this.at + length; this.at < end; this.at++) {
      const byte = this.#bytes.charCodeAt(this.at)
      if (Number.isNaN(byte)) throw UNREADABLE
      number = number * 0x100 + byte
    }
    return number
  }

  #view(length: number): DataView {
    return new DataView(toBytes(this.#take(length)).buffer)
  }

  #text(length: number): string {
    const text = decodeUtf8(this.#take(length))
    if (text === null) throw UNREADABLE
    return text
  }

  #list(length: number, depth: number): unknown[] {
    const list: unknown[] = []
    while (list.length < length) {
      const item = this.value(depth)
      if (this.#isFloat) markFloat(list, list.length, item as number)
      list.push(item)
    }
    this.#isFloat = false
    return list
  }

  /** An object where all keys are text, else a Map. */
  #map(length: number, depth: number): object {
    const map = new Map<unknown, unknown>()
    const floats = new Map<unknown, boolean>()
    for (let left = length; left > 0; left--) {
      const key = this.value(depth)
      map.set(key, this.value(depth))
      floats.set(key, this.#isFloat)
    }
    this.#isFloat = false
    const isPlain = [...map.keys()].every((key) => typeof key === 'string')
    const made = isPlain ? Object.fromEntries(map) : map
    for (const [key, isFloat] of floats) if (isFloat) markFloat(made, key, map.get(key) as number)
    return made
  }

  #extension(head: number, length: number): Date | Extension {
    const start = this.at - (head >= 0xd4 ? 1 : 1 + (1 << (head - 0xc7)))
    const type = this.#view(1).getInt8(0)
    const data = this.#view(length)
    if (type !== TIMESTAMP) return new Extension(type, new Uint8Array(data.buffer))
    const date = readTimestamp(data)
    sources.set(date, { time: date.getTime(), bytes: this.#bytes.slice(start, this.at) })
    return date
  }
}

function readTimestamp(data: DataView): Date {
  const { byteLength: length } = data
  if (length === 4) return toDate(data.getUint32(0), 0)
  if (length === 8) {
    const first = data.getUint32(0)
    return toDate((first & 3) * HIGH + data.getUint32(4), first >>> 2)
  }
  if (length === 12) return toDate(Number(data.getBigInt64(4)), data.getUint32(0))
  throw UNREADABLE
}

function toDate(seconds: number, nanoseconds: number): Date {
  const isKnown = seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanoseconds < BILLION
  if (!isKnown) throw UNREADABLE
  return new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6))
}

const narrow = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value
