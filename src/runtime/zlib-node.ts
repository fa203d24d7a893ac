// zlib by node:zlib.
import { deflateSync, inflateSync } from 'node:zlib'

export const deflate = (bytes: Uint8Array): Uint8Array => deflateSync(bytes)

export function inflate(stream: Uint8Array, most: number): Uint8Array | null {
  try {
    return inflateSync(stream, { maxOutputLength: most })
  } catch {
    return null
  }
}
