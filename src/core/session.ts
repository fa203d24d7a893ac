// What a handler holds: a map of data with a life. It knows no cookie, no store and no clock.
import { SessionError } from './errors.ts'
import { type Explanation, explain, judge, type Limit, type Moments } from './lifetime.ts'
import type { Ended, SessionRecord } from './record.ts'
import {
  type Loaded,
  permanentOf,
  type SessionSource,
  type SessionState,
  type ValueOr,
} from './session-state.ts'

/** For settling only. */
export let stateOf: <Data extends object>(session: Session<Data>) => SessionState

/**
 * A visitor's session. It is opened when first touched; a request that never asks pays nothing.
 * `Data` names the keys and the types of their values.
 */
export class Session<Data extends object = Record<string, unknown>> {
  readonly #state: SessionState

  static {
    stateOf = (session) => session.#state
  }

  constructor(source: SessionSource, cookie: string | undefined, now: number, plainHost?: string) {
    this.#state = {
      source,
      cookie,
      now,
      plainHost,
      loaded: null,
      accessed: false,
      modified: false,
      destroyed: false,
      settled: false,
      lent: null,
    }
  }

  /** The id, or null where the cookie carries the session and no id (Flask's format). */
  get id(): string | null {
    return this.#load().record.id
  }

  /** True when the request came without a live session. */
  get isNew(): boolean {
    return this.#load().isNew
  }

  /** Why the session that the request came with is not this one; null when nothing came, or it lives. */
  get ended(): Ended | null {
    return this.#load().ended
  }

  /** The last epoch second of this session without further activity, or null without a limit. */
  get endsAt(): number | null {
    return judge(...this.#clocks()).endsAt
  }

  /** Every clock, its start and its end, and which one decides. */
  explain(): Explanation {
    return explain(...this.#clocks())
  }

  /** Whether this request has looked at the session. Never a look itself. */
  get accessed(): boolean {
    return this.#state.accessed
  }

  /** Whether it will be saved for having changed. Set it true to save, false to save nothing. */
  get modified(): boolean {
    return this.#state.modified
  }

  set modified(modified: boolean) {
    this.#load()
    this.#state.modified = modified
  }

  /** Whether the cookie outlives the browser. Setting it counts as a change, as in Flask. */
  get permanent(): boolean {
    return permanentOf(this.#load().record, this.#state.source)
  }

  set permanent(permanent: boolean) {
    const record = this.#change()
    const { permanentKey } = this.#state.source
    if (permanentKey === null) record.permanent = Boolean(permanent)
    else write(record, permanentKey, Boolean(permanent))
  }

  /** How many keys there are. */
  get size(): number {
    return this.#load().record.fields.size
  }

  /** The value under a key, else the default. A value changed inside is noticed and saved. */
  get<Key extends keyof Data & string, Default = undefined>(
    key: Key,
    fallback?: Default,
  ): ValueOr<Data[Key], Default> {
    const { fields } = this.#load().record
    const value = fields.get(key)
    if (typeof value === 'object' && value !== null) this.#lend(key, value)
    return (value === undefined && !fields.has(key) ? fallback : value) as ValueOr<
      Data[Key],
      Default
    >
  }

  has(key: keyof Data & string): boolean {
    return this.#load().record.fields.has(key)
  }

  set<Key extends keyof Data & string>(key: Key, value: Data[Key]): this {
    write(this.#change(), key, value)
    return this
  }

  /** Deletes a key; answers whether it was there. A key that was not there changes nothing. */
  delete(key: keyof Data & string): boolean {
    this.#demandKey()
    if (!this.has(key)) return false
    const record = this.#change()
    record.sources?.delete(key)
    return record.fields.delete(key)
  }

  /** Takes a value out, or the default when the key is missing, which changes nothing. */
  pop<Key extends keyof Data & string, Default = undefined>(
    key: Key,
    fallback?: Default,
  ): ValueOr<Data[Key], Default> {
    const value = this.get(key, fallback)
    this.delete(key)
    return value
  }

  /** The value under a key; a missing one is set to the default first. */
  setDefault<Key extends keyof Data & string>(key: Key, value: Data[Key]): Data[Key] {
    this.#demandKey()
    if (!this.has(key)) this.set(key, value)
    return this.get(key) as Data[Key]
  }

  /** Sets several keys, or makes one value from the one before: `update('views', (n = 0) => n + 1)`. */
  update(values: Partial<Data>): this
  update<Key extends keyof Data & string>(
    key: Key,
    change: (value: Data[Key] | undefined) => Data[Key],
  ): this
  update<Key extends keyof Data & string>(
    first: Partial<Data> | Key,
    change?: (value: Data[Key] | undefined) => Data[Key],
  ): this {
    if (typeof first === 'string') {
      return this.set(first, change?.(this.get(first) as Data[Key] | undefined) as Data[Key])
    }
    const record = this.#change()
    for (const [key, value] of Object.entries(first)) write(record, key, value)
    return this
  }

  /** Removes all data. The session, now empty, leaves the browser with this response. */
  clear(): void {
    const record = this.#change()
    record.fields.clear()
    record.sources = null
    record.permanent = false
  }

  /** Gives the session another id; its data and its absolute clock stay. */
  renewId(): void {
    const record = this.#change()
    if (record.id !== null) record.id = this.#state.source.begin(this.#state.now).id
  }

  /** Ends the session (logout). What is set afterwards in this request begins a new one. */
  destroy(): void {
    this.#change()
    this.#state.destroyed = true
    this.#state.lent = null
    const loaded = this.#load()
    loaded.record = this.#state.source.begin(this.#state.now)
    loaded.isNew = true
  }

  *keys(): IterableIterator<keyof Data & string> {
    for (const key of this.#load().record.fields.keys()) yield key as keyof Data & string
  }

  *values(): IterableIterator<Data[keyof Data & string]> {
    for (const key of this.keys()) yield this.get(key) as Data[keyof Data & string]
  }

  *entries(): IterableIterator<[keyof Data & string, Data[keyof Data & string]]> {
    for (const key of this.keys()) yield [key, this.get(key) as Data[keyof Data & string]]
  }

  [Symbol.iterator](): IterableIterator<[keyof Data & string, Data[keyof Data & string]]> {
    return this.entries()
  }

  /** The data as a plain object, for `JSON.stringify` and logs of your own making. */
  toJSON(): Data {
    return Object.fromEntries(this.entries()) as Data
  }

  /** What is judged: a change in this request is activity, and will be written down. */
  #clocks(): [moments: Moments, limits: readonly Limit[], now: number] {
    const { record } = this.#load()
    const { source, now, modified } = this.#state
    const seenAt = modified ? Math.floor(now) : record.seenAt
    return [{ createdAt: record.createdAt, seenAt }, source.limitsOf(record), now]
  }

  #load(): Loaded {
    const state = this.#state
    state.accessed = true
    if (state.loaded === null) state.loaded = state.source.load(state.cookie, state.now)
    return state.loaded
  }

  #change(): SessionRecord {
    this.#demandKey()
    const { record } = this.#load()
    if (this.#state.settled) {
      throw new SessionError(
        'already-settled',
        'The session was changed after its headers left. Change it before the first write to the response.',
      )
    }
    this.#state.modified = true
    return record
  }

  #demandKey(): void {
    if (this.#state.source.writable) return
    this.#state.accessed = true
    throw new SessionError(
      'no-secret-key',
      'The session cannot be written because no secret key is set; `npx sojourn key` makes one.',
    )
  }

  #lend(key: string, value: object): void {
    const state = this.#state
    state.lent ??= new Map()
    if (state.lent.has(key)) return
    try {
      state.lent.set(key, state.source.encodeValue(value))
    } catch {
      // Set in this request and not to be written: saving says so, naming where.
    }
  }
}

function write(record: SessionRecord, key: string, value: unknown): void {
  record.sources?.delete(key)
  record.fields.set(key, value)
}
