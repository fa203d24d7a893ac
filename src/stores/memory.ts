// Sessions in the memory of one process: for one server that may forget them when it starts anew, for
// development and for tests.

import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import { isTouchDue } from '../core/judgement.ts'
import { tellAll } from '../core/listeners.ts'
import type {
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  FullStore,
  Patch,
  Patched,
  Reading,
  SessionLimit,
  SingleEnding,
  StoredSession,
} from '../core/store.ts'
import { conflictOf, earlier, overlay } from './parts/changes.ts'
import { packFields, unpackFields } from './parts/packing.ts'
import { toSession } from './parts/row-shapes.ts'
import { Slices } from './parts/slices.ts'
import { type Found, Vault } from './parts/vault.ts'

export interface MemoryStoreOptions {
  /**
   * How many sessions it holds, tombstones counted. Beyond that the one goes that was idle for
   * longest. Count with 400 bytes and the data for each. @default 1_000_000
   */
  readonly most?: number
  /** How long a session that is over is kept for a sweep to be told of it. @default '1h' */
  readonly retention?: Duration
  /** Told of each live session that had to go to make room. @default nobody */
  readonly evicted?: (session: StoredSession) => void
}

const DEFAULTS = Object.freeze({ most: 1_000_000, retention: '1h' } as const)
/** So many records at most a new session clears away of those that have to go. */
const CLEARED = 4
/** Beside what a page of a scan holds, it passes so many that are over or ended. */
const SCAN_LOOKS = 4096

const DONE = Object.freeze({ state: 'done' } as const)
const UNKNOWN = Object.freeze({ state: 'unknown' } as const)

/**
 * A store that answers at once. What is over costs nothing until it goes, and goes in slices of a
 * millisecond whenever the store is used.
 *
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export const memoryStore = (options: MemoryStoreOptions = {}): MemoryStore =>
  new MemoryStore(options)

/** Made by `memoryStore`. */
export class MemoryStore implements FullStore {
  readonly #vault: Vault
  readonly #most: number
  readonly #listeners = new Set<(session: StoredSession) => void>()
  readonly #slices = new Slices(() => this.#vault.dropNext(this.#now))
  #now = 0

  constructor({
    most = DEFAULTS.most,
    retention = DEFAULTS.retention,
    evicted,
  }: MemoryStoreOptions) {
    const seconds = toSeconds(retention, 'retention')
    if (!Number.isSafeInteger(most) || most < 1 || seconds < 0) {
      throw new SessionError(
        'bad-option',
        "A memory store takes a whole number of sessions as `most`, at least 1, and a `retention` that is not negative: write memoryStore({ most: 100_000, retention: '1h' }).",
      )
    }
    this.#most = most
    this.#vault = new Vault(Math.ceil(seconds))
    if (evicted !== undefined) this.onEvicted(evicted)
  }

  /** How many sessions it holds, tombstones and what is over counted. */
  get size(): number {
    return this.#vault.count
  }

  create(session: StoredSession, now: number, { from, limit }: CreateTerms = {}): Created {
    this.#look(now)
    const vault = this.#vault
    for (let at = 0; at < CLEARED; at++) vault.dropNext(now)
    if (vault.has(session.id, now)) return { state: 'taken' }
    const old = from === undefined ? null : vault.find(from.id, now)
    if (old !== null && old.state !== 'live') return old
    const before = old === null ? null : unpackFields(old.row.text)
    const conflict = before && conflictOf(before, from?.expect)
    if (conflict) return conflict
    const surplus = this.#surplus(session.subject, limit, now, old)
    if (surplus === null) return { state: 'full' }
    const ended = surplus.map(({ row }) => row.id)
    for (const found of surplus) vault.bury(found, limit as SessionLimit, now)
    const ordinal = vault.ordinalFor(session, old?.row)
    let begun = session
    if (from !== undefined && old !== null && before !== null) {
      const fields = overlay(before, from.deleted, session.fields)
      begun = { ...session, fields, checkAt: earlier(session.checkAt, old.row.checkAt) }
      const next = from.until === null ? undefined : session.id
      vault.bury(old, from, now, next, from.until ?? 0)
    }
    const evicted = this.#makeRoom(now)
    vault.add(begun, ordinal, now)
    for (const gone of evicted) tellAll(this.#listeners, gone, 'evicted')
    return { state: 'done', ended }
  }

  read(id: string, now: number, touch: boolean): Reading {
    this.#look(now)
    const found = this.#vault.find(id, now)
    if (found.state === 'unknown') return this.#vault.over(id, now) ?? found
    if (found.state === 'ended') return found
    const session = toSession(found.row)
    const touched = touch && isTouchDue(session, now)
    if (touched) found.row.seenAt = now
    return { state: 'live', session, touched }
  }

  patch(id: string, patch: Patch, now: number): Patched {
    this.#look(now)
    const found = this.#vault.find(id, now)
    if (found.state !== 'live') return found
    const { row, record } = found
    const { set, deleted, expect, seenAt = 0, bounds, checkAt = 0, recheck } = patch
    if (set.size + deleted.length > 0 || expect !== undefined) {
      const fields = unpackFields(row.text)
      const conflict = conflictOf(fields, expect)
      if (conflict) return conflict
      row.text = packFields(overlay(fields, deleted, set))
    }
    row.seenAt = Math.max(row.seenAt, seenAt)
    if (bounds !== undefined) {
      row.idle = bounds.idle
      row.endsAt = bounds.endsAt
      row.throttle = bounds.throttle
    }
    if (recheck?.from === row.checkAt) {
      row.checkAt = recheck.to
      this.#vault.release(record)
    }
    row.checkAt = earlier(row.checkAt, checkAt)
    if (bounds ?? recheck ?? checkAt) this.#vault.reschedule(record, row, now)
    return DONE
  }

  touch(id: string, now: number): EndedNow {
    this.#look(now)
    const found = this.#vault.find(id, now)
    if (found.state !== 'live') return found
    found.row.seenAt = Math.max(found.row.seenAt, now)
    return DONE
  }

  end(id: string, ending: SingleEnding, now: number, subject?: string): Patched {
    this.#look(now)
    const found = this.#vault.find(id, now)
    if (found.state === 'unknown') return found
    const whose = found.state === 'live' ? found.row.subject : found.subject
    if (subject !== undefined && whose !== subject) return UNKNOWN
    if (found.state === 'ended') return found
    const { expect } = ending
    const conflict = expect && conflictOf(unpackFields(found.row.text), expect)
    if (conflict) return conflict
    this.#vault.bury(found, ending, now, ending.next, ending.until)
    return DONE
  }

  list(subject: string, now: number): StoredSession[] {
    this.#look(now)
    return this.#vault.liveOf(subject, now).map(({ row }) => toSession(row))
  }

  endAll(subject: string, ending: Ending, now: number, except?: string): string[] {
    this.#look(now)
    const going = this.#vault.liveOf(subject, now).filter(({ row }) => row.id !== except)
    for (const found of going) this.#vault.bury(found, ending, now)
    return going.map(({ row }) => row.id)
  }

  claim(now: number, most: number, lease: number): StoredSession[] {
    this.#look(now)
    return this.#vault.claim(now, most, lease)
  }

  forget(ids: readonly string[], now: number): number {
    this.#look(now)
    return ids.filter((id) => this.#vault.forget(id, now)).length
  }

  scan(now: number, after: string | null, most: number) {
    this.#look(now)
    const sessions: StoredSession[] = []
    let record = Math.max(0, Math.trunc(Number(after)) || 0)
    const end = Math.min(this.#vault.end, record + most + SCAN_LOOKS)
    for (; record < end && sessions.length < most; record++) {
      const session = this.#vault.session(record, now)
      if (session !== null) sessions.push(session)
    }
    return { sessions, next: record < this.#vault.end ? String(record) : null }
  }

  onEvicted(listener: (session: StoredSession) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Stops what is under way. What was kept can still be read. */
  close(): void {
    this.#slices.stop()
  }

  /** The clock is the caller's: what has to go by it is begun with now. */
  #look(now: number): void {
    this.#now = now
    if (this.#vault.isDue(now)) this.#slices.start()
  }

  /** The sessions that must end for one more; null where that is refused. */
  #surplus(
    subject: string | null,
    limit: SessionLimit | undefined,
    now: number,
    old: Found | null,
  ): Found[] | null {
    if (limit === undefined || subject === null) return []
    const others = this.#vault.liveOf(subject, now).filter(({ record }) => record !== old?.record)
    const surplus = others.slice(0, Math.max(0, others.length + 1 - limit.most))
    return limit.action === 'refuse' && surplus.length > 0 ? null : surplus
  }

  #makeRoom(now: number): StoredSession[] {
    const evicted: StoredSession[] = []
    while (this.#vault.count >= this.#most) {
      const session = this.#vault.evict(now)
      if (session !== null) evicted.push(session)
    }
    return evicted
  }
}
