// What a case of the store contract plays on: a store, ids and subjects that nobody else has, a time
// of its own, and short words for what it asks.
import { HASHED_IDS } from '../core/ids.ts'
import type {
  CreateTerms,
  Ending,
  From,
  FullStore,
  Patch,
  Reading,
  StoredSession,
  Tombstone,
} from '../core/store.ts'
import { same } from './store-asserts.ts'

export type Play = (stage: Stage) => Promise<void>

/** Cases by name. */
export type Book = Readonly<Record<string, Play>>

export const UNKNOWN = { state: 'unknown' } as const
export const DONE = { state: 'done' } as const
export const LOGOUT: Ending = { reason: 'logout', keep: 600 }
const NOTHING: Patch = { set: new Map(), deleted: [] }

/** What a session has unless a case says otherwise. */
const USUAL = { idle: 1800, throttle: 60, checkAt: 0 }
const ABSOLUTE = 86_400
/** Seconds; no case that sweeps goes further from where it began. */
const ERA = 10_000
/** In so many of them, from 1970 to the summer of 1971, the cases that sweep play. */
const ERAS = 5000
let era = Math.ceil(Math.random() * ERAS)

/**
 * A sweep is handed whatever is over, also what other cases left in the same database. So each case
 * that sweeps goes to an era of its own, earlier than those before it: there, nothing of theirs is
 * over yet. The others play in the present. What earlier eras left, those of other runs and those
 * before the last one came round, is handed out too, and skipped.
 */
export class Stage {
  readonly store: FullStore
  #now = Math.floor(Date.now() / 1000)

  constructor(store: FullStore) {
    this.store = store
  }

  /** The second in which the case begins. */
  get now(): number {
    return this.#now
  }

  /** Goes to the era before, and from the first one to the last. */
  goBack(): number {
    era = era > 1 ? era - 1 : ERAS
    this.#now = era * ERA
    return this.#now
  }

  /** Somebody new, whose name wants escaping wherever texts are put together. */
  subject(): string {
    return `"Zoë" O'Neil\\{}:*@%_ ${randomText()}`
  }

  /** A new id as the store has it. */
  id(subject: string | null = null): string {
    const ids = this.store.ids ?? HASHED_IDS
    return ids.storedId(ids.create(subject))
  }

  /** A session that nobody has created yet; its id lies where its subject's do. */
  session(changes: Partial<StoredSession> = {}): StoredSession {
    const createdAt = changes.createdAt ?? this.#now
    return {
      id: changes.id ?? this.id(changes.subject),
      subject: null,
      createdAt,
      seenAt: createdAt,
      endsAt: createdAt + ABSOLUTE,
      fields: new Map([['cart', '[1,2]']]),
      ...USUAL,
      ...changes,
    }
  }

  /** Creates a session, which must succeed. */
  async begin(
    changes: Partial<StoredSession> = {},
    terms?: CreateTerms,
    now: number = changes.createdAt ?? this.#now,
  ): Promise<StoredSession> {
    const session = this.session(changes)
    const created = await this.store.create(session, now, terms)
    same(created.state, 'done', 'create')
    return session
  }

  /** Sessions of a subject that began one second after the other. */
  async beginMany(subject: string, count: number): Promise<StoredSession[]> {
    const sessions: StoredSession[] = []
    for (let at = 0; at < count; at++) {
      sessions.push(await this.begin({ subject, createdAt: this.#now - count + at }))
    }
    return sessions
  }

  /** Ends a live session by logout. */
  async logout(id: string, now = this.#now): Promise<void> {
    same(await this.store.end(id, LOGOUT, now), DONE, 'end')
  }

  async patch(id: string, patch: Partial<Patch>, now = this.#now) {
    return this.store.patch(id, { ...NOTHING, ...patch }, now)
  }

  /** A patch that must be done. */
  async change(id: string, patch: Partial<Patch>, now = this.#now): Promise<void> {
    same(await this.patch(id, patch, now), DONE, 'patch')
  }

  async peek(id: string, now = this.#now): Promise<Reading> {
    return this.store.read(id, now, false)
  }

  /** The live session, read without a touch. */
  async find(id: string, now = this.#now): Promise<StoredSession> {
    const reading = await this.peek(id, now)
    if (reading.state === 'live') return reading.session
    throw new Error(`read: expected a live session but got ${JSON.stringify(reading.state)}`)
  }

  /** Fails unless the session is there as given, `changes` apart. */
  async holds(
    session: StoredSession,
    changes: Partial<StoredSession> = {},
    now = this.#now,
  ): Promise<void> {
    same(bare(await this.find(session.id, now)), { ...bare(session), ...changes }, 'the session')
  }

  /** Fails unless the store still shows the session, and that its time is over. */
  async isOver(
    session: StoredSession,
    now: number,
    changes: Partial<StoredSession> = {},
  ): Promise<void> {
    const reading = await this.store.read(session.id, now, true)
    same(reading.state, 'over', 'read')
    if (reading.state !== 'over') return
    same(bare(reading.session), { ...bare(session), ...changes }, 'the session that is over')
  }

  /** Fails where a change of what was handed out changes what is kept, or the other way round. */
  async isApart(handed: StoredSession): Promise<void> {
    const given = bare(handed)
    if (handed.fields instanceof Map) handed.fields.set('views', 'changed by the caller')
    await this.holds(given)
    const before = bare(handed)
    await this.change(handed.id, { set: new Map([['views', '2']]), seenAt: handed.seenAt + 9 })
    same(bare(handed), before, 'what was handed out before')
  }

  /** Fails unless all of these ids have that state. */
  async states(ids: readonly string[], state: Reading['state'], now = this.#now): Promise<void> {
    for (const id of ids) same((await this.peek(id, now)).state, state, 'read')
  }

  /** What a logout at the beginning of the case leaves, `changes` apart. */
  tombstone(changes: Partial<Tombstone> = {}): Tombstone {
    const { reason } = LOGOUT
    return {
      state: 'ended',
      reason,
      at: this.#now,
      subject: null,
      next: null,
      until: 0,
      ...changes,
    }
  }

  /** What a new session goes on from. */
  from(id: string, changes: Partial<From> = {}): From {
    return { id, deleted: [], until: null, reason: 'renewed', keep: 600, ...changes }
  }
}

/** What a store keeps of a session, and nothing that it adds. */
export const bare = (session: StoredSession): StoredSession => ({
  id: session.id,
  subject: session.subject,
  createdAt: session.createdAt,
  seenAt: session.seenAt,
  idle: session.idle,
  endsAt: session.endsAt,
  throttle: session.throttle,
  checkAt: session.checkAt,
  fields: new Map(session.fields),
})

export const idsOf = (sessions: Iterable<{ readonly id: string }>): string[] =>
  [...sessions].map(({ id }) => id)

/** So many promises at once. */
export const together = <Result>(
  count: number,
  play: (at: number) => Promise<Result>,
): Promise<Result[]> => Promise.all(Array.from({ length: count }, (_, at) => play(at)))

export const countOf = <Value>(values: readonly Value[], value: Value): number =>
  values.filter((one) => one === value).length

const randomText = (): string =>
  Array.from({ length: 3 }, () => Math.random().toString(36).slice(2)).join('')
