// A session between its two shapes: Flask's mapping as bytes, and what a store hands out.
import { SessionError } from '../../core/errors.ts'
import { LAST_SECOND } from '../../core/judgement.ts'
import type { StoredSession } from '../../core/store.ts'
import {
  type Bounds,
  fieldOf,
  isOwnField,
  keyOf,
  OWN_KEY,
  type Own,
  PERMANENT_KEY,
  readOwn,
  takeClock,
  withClock,
  writeOwn,
} from './flask-session-own.ts'
import { json } from './json-texts.ts'
import { msgpack } from './msgpack-writer.ts'
import type { Mapping, Serialization } from './serialization.ts'

/** The library's own field that says that a session is permanent (`core/stored.ts`). */
const PERMANENT = '@e'
/** What waits there for a sweep, which this store has not. */
const OVER = '@o'
/** Of larger sessions nothing is read, and none is written. */
export const LONGEST = 4 * 1024 * 1024

/** One session as Redis has it. `own` is null while only Flask has written it. */
export interface FlaskRecord {
  readonly mapping: Mapping
  readonly own: Own | null
}

/** What is done to a record: as a patch says it, or as a session begins. */
export interface Change {
  readonly set: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
  readonly bounds?: Bounds | undefined
  readonly createdAt: number
  readonly subject: string | null
}

export const EMPTY: FlaskRecord = { mapping: { entries: new Map(), others: [] }, own: null }

export class FlaskRecords {
  readonly serialization: Serialization
  readonly #other: Serialization
  readonly #lifetime: number

  /** @param lifetime whole seconds */
  constructor(serialization: 'msgpack' | 'json', lifetime: number) {
    this.serialization = serialization === 'json' ? json : msgpack
    this.#other = serialization === 'json' ? msgpack : json
    this.#lifetime = lifetime
  }

  /** Null for what is no session: a pickle, or anything else. Never throws. */
  read(bytes: string): FlaskRecord | null {
    const mapping = this.serialization.split(bytes) ?? this.#convert(bytes)
    if (mapping === null) return null
    const text = mapping.entries.get(OWN_KEY)
    if (text === undefined) return { mapping, own: null }
    const own = readOwn(this.serialization.read(text))
    return own && { mapping, own }
  }

  /** A mapping in the other format, as Flask will write it next; null where it could not. */
  #convert(bytes: string): Mapping | null {
    if (this.#other.split(bytes) === null) return null
    try {
      return this.serialization.split(this.serialization.writeAsFlask(this.#other.read(bytes), ''))
    } catch {
      return null
    }
  }

  /** @throws SessionError `not-serializable` for a session that is too large. */
  write({ mapping }: FlaskRecord): string {
    const bytes = this.serialization.join(mapping)
    if (bytes.length <= LONGEST) return bytes
    throw new SessionError(
      'not-serializable',
      'The session is larger than 4 MiB, which no session needs. Keep what is large elsewhere, and its key here.',
    )
  }

  /**
   * @param idleFor seconds since its last activity, by what is left of its time in Redis
   */
  sessionOf(id: string, { mapping, own }: FlaskRecord, idleFor: number, now: number) {
    const writtenAt = now - idleFor
    const createdAt = own?.createdAt ?? writtenAt
    const bounds = this.#boundsOf(own)
    const session: StoredSession = {
      id,
      subject: own?.subject ?? null,
      createdAt,
      seenAt: Math.max(createdAt, writtenAt),
      ...bounds,
      checkAt: 0,
      fields: this.#fieldsOf(mapping, own),
    }
    return session
  }

  /**
   * Flask knows one limit, and Redis forgets the session at it. Where ours is no shorter, all activity is
   * written down, since what was not would be cut off.
   */
  #boundsOf(own: Own | null): Bounds {
    const bounds = own?.bounds ?? { idle: this.#lifetime, endsAt: LAST_SECOND, throttle: 0 }
    const isShorter = bounds.idle > 0 && bounds.idle < this.#lifetime
    // What is never to be touched by a store has a throttle beyond any time.
    const isOurs = isShorter || bounds.throttle > this.#lifetime
    return isOurs ? bounds : { ...bounds, throttle: 0 }
  }

  #fieldsOf({ entries }: Mapping, own: Own | null): Map<string, string> {
    const fields = new Map<string, string>()
    for (const [key, bytes] of entries) {
      if (key === OWN_KEY) continue
      if (key !== PERMANENT_KEY) fields.set(fieldOf(key), withClock(own?.clocks.get(key), bytes))
      else if (isTruthy(this.serialization.read(bytes))) fields.set(PERMANENT, '1')
    }
    for (const [name, text] of own?.texts ?? []) fields.set(name, text)
    return fields
  }

  /** The record with a change; what the change does not name stays to the byte. */
  changed(record: FlaskRecord, change: Change): FlaskRecord {
    const entries = new Map(record.mapping.entries)
    const texts = new Map(record.own?.texts)
    const clocks = new Map(record.own?.clocks)
    const put = (name: string, text: string | null) => {
      if (name === PERMANENT) this.#setPermanent(entries, text !== null)
      else if (isOwnField(name)) setOrDelete(texts, name, name.startsWith(OVER) ? null : text)
      else {
        const key = keyOf(name)
        const { clock, bytes } = text === null ? NOTHING : takeClock(text)
        setOrDelete(entries, key, bytes)
        setOrDelete(clocks, key, clock)
      }
    }
    // Where Flask has it, too: before all else.
    if (change.set.has(PERMANENT)) put(PERMANENT, '1')
    for (const name of change.deleted) put(name, null)
    for (const [name, text] of change.set) put(name, text)
    for (const key of clocks.keys()) if (!entries.has(key)) clocks.delete(key)
    const { createdAt, subject, bounds = record.own?.bounds ?? null } = change
    const own = { createdAt, subject, bounds, texts, clocks }
    entries.set(OWN_KEY, this.serialization.write(writeOwn(own), OWN_KEY))
    return { mapping: { entries, others: record.mapping.others }, own }
  }

  #setPermanent(entries: Map<string, string>, isPermanent: boolean): void {
    if (!isPermanent && !entries.has(PERMANENT_KEY)) return
    entries.set(PERMANENT_KEY, this.serialization.write(isPermanent, PERMANENT_KEY))
  }
}

const NOTHING = { clock: null, bytes: null }

function setOrDelete(map: Map<string, string>, key: string, text: string | null): void {
  if (text === null) map.delete(key)
  else map.set(key, text)
}

/** Python's truth: zero and whatever is empty are false. */
function isTruthy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value) || Number.isNaN(value)
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0
  if (value instanceof Map) return value.size > 0
  return value instanceof Date || Object.keys(value).length > 0
}
