// Cookies under Flask's secret `dev-secret`, also those that only a holder of the key can make.
import { createHmac } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import type { SessionRecord } from '../../src/core/record.ts'
import { isRefusal, type Opened } from '../../src/core/token.ts'
import { type FlaskOptions, flask } from '../../src/formats/flask.ts'

export const NOW = 1_700_000_000
export const KEYS = { current: Buffer.from('dev-secret'), fallbacks: [] }
export const make = (options?: FlaskOptions) => flask(options)(KEYS)
export const format = make()

export const record = (fields: object, createdAt = NOW): SessionRecord => ({
  id: null,
  createdAt,
  seenAt: NOW,
  permanent: false,
  fields: new Map(Object.entries(fields)),
  sources: null,
  changed: null,
  terms: null,
  origin: null,
})

export function open(cookie: string, by = format): Opened {
  const opened = by.open(cookie)
  if (isRefusal(opened)) throw new TypeError(opened.detail)
  return opened
}

export function decode(cookie: string, by = format): SessionRecord {
  const found = by.decode(open(cookie, by))
  if (isRefusal(found)) throw new TypeError(found.detail)
  return found
}

export const packed = (cookie: string) => cookie.startsWith('.')
export const jsonIn = (cookie: string): string => {
  const segment = cookie.split('.')[packed(cookie) ? 1 : 0] ?? ''
  const bytes = Buffer.from(segment, 'base64url')
  return String(packed(cookie) ? inflateSync(bytes) : bytes)
}
export const cookieOf = (json: string) => signText(Buffer.from(json).toString('base64url'), NOW)

const KEY = createHmac('sha1', 'dev-secret').update('cookie-session').digest()

/** `payload.timestamp.signature`; without a second, no timestamp. */
export function signText(payload: string, second: number | null): string {
  const signed = second === null ? payload : `${payload}.${timestamp(second)}`
  return `${signed}.${createHmac('sha1', KEY).update(signed).digest('base64url')}`
}

function timestamp(second: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(second))
  return bytes.subarray(bytes.findIndex((byte) => byte > 0)).toString('base64url')
}
