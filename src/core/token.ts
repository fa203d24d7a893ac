// What rides in the cookie: the contract between the manager and a format.
import type { EndReason, SessionRecord } from './record.ts'

/** `secretKey` signs; the fallbacks only verify. Bytes of UTF-8 where text was given. */
export interface SecretKeys {
  readonly current: Uint8Array
  readonly fallbacks: readonly Uint8Array[]
}

/** A cookie whose signature holds, not yet decoded. */
export interface Opened {
  /** The second it was signed in. */
  readonly seenAt: number
  /** True when a fallback key fitted, so that the cookie should be signed anew. */
  readonly oldKey: boolean
  /** What `decode` will read: a format's own matter. */
  readonly payload: unknown
}

/** Why a cookie is refused. A value, never thrown. */
export interface Refusal {
  readonly reason: EndReason
  /** In the format's own words, for logs and tests: `bad-signature`, `timestamp-missing`. */
  readonly detail: string
}

/** A cookie that carries the session itself. Reading takes two steps, so that age is judged between. */
export interface CookieFormat {
  readonly name: string
  /** The longest cookie that is looked at, in characters. */
  readonly longest: number
  /** The key among the data that holds `permanent`, for formats that keep it there (`_permanent`). */
  readonly permanentKey: string | null
  /** Whether a session has an id in this format. */
  readonly carriesId: boolean
  /** Whether sliding skips writes; false where every response renews, as Flask's do. */
  readonly throttled: boolean
  /** Checks the signature and reads the time. */
  open(cookie: string): Opened | Refusal
  /** Reads the data. */
  decode(opened: Opened): SessionRecord | Refusal
  /** Writes the session as seen at `now` (whole seconds). Throws `not-serializable`. */
  encode(record: SessionRecord, now: number): string
  /** Signs what was opened anew, its data untouched, as seen at `now`. */
  renew(opened: Opened, record: SessionRecord, now: number): string
  /** One value as text: two values with the same text are the same to this format. */
  encodeValue(value: unknown): string
}

/** How a format is handed to `createSessions`: it gets the keys and makes what it needs once. */
export type TokenFormat = (keys: SecretKeys) => CookieFormat

export const isRefusal = (found: object): found is Refusal => 'reason' in found
