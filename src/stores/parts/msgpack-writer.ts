// MessagePack as msgspec writes it for Flask-Session: ints in their smallest form, floats always of 64 bits,
// datetimes as the timestamp extension.
import { SessionError } from '../../core/errors.ts'
import { isPlain } from '../../core/plain.ts'
import { Float } from '../../formats/values.ts'
import { DEEPEST, type Member } from './msgpack.ts'

const encoder = new TextEncoder()

export function writeMembers(members: readonly Member[]): Uint8Array {
  const parts: number[] = []
  writeHead(parts, members.length, 0x80, 15, 0xde)
  for (const { keyBytes, bytes } of members) parts.push(...keyBytes, ...bytes)
  return Uint8Array.from(parts)
}

/** @throws SessionError `not-serializable`, naming the key. */
export function writeMsgpack(value: unknown, key: string): Uint8Array {
  const parts: number[] = []
  write(parts, value, key, 0)
  return Uint8Array.from(parts)
}

function write(parts: number[], value: unknown, key: string, depth: number): void {
  if (depth > DEEPEST) refuse(key, 'is nested too deeply')
  if (value === null) parts.push(0xc0)
  else if (typeof value === 'boolean') parts.push(value ? 0xc3 : 0xc2)
  else if (typeof value === 'string') writeText(parts, value, key)
  else if (typeof value === 'bigint') writeInteger(parts, value, key)
  else if (typeof value === 'number') writeNumber(parts, value)
  else if (value instanceof Float) writeFloat(parts, value.value)
  else if (value instanceof Date) writeDate(parts, value, key)
  else if (value instanceof Uint8Array) writeBytes(parts, value)
  else if (Array.isArray(value)) {
    writeHead(parts, value.length, 0x90, 15, 0xdc)
    for (const each of value) write(parts, each, key, depth + 1)
  } else if (isPlain(value)) {
    const members = Object.entries(value)
    writeHead(parts, members.length, 0x80, 15, 0xde)
    for (const [name, each] of members) {
      writeText(parts, name, key)
      write(parts, each, key, depth + 1)
    }
  } else refuse(key, 'is of a kind that MessagePack cannot hold')
}

function refuse(key: string, why: string): never {
  throw new SessionError('not-serializable', `session.${key} ${why}. Convert it first.`)
}

function writeHead(parts: number[], count: number, few: number, most: number, many: number): void {
  if (count <= most) parts.push(few | count)
  else if (count < 0x10000) parts.push(many, ...big(count, 2))
  else parts.push(many + 1, ...big(count, 4))
}

/** The last so many bytes of a number, the highest first. */
function big(value: number | bigint, width: number): number[] {
  const bits = BigInt(value)
  return Array.from({ length: width }, (_, at) =>
    Number((bits >> BigInt(8 * (width - 1 - at))) & 0xffn),
  )
}

function writeText(parts: number[], value: string, key: string): void {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) {
    refuse(key, 'holds half of a surrogate pair')
  }
  const bytes = encoder.encode(value)
  if (bytes.length < 32) parts.push(0xa0 | bytes.length)
  else writeLength(parts, bytes.length, 0xd9)
  for (const byte of bytes) parts.push(byte)
}

function writeBytes(parts: number[], bytes: Uint8Array): void {
  writeLength(parts, bytes.length, 0xc4)
  for (const byte of bytes) parts.push(byte)
}

function writeLength(parts: number[], length: number, first: number): void {
  if (length < 0x100) parts.push(first, length)
  else if (length < 0x10000) parts.push(first + 1, ...big(length, 2))
  else parts.push(first + 2, ...big(length, 4))
}

function writeNumber(parts: number[], value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) writeInteger(parts, BigInt(value), '')
  else writeFloat(parts, value)
}

function writeFloat(parts: number[], value: number): void {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  parts.push(0xcb, ...new Uint8Array(view.buffer))
}

function writeInteger(parts: number[], value: bigint, key: string): void {
  if (value >= 0n) {
    if (value < 0x80n) parts.push(Number(value))
    else if (value < 0x100n) parts.push(0xcc, ...big(value, 1))
    else if (value < 0x10000n) parts.push(0xcd, ...big(value, 2))
    else if (value < 0x100000000n) parts.push(0xce, ...big(value, 4))
    else if (value < 1n << 64n) parts.push(0xcf, ...big(value, 8))
    else refuse(key, 'is an integer above 64 bits')
    return
  }
  if (value >= -32n) parts.push(Number(value) & 0xff)
  else if (value >= -0x80n) parts.push(0xd0, ...big(value, 1))
  else if (value >= -0x8000n) parts.push(0xd1, ...big(value, 2))
  else if (value >= -0x80000000n) parts.push(0xd2, ...big(value, 4))
  else if (value >= -(1n << 63n)) parts.push(0xd3, ...big(value, 8))
  else refuse(key, 'is an integer above 64 bits')
}

function writeDate(parts: number[], value: Date, key: string): void {
  const milliseconds = value.getTime()
  if (Number.isNaN(milliseconds)) refuse(key, 'is no date')
  const seconds = Math.floor(milliseconds / 1000)
  const nanoseconds = (milliseconds - seconds * 1000) * 1e6
  if (seconds >= 0 && seconds < 2 ** 32 && nanoseconds === 0) {
    parts.push(0xd6, 0xff, ...big(seconds, 4))
  } else if (seconds >= 0 && seconds < 2 ** 34) {
    parts.push(0xd7, 0xff, ...big((BigInt(nanoseconds) << 34n) | BigInt(seconds), 8))
  } else parts.push(0xc7, 12, 0xff, ...big(nanoseconds, 4), ...big(BigInt(seconds), 8))
}
