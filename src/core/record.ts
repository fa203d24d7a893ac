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
}

/** Why a cookie was not taken for a live session. */
export type EndReason =
  | 'idle'
  | 'absolute'
  | 'future'
  | 'logout'
  | 'tampered'
  | 'unknown-key'
  | 'malformed'
  | 'unreadable'
  | 'invalid'

/** How the session before this one ended. */
export interface Ended {
  readonly reason: EndReason
  /** Epoch second of the end, where it is known. */
  readonly at: number | null
  /** The finding in the format's own words (`bad-signature`, `timestamp-missing`); for logs. */
  readonly detail: string
}
