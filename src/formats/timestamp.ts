// The second in which a cookie was signed, as itsdangerous writes it: big-endian bytes without
// leading zeros, in base64url.

import { runtime } from '#runtime'

/** Eight bytes, the most that are taken. */
const LONGEST = 11
const BYTE = 256

export function writeTimestamp(second: number): string {
  const bytes: number[] = []
  for (let rest = second; rest > 0; rest = Math.floor(rest / BYTE)) bytes.unshift(rest % BYTE)
  return runtime.encodeBytes(Uint8Array.from(bytes))
}

/** The second, or null unless canonical; beyond 2^53 it is only known to be large. */
export function readTimestamp(text: string): number | null {
  if (text.length > LONGEST || text.length % 4 === 1) return null
  let bits = 0
  let digit = 0
  for (let at = 0; at < text.length; at++) {
    digit = digitOf(text.charCodeAt(at))
    if (digit === -1) return null
    bits = bits * 64 + digit
  }
  const spare = 2 ** ((text.length * 6) % 8)
  return digit % spare === 0 ? Math.floor(bits / spare) : null
}

function digitOf(unit: number): number {
  if (unit >= 0x61) return unit <= 0x7a ? unit - 0x47 : -1
  if (unit >= 0x41 && unit <= 0x5a) return unit - 0x41
  if (unit >= 0x30 && unit <= 0x39) return unit + 4
  if (unit === 0x2d) return 62
  return unit === 0x5f ? 63 : -1
}
