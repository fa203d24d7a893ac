// Bytes as text, one character for each: what is sliced, compared and sent like any text.

import { runtime } from '#runtime'

const ASCII = /^[\0-\x7f]*$/
/** Arguments of one call have a bound. */
const CHUNK = 8192

export function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

export function fromBytes(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return text
}

/** The UTF-8 of a text. */
export const encodeUtf8 = (text: string): string =>
  ASCII.test(text) ? text : fromBytes(runtime.utf8(text))

/** The text of valid UTF-8, else null. */
export const decodeUtf8 = (bytes: string): string | null =>
  ASCII.test(bytes) ? bytes : runtime.fromUtf8(toBytes(bytes))
