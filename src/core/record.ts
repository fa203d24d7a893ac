// What is kept of one session, wherever it is kept. Shapes only.

/** One session as it is kept: in a cookie's payload, or in a store. Times are epoch seconds. */
export interface SessionRecord {
  /** The id, or null where the cookie's format carries none (Flask's). */
  id: string | null
  /** The start of the absolute clock: the last full authentication, or the session's beginning. */
  createdAt: number
  /** The last activity that was written down: the start of the idle clock. */
  seenAt: number
  /** Whether the cookie outlives the browser. Formats that keep a flag among the data ignore it. */
  permanent: boolean
  /** The data, by key. */
  fields: Map<string, unknown>
  /** For fields that must be passed on to the letter: the text that they were read from. */
  sources: Map<string, string> | null
  /** The keys that were set or deleted since it was read, where a store keeps them one by one. */
  changed: ReadonlySet<string> | null
  /** What holds for this session besides its data; null where nothing does. */
  terms: Terms | null
  /** What its format read besides, and wants back when it writes. */
  origin: unknown
}

/** Whose session it is, what was proven, and what limits it alone. */
export interface Terms {
  /** Whose it is, once somebody has authenticated. */
  subject: string | null
  /** The epoch second at which each factor was last proven. */
  proofs: ReadonlyMap<string, number>
  /** The limits that held when the cookie was signed; a longer policy does not undo them. */
  signed: SignedBounds | null
  /** The limits that the session set itself. */
  own: OwnBounds | null
  /** The clocks of single keys. */
  clocks: ReadonlyMap<string, FieldClock>
  /** The epoch second of the latest end of all others that left this session out; 0 for none. */
  spared: number
}

/** Limits in whole seconds; 0 where there is none. */
export interface Bounds {
  readonly idle: number
  readonly absolute: number
}

/** What a cookie was signed under, allowance included. */
export interface SignedBounds extends Bounds {
  /** Whether idling out locked the session; one that it ended stays ended. */
  readonly locks: boolean
}

/** Limits of one session's own; the absolute one counts from an epoch second of its own. */
export interface OwnBounds extends Bounds {
  readonly from: number
}

/** What bounds the value of one key, and the epoch second it was set in. */
export type FieldClock = OwnBounds

/** Why a cookie was not taken for a live session, or what ended. */
export type EndReason =
  | 'idle'
  | 'absolute'
  | 'field'
  | 'future'
  | 'logout'
  | 'revoked'
  | 'replaced'
  | 'renewed'
  | 'unknown'
  | 'tampered'
  | 'unknown-key'
  | 'malformed'
  | 'unreadable'
  | 'invalid'

/** How the session before this one ended, or (`field`) what of this one did. */
export interface Ended {
  readonly reason: EndReason
  /** Epoch second of the end, where it is known. */
  readonly at: number | null
  /** Seconds from the end to this request, where it is known. */
  readonly ago: number | null
  /** Whose session it was, where somebody had authenticated and the cookie could be read. */
  readonly subject: string | null
  /** The keys that ended, for `field`; else empty. */
  readonly fields: readonly string[]
  /** The finding in the format's own words (`bad-signature`, `timestamp-missing`); for logs. */
  readonly detail: string
}
