// zlib by fflate, where node:zlib is missing.
import { Unzlib, zlibSync } from 'fflate'

export const deflate = (bytes: Uint8Array): Uint8Array => zlibSync(bytes, { level: 6 })

const STEP = 1024
const SHORTEST = 8

export function inflate(stream: Uint8Array, most: number): Uint8Array | null {
  if (stream.length < SHORTEST) return null
  const parts: Uint8Array[] = []
  let length = 0
  const unzlib = new Unzlib((part) => {
    parts.push(part)
    length += part.length
  })
  try {
    // In small steps, so that a bomb is left before it has grown far over the bound.
    for (let at = 0; at < stream.length; at += STEP) {
      unzlib.push(stream.subarray(at, at + STEP), at + STEP >= stream.length)
      if (length > most) return null
    }
  } catch {
    return null
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return hasChecksum(whole, stream) ? whole : null
}

/** fflate does not check Adler-32 (RFC 1950, 9); a stream is whole only with it. */
function hasChecksum(bytes: Uint8Array, stream: Uint8Array): boolean {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  const tail = stream.subarray(-4)
  return new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0) === ((b << 16) | a) >>> 0
}
