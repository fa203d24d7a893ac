// The records of a memory store through their life: they begin, wait for what is to come, are ended,
// and go. What the verbs mean stands in `memory.ts`.
import { isAhead, isKept, keptBy, keptUntil } from '../../core/judgement.ts'
import type { Ending, OverSession, StoredSession, Tombstone, Unknown } from '../../core/store.ts'
import { Chains } from './chains.ts'
import { keepsPlace } from './changes.ts'
import { flat, packFields } from './packing.ts'
import { Records, type Row } from './records.ts'
import { tombstoneText, toSession, toTombstone } from './row-shapes.ts'
import { NONE, slotFor, Wheel } from './wheel.ts'

/** A live session: its number, and its record to look at and to change. */
export interface Found {
  readonly state: 'live'
  readonly record: number
  readonly row: Row
}

/** As far as so many seconds tell apart, the first to go is who was idle for longest. */
const IDLE_SLOT = 256
/** So many are looked at for one to go. */
const EVICT_LOOKS = 32
/** Beside what a claim hands out, it looks at so many that are not due yet. */
const CLAIM_LOOKS = 4096

const UNKNOWN: Unknown = Object.freeze({ state: 'unknown' })

/**
 * Three wheels turn, and a touch moves none of them: what comes round too early is put where it
 * belongs. `gone` says when a record goes, `work` when the sweep must look at it, `idle` when it was
 * seen last.
 */
export class Vault {
  readonly #records = new Records()
  readonly #chains = new Chains()
  readonly #gone = new Wheel()
  readonly #work = new Wheel()
  readonly #idle = new Wheel()
  /** Until when what was handed out is not handed out again. */
  readonly #leases = new Map<number, number>()
  readonly #retention: number
  /** That of the last session. */
  #ordinal = 0

  /** @param retention seconds for which what is over is kept for the sweep. */
  constructor(retention: number) {
    this.#retention = retention
  }

  /** Sessions and tombstones. */
  get count(): number {
    return this.#records.count
  }

  /** One more than the highest number of a record. */
  get end(): number {
    return this.#records.end
  }

  /** Whether an id is in use in any form. */
  has(id: string, now: number): boolean {
    const record = this.#records.find(id)
    if (record === undefined) return false
    const row = this.#records.at(record)
    if (isAhead(this.#goesAt(row), now)) return true
    this.#drop(record, row)
    return false
  }

  find(id: string, now: number): Found | Tombstone | Unknown {
    const record = this.#records.find(id)
    if (record === undefined) return UNKNOWN
    const row = this.#records.at(record)
    if (!isKept(row, now)) return UNKNOWN
    return row.holds === 'session' ? { state: 'live', record, row } : toTombstone(row)
  }

  /** A session that is over, until its retention has gone by. */
  over(id: string, now: number): OverSession | null {
    const record = this.#records.find(id)
    if (record === undefined) return null
    const row = this.#records.at(record)
    const isShown = row.holds === 'session' && isAhead(this.#goesAt(row), now)
    return isShown ? { state: 'over', session: toSession(row) } : null
  }

  /** The session of that number, where there is one and it is live. */
  session(record: number, now: number): StoredSession | null {
    const row = this.#records.at(record)
    return row.holds === 'session' && isKept(row, now) ? toSession(row) : null
  }

  /** The live sessions of a subject, those that began first coming first. */
  liveOf(subject: string, now: number): Found[] {
    return this.#chains
      .of(subject)
      .map((record) => ({ state: 'live', record, row: this.#records.at(record) }) as const)
      .filter(({ row }) => isKept(row, now))
      .sort(
        ({ row: one }, { row: other }) => one.createdAt - other.createdAt || ordered(one, other),
      )
  }

  /** The place of a new session among those that began with it: that of the old one, or the last. */
  ordinalFor(session: StoredSession, old?: Row): number {
    return old !== undefined && keepsPlace(session, old) ? old.ordinal : ++this.#ordinal
  }

  /** A session under an id that is not in use. */
  add(session: StoredSession, ordinal: number, now: number): void {
    const { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields } = session
    const record = this.#records.add(flat(id))
    const row = this.#records.at(record)
    const text = packFields(fields)
    Object.assign(row, { text, ordinal, createdAt, seenAt, idle, endsAt, throttle, checkAt })
    row.holds = 'session'
    if (subject !== null) this.#hang(record, row, subject)
    this.#idle.place(record, idleSlot(row))
    this.reschedule(record, row, now)
  }

  /** Puts a session where it belongs, now that its bounds or its `checkAt` are others. */
  reschedule(record: number, row: Row, now: number): void {
    this.#gone.place(record, slotFor(this.#goesAt(row), now))
    this.#work.place(record, slotFor(this.#dueAt(record, row), now))
  }

  /** Leaves a tombstone of a session, and nothing else. */
  bury({ record, row }: Found, ending: Ending, now: number, next?: string, until = 0): void {
    this.#unhang(record, row)
    row.holds = 'tombstone'
    row.text = tombstoneText(ending.reason, next)
    row.seenAt = now
    row.idle = 0
    row.endsAt = now + ending.keep
    row.checkAt = until
    this.#gone.place(record, slotFor(this.#goesAt(row), now))
  }

  /** Leaves a tombstone of a session that is over. */
  forget(id: string, now: number): boolean {
    const record = this.#records.find(id)
    if (record === undefined) return false
    const row = this.#records.at(record)
    const isOver = row.holds === 'session' && !isKept(row, now)
    const ending = { reason: keptBy(row), keep: this.#retention }
    if (isOver) this.bury({ state: 'live', record, row }, ending, keptUntil(row))
    return isOver
  }

  /** Hands out what is due, for as long as the lease runs to nobody else. */
  claim(now: number, most: number, lease: number): StoredSession[] {
    const claimed: StoredSession[] = []
    for (let looks = most + CLAIM_LOOKS; looks > 0 && claimed.length < most; looks--) {
      const record = this.#work.take(now)
      if (record === NONE) break
      const row = this.#records.at(record)
      if (!isAhead(this.#dueAt(record, row), now)) {
        claimed.push(toSession(row))
        this.#leases.set(record, now + Math.max(1, lease))
      }
      this.#work.place(record, slotFor(this.#dueAt(record, row), now))
    }
    return claimed
  }

  /** Ends the lease: the sweep is through with what it was handed. */
  release(record: number): void {
    this.#leases.delete(record)
  }

  /** Whether a record may have to go. */
  isDue(now: number): boolean {
    return this.#gone.isDue(now)
  }

  /** Drops a record that has to go, or puts one where it belongs; false where there is neither. */
  dropNext(now: number): boolean {
    const record = this.#gone.take(now)
    if (record === NONE) return false
    const row = this.#records.at(record)
    const goesAt = this.#goesAt(row)
    if (isAhead(goesAt, now)) this.#gone.place(record, slotFor(goesAt, now))
    else this.#drop(record, row)
    return true
  }

  /** Drops who was idle for longest. Answers the session if it was live. */
  evict(now: number): StoredSession | null {
    let idlest = NONE
    let latest = Number.POSITIVE_INFINITY
    const others: number[] = []
    for (let looks = 0; looks < EVICT_LOOKS; looks++) {
      const record = this.#idle.take(Math.floor(latest / IDLE_SLOT) * IDLE_SLOT)
      if (record === NONE) break
      const { seenAt } = this.#records.at(record)
      const isIdler = idlest === NONE || seenAt - latest < 0
      others.push(isIdler ? idlest : record)
      if (!isIdler) continue
      idlest = record
      latest = seenAt
    }
    for (const record of others) {
      if (record !== NONE) this.#idle.place(record, idleSlot(this.#records.at(record)))
    }
    if (idlest === NONE) return null
    const session = this.session(idlest, now)
    this.#drop(idlest, this.#records.at(idlest))
    return session
  }

  /** The first second in which a record is not needed any more. */
  #goesAt(row: Row): number {
    return keptUntil(row) + 1 + (row.holds === 'session' ? this.#retention : 0)
  }

  /** The first second in which the sweep is handed a session. */
  #dueAt(record: number, row: Row): number {
    const overAt = keptUntil(row) + 1
    const dueAt = row.checkAt > 0 ? Math.min(overAt, row.checkAt) : overAt
    return Math.max(dueAt, this.#leases.get(record) ?? 0)
  }

  #hang(record: number, row: Row, subject: string): void {
    const beside = this.#chains.first(subject)
    // All sessions of a subject share one text.
    const shared = beside === undefined ? flat(subject) : this.#records.at(beside).subject
    row.subject = shared
    this.#chains.add(shared ?? subject, record)
  }

  #unhang(record: number, row: Row): void {
    if (row.subject !== null) this.#chains.remove(row.subject, record)
    this.#work.remove(record)
    this.#leases.delete(record)
  }

  #drop(record: number, row: Row): void {
    if (row.holds === 'session') this.#unhang(record, row)
    this.#gone.remove(record)
    this.#idle.remove(record)
    this.#records.remove(record)
  }
}

const idleSlot = ({ seenAt }: Row): number => Math.floor(seenAt / IDLE_SLOT) * IDLE_SLOT

/** Who began in one second lies close together: where the numbers begin anew, the difference does, too. */
const ordered = (one: Row, other: Row): number => (one.ordinal - other.ordinal) | 0
