// MessagePack as Python's msgspec writes it: the smallest form of each integer, floats always in 64 bits.
import { LAST_SECOND } from '../../core/judgement.ts'
import { encodeUtf8, fromBytes } from './byte-texts.ts'
import {
  type Extension,
  FIRST_SECOND,
  readMsgpack,
  sourceOf,
  splitMsgpack,
  TIMESTAMP,
} from './msgpack-reader.ts'
import type { Mapping, Serialization } from './serialization.ts'
import { type Spelling, spell } from './value-writer.ts'

const SHORT = 32
const FEW = 16
const HIGH = 2 ** 32
const SIZES = [0x100, 0x1_0000, HIGH] as const
const MOST = 2n ** 64n
const LEAST = -(2n ** 63n)
/** Seconds beyond these take the longest form of a time. */
const LATE = 2 ** 34

/** Big-endian. */
function uint(value: number, length: number): string {
  let text = ''
  for (let rest = value, left = length; left > 0; left--) {
    text = String.fromCharCode(rest % 0x100) + text
    rest = Math.floor(rest / 0x100)
  }
  return text
}

const byte = (value: number): string => String.fromCharCode(value)

function wide(write: (view: DataView) => void): string {
  const view = new DataView(new ArrayBuffer(8))
  write(view)
  return fromBytes(new Uint8Array(view.buffer))
}

/** The head of what has a length: one of three, by the bytes that the length takes. */
function lengthOf(length: number, heads: readonly [number, number, number]): string {
  const at = SIZES.findIndex((size) => length < size)
  return byte(heads[at] as number) + uint(length, 1 << at)
}

/** The head of a container; one byte for a small one. */
function containerOf(length: number, small: number, head: number): string {
  if (length < FEW) return byte(small + length)
  return length < SIZES[1] ? byte(head) + uint(length, 2) : byte(head + 1) + uint(length, 4)
}

function textOf(text: string): string {
  const bytes = encodeUtf8(text)
  const { length } = bytes
  return (length < SHORT ? byte(0xa0 + length) : lengthOf(length, [0xd9, 0xda, 0xdb])) + bytes
}

function integerOf(value: number): string {
  if (value >= 0) {
    if (value < 0x80) return byte(value)
    if (value < HIGH) return lengthOf(value, [0xcc, 0xcd, 0xce])
    return byte(0xcf) + wide((view) => view.setBigUint64(0, BigInt(value)))
  }
  if (value >= -SHORT) return byte(0x100 + value)
  const at = SIZES.findIndex((size) => value >= -size / 2)
  if (at === -1) return byte(0xd3) + wide((view) => view.setBigInt64(0, BigInt(value)))
  return byte(0xd0 + at) + uint(value + (SIZES[at] as number), 1 << at)
}

function bigOf(value: bigint): string | null {
  if (Number.isSafeInteger(Number(value))) return integerOf(Number(value))
  if (value >= MOST || value < LEAST) return null
  return value >= 0n
    ? byte(0xcf) + wide((view) => view.setBigUint64(0, value))
    : byte(0xd3) + wide((view) => view.setBigInt64(0, value))
}

/** A time in the shortest of three forms. */
function dateOf(date: Date): string | null {
  const source = sourceOf(date)
  if (source !== null) return source
  const seconds = Math.floor(date.getTime() / 1000)
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) return null
  const nanoseconds = (date.getTime() - seconds * 1000) * 1e6
  const type = byte(TIMESTAMP & 0xff)
  if (seconds < 0 || seconds >= LATE) {
    const whole = wide((view) => view.setBigInt64(0, BigInt(seconds)))
    return byte(0xc7) + byte(12) + type + uint(nanoseconds, 4) + whole
  }
  if (nanoseconds === 0 && seconds < HIGH) return byte(0xd6) + type + uint(seconds, 4)
  const first = nanoseconds * 4 + Math.floor(seconds / HIGH)
  return byte(0xd7) + type + uint(first, 4) + uint(seconds % HIGH, 4)
}

function extensionOf({ type, data }: Extension): string {
  const fixed = [1, 2, 4, 8, 16].indexOf(data.length)
  const head = fixed === -1 ? lengthOf(data.length, [0xc7, 0xc8, 0xc9]) : byte(0xd4 + fixed)
  return head + byte(type & 0xff) + fromBytes(data)
}

const SPELLING: Spelling = {
  advice:
    'Store text, numbers, bigints of 64 bits, booleans, null, arrays, plain objects, Uint8Array, Date or Float.',
  nothing: byte(0xc0),
  boolean: (value) => byte(value ? 0xc3 : 0xc2),
  text: textOf,
  integer: (value) => (typeof value === 'bigint' ? bigOf(value) : integerOf(value)),
  float: (value) => byte(0xcb) + wide((view) => view.setFloat64(0, value)),
  list: (items) => containerOf(items.length, 0x90, 0xdc) + items.join(''),
  map: (pairs) =>
    containerOf(pairs.length, 0x80, 0xde) + pairs.map(([key, value]) => key + value).join(''),
  key: (_, write) => write(),
  bytes: (value) => lengthOf(value.length, [0xc4, 0xc5, 0xc6]) + fromBytes(value),
  date: dateOf,
  extension: extensionOf,
}

const write = (value: unknown, key: string): string => spell(value, key, SPELLING)

export const msgpack: Serialization = Object.freeze({
  split: splitMsgpack,
  join: ({ entries, others }: Mapping) => {
    const count = entries.size + others.length
    let text = containerOf(count, 0x80, 0xde)
    for (const [key, value] of entries) text += textOf(key) + value
    return text + others.join('')
  },
  write,
  writeAsFlask: write,
  read: readMsgpack,
})
