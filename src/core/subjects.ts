// The sessions of one subject: listed, and ended one by one, all, or all but one.
import { SessionError } from './errors.ts'
import { storedHash } from './ids.ts'
import { TOMBSTONE_SECONDS } from './keeping.ts'
import type { Clock } from './lifetime.ts'
import type { Session } from './session.ts'
import { stateOf } from './session-data.ts'
import { load } from './session-state.ts'
import type { Store, StoredSession, SubjectStore } from './store.ts'
import { endForGood } from './store-end.ts'
import { MOST_STEPS, type StoredFound, type StoreParts, toFind } from './store-opening.ts'
import { UNFIT } from './stored.ts'

/** A live session of a subject, for the page that lists them. */
export interface SubjectSession<Data extends object = Record<string, unknown>> {
  /** A name for it, for `end`. Nobody can take the session over by it. */
  readonly id: string
  /** Epoch second of the login. */
  readonly startedAt: number
  /** Epoch second of the last activity that was written down. */
  readonly seenAt: number
  /** The last second of it without further activity; null without a limit. */
  readonly endsAt: number | null
  /** Whether it is the session that asked. */
  readonly current: boolean
  /** A value in it: where it comes from, if the application records that. */
  get<Key extends keyof Data & string>(key: Key): Data[Key] | undefined
}

/** What can be done to the sessions of one subject. */
export interface SubjectSessions<Data extends object = Record<string, unknown>> {
  /** The live ones, those that began first coming first. @param current the one that is to be marked */
  list(current?: Session<Data>): Promise<readonly SubjectSession<Data>[]>
  /** Ends one of them, by the `id` in the list. False where this subject has no such session, whatever is sent. */
  end(id: string): Promise<boolean>
  /** Ends all that began before this call, also while others begin. Answers how many; null where cookies carry them. */
  endAll(): Promise<number | null>
  /** Ends all but this one: after a change of the password. Answers how many; null likewise. */
  endOthers(session: Session<Data>): Promise<number | null>
}

const REVOKED = { reason: 'revoked', keep: TOMBSTONE_SECONDS } as const

const canFind = (store: Store): store is Store & SubjectStore =>
  'list' in store && 'endAll' in store

/** Made once with the manager. */
export class Subjects {
  readonly #parts: StoreParts
  readonly #clock: Clock

  constructor(parts: StoreParts, clock: Clock) {
    this.#parts = parts
    this.#clock = clock
  }

  /** @throws SessionError `no-store` where the store cannot find sessions by subject. */
  of(subject: string): SubjectSessions {
    const { store } = this.#parts
    demandSubject(subject)
    if (!canFind(store)) {
      throw new SessionError(
        'no-store',
        'This store cannot find the sessions of a subject. Those of memory, SQLite, Redis and PostgreSQL can.',
      )
    }
    return {
      list: (current) => this.#list(store, subject, current),
      end: (id) => this.#end(store, subject, id),
      endAll: () => this.#endAll(store, subject),
      endOthers: async (session) => this.#endAll(store, subject, await this.#storedIdOf(session)),
    }
  }

  async #list(store: SubjectStore, subject: string, current?: Session) {
    const now = this.#now()
    const id = current && (await this.#storedIdOf(current))
    const sessions = await store.list(subject, now)
    return sessions
      .map((stored) => this.#toListed(stored, now, stored.id === id))
      .filter((listed) => listed !== null)
  }

  #toListed(stored: StoredSession, now: number, current: boolean): SubjectSession | null {
    const found = toFind(stored, this.#parts, now)
    if ('missed' in found) return null
    const { record, judgement } = found
    return {
      id: stored.id,
      startedAt: record.createdAt,
      seenAt: record.seenAt,
      endsAt: judgement.endsAt,
      current,
      get: (key) => record.fields.get(key),
    }
  }

  /** Also one whose id was renewed since it was listed. */
  async #end(store: Store, subject: string, id: unknown): Promise<boolean> {
    // A visitor may have sent it.
    if (typeof id !== 'string' || !this.#parts.ids.ids.fits(id)) return false
    const now = this.#now()
    const ended = await endForGood(store, id, REVOKED, now, subject)
    if (ended !== null) this.#tell(ended, subject, now)
    return ended !== null
  }

  async #endAll(store: SubjectStore, subject: string, except?: string): Promise<number> {
    const now = this.#now()
    const ended = await store.endAll(subject, REVOKED, now, except)
    for (const id of ended) this.#tell(id, subject, now)
    return ended.length
  }

  #tell(id: string, subject: string, now: number): void {
    const told = { id: null, hash: storedHash(id), subject }
    this.#parts.events.tell('ended', now, told, { reason: 'revoked', at: now, field: null })
  }

  /** As the store has it now, also where its id is renewed in this request or was in another. */
  async #storedIdOf(session: Session): Promise<string> {
    const { stored, record } = load(stateOf(session)) as StoredFound
    let id = stored?.id ?? this.#parts.ids.ids.storedId(record.id ?? '')
    for (let steps = MOST_STEPS; stored !== null && steps > 0; steps--) {
      const reading = await this.#parts.store.read(id, this.#now(), false)
      if (reading.state !== 'ended' || reading.next === null) break
      id = reading.next
    }
    return id
  }

  #now(): number {
    return Math.floor(this.#clock())
  }
}

/** @throws SessionError `bad-option` */
export function demandSubject(subject: unknown): void {
  if (typeof subject === 'string' && subject !== '' && !UNFIT.test(subject)) return
  throw new SessionError('bad-option', 'of takes a subject as it was given to authenticate.')
}
