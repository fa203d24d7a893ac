// zlib by node:zlib.
import { deflateSync, inflateSync } from 'node:zlib'

export const deflate = (bytes: Uint8Array): Uint8Array => deflateSync(bytes)

/** Node makes a buffer of 16 KiB for each call unless told; a cookie needs less. */
const CHUNK = 1024

export function inflate(stream: Uint8Array, most: number): Uint8Array | null {
  try {
    const chunkSize = Math.max(CHUNK, stream.length * 4)
    return inflateSync(stream, { maxOutputLength: most, chunkSize })
  } catch {
    return null
  }
}
