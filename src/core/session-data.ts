// The data of a session: a map that notices what is changed in it. It knows no time.
import type { FieldLifetime } from './fields.ts'
import type { SessionRecord } from './record.ts'
import { noteChange, remove, write } from './record-fields.ts'
import {
  changedInside,
  changeOpen,
  demandOpen,
  load,
  type SessionState,
  type ValueChange,
  type ValueOr,
} from './session-state.ts'

/** For the session and for settling only. */
export let stateOf: <Data extends object>(data: SessionData<Data>) => SessionState

const CLOSED: ReadonlyMap<string, unknown> = new Map()

/** What of a session is data. `Data` names the keys and the types of their values. */
export class SessionData<Data extends object = Record<string, unknown>> {
  readonly #state: SessionState

  static {
    stateOf = (data) => data.#state
  }

  constructor(state: SessionState) {
    this.#state = state
  }

  /** How many keys there are. */
  get size(): number {
    return this.#fields.size
  }

  /** The value under a key, else the default. A value changed inside is noticed and saved. */
  get<Key extends keyof Data & string, Default = undefined>(
    key: Key,
    fallback?: Default,
  ): ValueOr<Data[Key], Default> {
    const fields = this.#fields
    const value = fields.get(key)
    if (typeof value === 'object' && value !== null) this.#lend(key, value)
    return (value === undefined && !fields.has(key) ? fallback : value) as ValueOr<
      Data[Key],
      Default
    >
  }

  /** Whether a key is there; never while the session is locked. */
  has(key: keyof Data & string): boolean {
    return this.#fields.has(key)
  }

  /**
   * Sets a value, if you like with a lifetime of its own (`{ absolute: { minutes: 5 } }`) beside the
   * one that `fields` may give its key: the earlier deadline ends it. Setting it again starts anew.
   */
  set<Key extends keyof Data & string>(
    key: Key,
    value: Data[Key],
    lifetime?: Pick<FieldLifetime, 'idle' | 'absolute'>,
  ): this {
    this.#write(key, value, lifetime)
    return this
  }

  /** Deletes a key; answers whether it was there. A key that was not there changes nothing. */
  delete(key: keyof Data & string): boolean {
    demandOpen(this.#state)
    if (!this.has(key)) return false
    this.#state.updates?.delete(key)
    return remove(changeOpen(this.#state), [key])
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
    demandOpen(this.#state)
    if (!this.has(key)) this.set(key, value)
    return this.get(key) as Data[Key]
  }

  /**
   * Sets several keys, or makes one value from the one before: `update('views', (n = 0) => n + 1)`.
   * That leaves the value's clocks as they are. In a store it is atomic: where another request has
   * changed the value meanwhile, the function is called again, with that one.
   */
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
      this.#noteInside(first)
      const value = change?.(this.get(first) as Data[Key] | undefined)
      const record = changeOpen(this.#state)
      const updates = this.#updatesOf(first, record)
      if (record.fields.has(first)) write(record, first, value)
      else this.#write(first, value)
      this.#state.lent?.delete(first)
      // One that follows a set needs no value from before.
      if (updates)
        this.#state.updates = updates.set(first, [
          ...(updates.get(first) ?? []),
          change as ValueChange,
        ])
      return this
    }
    changeOpen(this.#state)
    for (const [key, value] of Object.entries(first)) this.#write(key, value)
    return this
  }

  /** The keys, in the order in which they were set. */
  *keys(): IterableIterator<keyof Data & string> {
    for (const key of this.#fields.keys()) yield key as keyof Data & string
  }

  /** The values; one that is changed inside is noticed and saved. */
  *values(): IterableIterator<Data[keyof Data & string]> {
    for (const key of this.keys()) yield this.get(key) as Data[keyof Data & string]
  }

  /** Each key with its value, as `values` hands them out. */
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

  /** What can be read: nothing while the session is locked. */
  get #fields(): ReadonlyMap<string, unknown> {
    const { record, locked } = load(this.#state)
    return locked ? CLOSED : record.fields
  }

  /** The updates to which one of this key belongs; null where what it starts from was set just now. */
  #updatesOf(key: string, { changed, fields }: SessionRecord): Map<string, ValueChange[]> | null {
    const { updates, loaded } = this.#state
    const wasOver = loaded?.ended?.fields.includes(key) && !fields.has(key)
    const isSet = changed?.has(key) && !updates?.has(key) && !wasOver
    if (changed === null || isSet) return null
    return updates ?? new Map()
  }

  #write(key: string, value: unknown, lifetime?: Pick<FieldLifetime, 'idle' | 'absolute'>): void {
    const record = changeOpen(this.#state)
    const { source, now, updates } = this.#state
    updates?.delete(key)
    this.#state.lent?.delete(key)
    source.started(record, key, now, lifetime)
    write(record, key, value)
  }

  /** A value that was changed inside is stored whole, also where it is then updated. */
  #noteInside(key: string): void {
    const state = this.#state
    if (!state.lent?.has(key) || !changedInside(state).includes(key)) return
    noteChange(changeOpen(state), key)
    state.updates?.delete(key)
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
