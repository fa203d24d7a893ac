// What a store is asked for: the contract between the library and whatever keeps sessions. Types only.
import type { EndReason } from './record.ts'
import type { Digest } from './runtime.ts'

/** Stores that work in memory answer at once, others later. */
export type Awaitable<T> = T | Promise<T>

/** How long a store keeps a session. Whole epoch seconds, and seconds. */
export interface Keeping {
  /** The last activity that was written down; never goes back. */
  readonly seenAt: number
  /** Kept for this many seconds after `seenAt`; 0 for no such bound. */
  readonly idle: number
  /** Kept until this second at most, whatever happens. */
  readonly endsAt: number
  /** A touch writes only when `seenAt` is more than this many seconds behind. */
  readonly throttle: number
}

/**
 * One session as a store keeps it. It is live while it is kept and was not ended. What a store is handed, and
 * what it hands out, does not change when either changes its own.
 */
export interface StoredSession extends Keeping {
  /** Two characters that say where it lies, then the SHA-256 of the id in the cookie as base64url. */
  readonly id: string
  /** Whose it is; null before anybody authenticated. Does not change while the id stays. */
  readonly subject: string | null
  /**
   * The start of the absolute clock. Of a subject's sessions of one second those that were created first
   * began first; one that goes on from another of them has its place.
   */
  readonly createdAt: number
  /** When the sweep must look at it although it is live: the earliest end of a field; 0 for never. */
  readonly checkAt: number
  /** Texts by key. A key and a text may hold any character but NUL and lone surrogates. */
  readonly fields: ReadonlyMap<string, string>
  readonly fieldEnds?: FieldEnds | undefined
}

/**
 * The epoch second after which a field's text may be dropped, by key, for stores that can; its retention
 * comes on top. Handed in with what is set, never handed out. @default with the session
 */
export type FieldEnds = ReadonlyMap<string, number>

/** What is left of a session that was ended, for longer than any request lives. */
export interface Tombstone {
  readonly state: 'ended'
  readonly reason: EndReason
  /** Epoch second of the end. */
  readonly at: number
  readonly subject: string | null
  /** The stored id of the session that goes on from it, where one does. */
  readonly next: string | null
  /** The last second in which a request under the old id is still served by that one. */
  readonly until: number
}

/** What a session leaves behind when it is ended. */
export interface Ending {
  readonly reason: EndReason
  /** For how many seconds the tombstone is kept. */
  readonly keep: number
}

/** How one session is ended by itself. */
export interface SingleEnding extends Ending {
  /** The stored id of a session that goes on from it. @default none */
  readonly next?: string | undefined
  /** The last second in which the old id leads there. @default 0 */
  readonly until?: number | undefined
  /** Only where these fields have these texts (null: are not there). @default nothing is asked */
  readonly expect?: ReadonlyMap<string, string | null> | undefined
}

/** What one request changes in a session. All of it happens, or nothing. */
export interface Patch {
  readonly set: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
  readonly fieldEnds?: FieldEnds | undefined
  /** Only where these fields have these texts (null: are not there). @default nothing is asked */
  readonly expect?: ReadonlyMap<string, string | null> | undefined
  /** Activity at this second: `seenAt` becomes it unless it is later already. @default none */
  readonly seenAt?: number | undefined
  /** Other bounds than before. @default those that are stored */
  readonly bounds?: Pick<Keeping, 'idle' | 'endsAt' | 'throttle'> | undefined
  /** The sweep must look at this second or before: the earlier of it and what is stored. @default no change */
  readonly checkAt?: number | undefined
  /** For the sweep: `checkAt` becomes `to` where it still is `from`. @default no change */
  readonly recheck?: { readonly from: number; readonly to: number } | undefined
}

/** The session that a new one goes on from. It must be live; it ends, and its fields move. */
export interface From extends Ending {
  readonly id: string
  /** Fields that do not move. What the new session has itself stands over what moves. */
  readonly deleted: readonly string[]
  readonly expect?: ReadonlyMap<string, string | null> | undefined
  /** The last second in which the old id still works; null where it does not lead to the new one. */
  readonly until: number | null
}

/** How many live sessions a subject may have, the new one counted. */
export interface SessionLimit extends Ending {
  readonly most: number
  /** End those that began first, or refuse the new one. */
  readonly action: 'end-oldest' | 'refuse'
}

export interface CreateTerms {
  readonly from?: From | undefined
  readonly limit?: SessionLimit | undefined
}

/** The texts that stood instead of what was expected, by key; null where nothing did. */
export interface Conflict {
  readonly state: 'conflict'
  readonly current: ReadonlyMap<string, string | null>
}

/** `unknown`: no session has that id, or it is over and forgotten. */
export interface Unknown {
  readonly state: 'unknown'
}

export interface Done {
  readonly state: 'done'
}

/** `full`: the limit refused it. `taken`: the id is in use, and nothing was done. */
export type Created =
  | { readonly state: 'done'; readonly ended: readonly string[] }
  | { readonly state: 'full' | 'taken' }
  | Conflict
  | Tombstone
  | Unknown

/** A live session as it was before the touch, and whether it was touched. */
export interface Live {
  readonly state: 'live'
  readonly session: StoredSession
  readonly touched: boolean
}

/** A session whose time is over, as long as the store still has it: so that its user can be told why. */
export interface OverSession {
  readonly state: 'over'
  readonly session: StoredSession
}

export type Reading = Live | OverSession | Tombstone | Unknown
export type Patched = Done | Conflict | Tombstone | Unknown
export type EndedNow = Done | Tombstone | Unknown

/**
 * Each verb is one round trip and atomic. No verb makes a session out of one that is not live. `now`
 * is the epoch second by which a store judges whether a session is kept. Only faults are thrown.
 */
export interface Store {
  /** Begins a session. @see CreateTerms for what may go before it. */
  create(session: StoredSession, now: number, terms?: CreateTerms): Awaitable<Created>
  /** @param touch whether the request is activity: then `seenAt` becomes `now` where the throttle lets it. */
  read(id: string, now: number, touch: boolean): Awaitable<Reading>
  /** Changes a live session. */
  patch(id: string, patch: Patch, now: number): Awaitable<Patched>
  /** Activity without a read; also within the throttle. It carries no data. */
  touch(id: string, now: number): Awaitable<EndedNow>
  /** Ends a live session. @param subject only where it is this subject's; else `unknown`. */
  end(id: string, ending: SingleEnding, now: number, subject?: string): Awaitable<Patched>
  /** Releases what the store itself opened; clients that were handed in stay open. */
  close?(): Awaitable<void>
  /** How ids look, where not as `core/ids.ts` makes them. */
  readonly ids?: IdScheme | undefined
  /** How values become texts, where not as JSON. */
  readonly values?: ValueCodec | undefined
  /** What it cannot promise, in a sentence; said once when sessions are made with it. */
  readonly caveat?: string | undefined
  /** Told of each live session that had to go to make room. Returns how to end the listening. */
  onEvicted?(listener: (session: StoredSession) => void): () => void
}

/** One value as text. Two values with the same text are the same. */
export interface ValueCodec {
  /** @param key for messages. @throws SessionError `not-serializable`, naming where. */
  encode(value: unknown, key: string): string
  /** The value, or undefined for a text that is none. Never throws. */
  decode(text: string): unknown
}

/** How the id in a cookie is signed (`core/signer.ts`). */
export interface IdSignature {
  readonly salt: string
  readonly digest: Digest
  readonly keyDerivation: 'hmac'
}

/** What a cookie carries of an id, and by which name a store knows it. */
export interface IdScheme {
  /** The longest cookie that is looked at, in characters. */
  readonly longest: number
  /**
   * A new id: 256 random bits, beside which it may say where it lies. A subject's sessions lie together;
   * nobody's lies where the one before it did, so that renewing its id is one step on a cluster.
   */
  create(subject: string | null, before?: string | null): string
  /** Whether a text can be an id of ours, or a name in the store: no other reaches one. */
  fits(id: string): boolean
  /** The name in the store. It fits as the id does. */
  storedId(id: string): string
  /** How the cookie is signed; null for never. @default SHA-256, where there is a secret key */
  readonly signature?: IdSignature | null | undefined
}

/** The ability to find a subject's sessions. Never misses one, also while others begin. */
export interface SubjectStore {
  /** Its live sessions, those that began first coming first. */
  list(subject: string, now: number): Awaitable<StoredSession[]>
  /** Ends all that began before the call, but one. Answers the ids that it ended. */
  endAll(subject: string, ending: Ending, now: number, except?: string): Awaitable<string[]>
}

/** The ability to hand out what is over, at least once, to one of several machines. */
export interface SweepStore {
  /**
   * Sessions that are over but were not ended, and live ones whose `checkAt` has come; at most so
   * many. For `lease` seconds no other sweep is handed them.
   */
  claim(now: number, most: number, lease: number): Awaitable<StoredSession[]>
  /**
   * Forgets what those of these held that are over; live ones stay. Each leaves a tombstone of the second and
   * the bound that ended it, for as long as the store would have kept it. Answers how many.
   */
  forget(ids: readonly string[], now: number): Awaitable<number>
}

/** The ability to go through all live sessions, in no order. */
export interface ScanStore {
  /** A page after a cursor (null: the first), and the next cursor (null: none). One that stays is seen once at least. */
  scan(
    now: number,
    after: string | null,
    most: number,
  ): Awaitable<{ readonly sessions: StoredSession[]; readonly next: string | null }>
}

/** A store with all abilities: what each of ours is. */
export type FullStore = Store & SubjectStore & SweepStore & ScanStore
