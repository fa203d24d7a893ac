// Sessions in a store that reads and overwrites, and nothing else: what the bridges have in common.
import { type Duration, toSeconds } from '../../core/duration.ts'
import { SessionError } from '../../core/errors.ts'
import { isTouchDue } from '../../core/judgement.ts'
import type {
  Created,
  CreateTerms,
  EndedNow,
  From,
  Patch,
  Patched,
  Reading,
  SingleEnding,
  Store,
  StoredSession,
} from '../../core/store.ts'
import {
  type BridgeRecord,
  type Found,
  patched,
  readRecord,
  recordOf,
  secondsLeft,
  tombstoneOf,
  UNKNOWN,
} from './bridge-records.ts'
import { conflictOf, earlier, overlay } from './changes.ts'
import { Turns } from './turns.ts'

/** What a bridge leads to. */
export interface Drawer {
  /** What was put there, or something that is no object. */
  get(id: string): Promise<unknown>
  /** @param seconds for how long it must be there. */
  set(id: string, record: BridgeRecord, seconds: number): Promise<unknown>
  delete(id: string): Promise<unknown>
}

export interface BridgeOptions {
  /** How long a session that is over is kept, so that its user can be told why. @default '1h' */
  readonly retention?: Duration
}

const DONE = Object.freeze({ state: 'done' } as const)
const RETENTION = '1h'
/** What takes longer than these milliseconds keeps nobody waiting any more. */
const PATIENCE = 10_000

/**
 * The verbs of a store over one that overwrites. Within this process changes to a session take turns,
 * so that none is lost and none revives what was ended; other processes are not asked.
 */
export class BridgeStore implements Store {
  readonly caveat: string
  readonly #drawer: Drawer
  readonly #retention: number
  readonly #turns = new Turns()

  constructor(drawer: Drawer, caveat: string, { retention = RETENTION }: BridgeOptions) {
    const seconds = Math.ceil(toSeconds(retention, 'retention'))
    if (seconds < 0) throw new SessionError('bad-option', 'retention must not be negative.')
    this.caveat = caveat
    this.#drawer = drawer
    this.#retention = seconds
  }

  async create(session: StoredSession, now: number, terms: CreateTerms = {}): Promise<Created> {
    const { from, limit } = terms
    if (limit !== undefined) {
      throw new SessionError(
        'bad-option',
        'A bridge cannot limit the sessions of a subject, since it does not find them. The stores of memory, SQLite, Redis and PostgreSQL can.',
      )
    }
    return this.#turns.takeBoth(session.id, from?.id ?? session.id, async () => {
      const { state } = await this.#find(session.id, now)
      if (state !== 'unknown') return { state: 'taken' }
      return from === undefined ? this.#begin(session, now) : this.#goOn(session, from, now)
    })
  }

  async read(id: string, now: number, touch: boolean): Promise<Reading> {
    const found = await this.#find(id, now)
    // A file that is being written looks like nothing: what is unknown is looked at again in its turn.
    if (found.state !== 'unknown' && !isDue(found, now, touch)) return found
    return this.#turns.take(id, async () => {
      const latest = await this.#find(id, now)
      if (!isDue(latest, now, touch)) return latest
      await this.#keep(id, recordOf({ ...latest.session, seenAt: now }), now)
      return { ...latest, touched: true }
    })
  }

  patch(id: string, patch: Patch, now: number): Promise<Patched> {
    return this.#change(id, now, async (session) => {
      const conflict = conflictOf(session.fields, patch.expect)
      if (conflict) return conflict
      await this.#keep(id, recordOf(patched(session, patch)), now)
      return DONE
    })
  }

  touch(id: string, now: number): Promise<EndedNow> {
    return this.#change(id, now, async (session) => {
      const seenAt = Math.max(session.seenAt, now)
      await this.#keep(id, recordOf({ ...session, seenAt }), now)
      return DONE
    })
  }

  async end(id: string, ending: SingleEnding, now: number, subject?: string): Promise<Patched> {
    const ended = await this.#change<Patched>(id, now, async (session) => {
      if (subject !== undefined && session.subject !== subject) return UNKNOWN
      const conflict = conflictOf(session.fields, ending.expect)
      if (conflict) return conflict
      const { next = null, until = 0 } = ending
      await this.#keep(id, tombstoneOf(session, ending, now, next, until), now)
      return DONE
    })
    // Whoever asks for one subject hears nothing of another's, also where it is over.
    const isOthers = subject !== undefined && 'subject' in ended && ended.subject !== subject
    return isOthers ? UNKNOWN : ended
  }

  /** What to do with a live session, in its turn. */
  #change<Result>(id: string, now: number, work: (session: StoredSession) => Promise<Result>) {
    return this.#turns.take(id, async () => {
      const found = await this.#find(id, now)
      return found.state === 'live' ? work(found.session) : withoutOver(found)
    })
  }

  async #begin(session: StoredSession, now: number): Promise<Created> {
    await this.#keep(session.id, recordOf(session), now)
    return { state: 'done', ended: [] }
  }

  /** In two steps: were it ended first and the process after that, its user would be logged out. */
  async #goOn(session: StoredSession, from: From, now: number): Promise<Created> {
    const old = await this.#find(from.id, now)
    if (old.state !== 'live') return withoutOver(old)
    const conflict = conflictOf(old.session.fields, from.expect)
    if (conflict) return conflict
    const fields = overlay(old.session.fields, from.deleted, session.fields)
    const checkAt = earlier(session.checkAt, old.session.checkAt)
    const next = from.until === null ? null : session.id
    const created = await this.#begin({ ...session, fields, checkAt }, now)
    try {
      await this.#keep(from.id, tombstoneOf(old.session, from, now, next, from.until ?? 0), now)
    } catch (error) {
      await inTime(this.#drawer.delete(session.id)).catch(() => {})
      throw error
    }
    return created
  }

  async #find(id: string, now: number): Promise<Found> {
    return readRecord(await inTime(this.#drawer.get(id)), id, now, this.#retention)
  }

  async #keep(id: string, record: BridgeRecord, now: number): Promise<void> {
    await inTime(this.#drawer.set(id, record, secondsLeft(record, now, this.#retention)))
  }
}

type FoundLive = Extract<Found, { readonly state: 'live' }>

const isDue = (found: Found, now: number, touch: boolean): found is FoundLive =>
  touch && found.state === 'live' && isTouchDue(found.session, now)

const withoutOver = (found: Exclude<Found, { readonly state: 'live' }>) =>
  found.state === 'over' ? UNKNOWN : found

/** The answer, or an error where there is none for so long that others must have their turn. */
function inTime<Result>(answer: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      reject(new SessionError('store-unavailable', 'The store behind a bridge did not answer.'))
    const timer = setTimeout(giveUp, PATIENCE)
    const unrefable: { unref?: () => void } = Object(timer)
    unrefable.unref?.()
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
