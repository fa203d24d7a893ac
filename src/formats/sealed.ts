// The sealed cookie: the session encrypted in a compact JWE (RFC 7516), `dir` with `A256GCM`.

import { runtime } from '#runtime'
import { isSecond, isStart } from '../core/judgement.ts'
import { isPlain } from '../core/plain.ts'
import type { SessionRecord } from '../core/record.ts'
import type { SealKey } from '../core/runtime.ts'
import { readTerms, writeTerms } from '../core/terms.ts'
import type { CookieFormat, Opened, Refusal, SecretKeys, TokenFormat } from '../core/token.ts'
import { demandJson, encodeValue } from './json-values.ts'

/** The claims inside: `iat` is the last activity, `auth_time` the start of the absolute clock. */
interface Claims {
  iat: number
  auth_time: number
  jti: string
  permanent?: true
  /** What holds for the session besides its data. */
  terms?: string
  data: Record<string, unknown>
}

interface Key {
  readonly id: string
  /** The protected header, base64url: also the additional data that the tag covers. */
  readonly header: string
  readonly key: SealKey
}

const LONGEST = 8192
const INFO = 'sojourn sealed cookie v1'
const MALFORMED: Refusal = { reason: 'malformed', detail: 'not-a-sealed-cookie' }
const UNREADABLE: Refusal = { reason: 'unreadable', detail: 'bad-payload' }

/**
 * Private by default: nobody without the secret key can read or change it. The content key is HKDF
 * (SHA-256) of the secret key; the header names it by `kid`, so that rotation costs no trial.
 */
export function sealed({ purpose = '' }: SealedOptions = {}): TokenFormat {
  return (keys) => createSealed(keys, purpose)
}

export interface SealedOptions {
  /**
   * Who the cookie is for, where several applications share a secret key: a cookie of the shop is then
   * none of the staff's. @default ''
   */
  readonly purpose?: string
}

/** The content key of a secret key: 32 bytes, for other JOSE programs that share the cookie. */
export function deriveSealKey(secretKey: string | Uint8Array, purpose = ''): Uint8Array {
  const secret = typeof secretKey === 'string' ? runtime.utf8(secretKey) : secretKey
  return runtime.hkdf(secret, purpose === '' ? INFO : `${INFO} ${purpose}`, 32)
}

function createSealed(keys: SecretKeys, purpose: string): CookieFormat {
  const prepare = (secret: Uint8Array) => toKey(deriveSealKey(secret, purpose))
  const current = prepare(keys.current)
  const all = [current, ...keys.fallbacks.map(prepare)]
  const encode = (record: SessionRecord, now: number) =>
    `${current.header}..${runtime.seal(current.key, current.header, write(record, now))}`
  return {
    name: 'sealed',
    longest: LONGEST,
    permanentKey: null,
    carriesId: true,
    throttled: true,
    open: (cookie) => open(cookie, current, all),
    decode,
    encode,
    renew: (_, record, now) => encode(record, now),
    encodeValue,
  }
}

function toKey(bytes: Uint8Array): Key {
  const id = runtime.encodeBytes(runtime.hash('sha256', bytes)).slice(0, 8)
  const header = runtime.encode(`{"alg":"dir","enc":"A256GCM","kid":"${id}"}`)
  return { id, header, key: runtime.sealKey(bytes) }
}

function open(cookie: string, current: Key, all: readonly Key[]): Opened | Refusal {
  const header = cookie.slice(0, cookie.indexOf('.'))
  const start = header.length + 2
  const second = cookie.indexOf('.', start)
  const third = cookie.indexOf('.', second + 1)
  if (third === -1 || cookie[start - 1] !== '.' || cookie.indexOf('.', third + 1) !== -1)
    return MALFORMED
  const iv = cookie.slice(start, second)
  const body = cookie.slice(second + 1, third)
  const tag = cookie.slice(third + 1)
  const candidates = header === current.header ? [current] : named(header, all)
  if (isRefused(candidates)) return candidates
  for (const candidate of candidates) {
    const text = runtime.unseal(candidate.key, header, iv, body, tag)
    if (text !== null) return read(text, candidate !== current)
  }
  return { reason: 'tampered', detail: 'bad-signature' }
}

const isRefused = (found: readonly Key[] | Refusal): found is Refusal => 'reason' in found

/** The keys that a header may mean. Only our algorithm counts, and nothing critical is skipped. */
function named(header: string, all: readonly Key[]): readonly Key[] | Refusal {
  const parsed = parse(runtime.decode(header))
  if (parsed === null || parsed.alg !== 'dir' || parsed.enc !== 'A256GCM') return MALFORMED
  if ('crit' in parsed || 'zip' in parsed) return MALFORMED
  if (parsed.kid === undefined) return all
  const found = all.filter((key) => key.id === parsed.kid)
  return found.length > 0 ? found : { reason: 'unknown-key', detail: 'unknown-key' }
}

function read(text: string, oldKey: boolean): Opened | Refusal {
  const claims = parse(text)
  if (claims === null || !isSecond(claims.iat)) return UNREADABLE
  return { seenAt: claims.iat, oldKey, payload: claims }
}

function decode({ seenAt, payload }: Opened): SessionRecord | Refusal {
  const {
    auth_time: createdAt = seenAt,
    jti,
    permanent,
    data,
    terms = '',
  } = payload as Partial<Claims>
  if (!isStart(createdAt, seenAt) || !isPlain(data) || typeof terms !== 'string') return UNREADABLE
  const read = readTerms(terms, createdAt)
  if (read === null) return UNREADABLE
  return {
    id: typeof jti === 'string' ? jti : runtime.random(16),
    createdAt,
    seenAt,
    permanent: permanent === true,
    fields: new Map(Object.entries(data)),
    sources: null,
    changed: null,
    terms: read.terms,
    origin: null,
  }
}

function write(record: SessionRecord, now: number): string {
  const { id, createdAt, permanent, fields } = record
  for (const [key, value] of fields) demandJson(value, key, 0)
  // fromEntries defines its keys, so that `__proto__` is one like any other.
  const data = Object.fromEntries(fields)
  return JSON.stringify({
    iat: now,
    auth_time: createdAt,
    jti: id,
    permanent: permanent || undefined,
    terms: writeTerms(record, null) || undefined,
    data,
  })
}

function parse(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = text === null ? null : JSON.parse(text)
    return isPlain(value) ? value : null
  } catch {
    return null
  }
}
