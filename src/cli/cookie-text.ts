// A cookie as text: found in what was pasted, recognised by its look, taken apart without a key.

import { runtime } from '#runtime'
import { inflate } from '#zlib'
import { readTimestamp } from '../formats/timestamp.ts'

export type FormatName = 'flask' | 'signed' | 'sealed'

/** Signed: payload, time and signature, all readable but the last. */
export interface Container {
  readonly kind: 'container'
  readonly digest: 'sha1' | 'sha256' | 'sha512' | null
  readonly payload: string
  readonly compressed: boolean
  /** The JSON text, or null when the payload cannot be read. */
  readonly json: string | null
  /** Epoch second, or null when it is no time. */
  readonly signedAt: number | null
}

/** Sealed: without the key only the header can be read. */
export interface Sealed {
  readonly kind: 'sealed'
  readonly header: Record<string, unknown>
  /** Bytes of ciphertext. */
  readonly sealed: number
}

export type Anatomy = Container | Sealed

const NAME = /^([!#$%&'*+\-.^_`|~\w]+)=/
const HEADING = /^(set-)?cookie:\s*/i
const CONTAINER = /^(\.?[\w-]+)\.([\w-]*)\.([\w-]+)$/
const COMPACT = /^([\w-]+)\.([\w-]*)\.([\w-]+)\.([\w-]+)\.([\w-]+)$/
const DIGESTS: { readonly [length: number]: Container['digest'] } = {
  27: 'sha1',
  43: 'sha256',
  86: 'sha512',
}
/** Nothing that came in a cookie is larger; a bomb is left at this bound. */
const MOST = 1_048_576

/** The cookie's value in a whole pasted line: `Set-Cookie: session=…; Path=/`, `a=1; session=…`. */
export function findCookie(pasted: string): string {
  const pairs = pasted.trim().replace(HEADING, '').split(';')
  const values = pairs.map((pair) => unquote(pair.trim().replace(NAME, '').trim()))
  const known = pasted.includes('=') ? values.find((value) => dissect(value) !== null) : undefined
  return known ?? values[0] ?? ''
}

const unquote = (value: string): string => /^"(.*)"$/.exec(value)?.[1] ?? value

/** What a cookie's look says, or null when it looks like none of ours. */
export function dissect(cookie: string): Anatomy | null {
  return dissectSealed(cookie) ?? dissectContainer(cookie)
}

function dissectSealed(cookie: string): Sealed | null {
  const [, head = '', , , sealed = ''] = COMPACT.exec(cookie) ?? []
  const header = head === '' ? null : parse(runtime.decode(head))
  if (header === null || !('enc' in header)) return null
  return { kind: 'sealed', header, sealed: Math.floor((sealed.length * 3) / 4) }
}

function dissectContainer(cookie: string): Container | null {
  const [, payload = '', stamp = '', signature = ''] = CONTAINER.exec(cookie) ?? []
  if (payload === '') return null
  const compressed = payload.startsWith('.')
  const bytes = runtime.decodeBytes(compressed ? payload.slice(1) : payload)
  const plain = bytes !== null && compressed ? inflate(bytes, MOST) : bytes
  return {
    kind: 'container',
    digest: DIGESTS[signature.length] ?? null,
    payload,
    compressed,
    json: plain === null ? null : runtime.fromUtf8(plain),
    signedAt: readTimestamp(stamp),
  }
}

function parse(json: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json ?? 'null')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** The format that a cookie's look suggests. */
export function guessFormat(anatomy: Anatomy): FormatName {
  if (anatomy.kind === 'sealed') return 'sealed'
  return anatomy.digest === 'sha256' ? 'signed' : 'flask'
}
