// The rows of a SQLite store: how they begin, change, are ended and go. What the verbs mean stands in
// `sqlite.ts`; who changes several rows does it in one transaction.
import { keptUntil } from '../../core/judgement.ts'
import type { Ending, Patch, SessionLimit, StoredSession } from '../../core/store.ts'
import { earlier, overlay } from './changes.ts'
import type { Connection, SqliteValue } from './sqlite-connection.ts'
import { type RowState, toSessions, toState, writeFields } from './sqlite-rows.ts'
import { prepareStatements, type Statements } from './sqlite-statements.ts'

/** What there is to say of an end, besides why. */
export interface Burial {
  /** Only where it is this subject's. @default whoever's */
  readonly subject?: string | undefined
  /** The session that goes on, and until when it is led to. @default none does */
  readonly next?: string | null
  readonly until?: number
}

/** So many rows of each kind at most a new session clears away of those that have to go. */
const CLEARED = 5
/** So many at most one claim puts where they belong. */
const PUT_OFF = 1000

export class SqliteTable {
  readonly #sql: Statements
  readonly #retention: number

  /** @param retention seconds for which what is over is kept for the sweep. */
  constructor(connection: Connection, retention: number) {
    this.#sql = prepareStatements(connection)
    this.#retention = retention
  }

  find(id: string, now: number): RowState {
    return toState(this.#sql.find(id), now, this.#retention)
  }

  /** Whether an id is in use in any form. */
  has(id: string, now: number): boolean {
    if (this.#sql.has(id) === undefined) return false
    return this.#sql.clearGone(id, now - this.#retention, now) === 0
  }

  /** A session under an id that is not in use. @param from the one that it goes on from */
  add(session: StoredSession, from: string | null): void {
    const { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields } = session
    const lookAt = earlier(checkAt, keptUntil(session) + 1)
    const place = [from, subject, createdAt, subject, createdAt]
    const row = [id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, lookAt]
    this.#sql.add(...place, ...row, writeFields(fields))
  }

  /** Whether it touched a live session. */
  touch(id: string, now: number): boolean {
    return this.#sql.touch(now, id, now) > 0
  }

  /** Whether it touched a live session, which it does beyond the throttle. */
  touchIfDue(id: string, now: number): boolean {
    return this.#sql.touchIfDue(now, id, now, now) > 0
  }

  /** Changes a live session. */
  write({ id, fields }: StoredSession, patch: Patch): void {
    const sql = this.#sql
    const { set, deleted, seenAt: activity = 0, bounds, checkAt = 0, recheck } = patch
    if (set.size + deleted.length + activity > 0) {
      sql.write(writeFields(overlay(fields, deleted, set)), activity, id)
    }
    if (bounds !== undefined) sql.bound(bounds.idle, bounds.endsAt, bounds.throttle, id)
    const isRechecked = recheck !== undefined && sql.recheck(recheck.to, id, recheck.from) > 0
    if (checkAt > 0) sql.check(checkAt, checkAt, id)
    if (isRechecked) sql.look(id)
    else if (bounds !== undefined || checkAt > 0) sql.lookSooner(id)
  }

  /** Leaves a tombstone of a live session. Answers whether there was one. */
  bury(id: string, ending: Ending, now: number, burial: Burial = {}): boolean {
    const { subject = null } = burial
    return this.#sql.bury(...tombstoneOf(ending, now, burial), id, now, subject) > 0
  }

  /** Leaves tombstones of all live sessions of a subject but one. Answers their ids. */
  buryAll(subject: string, ending: Ending, now: number, except?: string): string[] {
    const tombstone = tombstoneOf(ending, now, {})
    return this.#sql.buryAll(...tombstone, subject, now, except ?? null).map(toId)
  }

  of(subject: string, now: number): StoredSession[] {
    return toSessions(this.#sql.of(subject, now))
  }

  /** The sessions but one that must end for one more, those that began first; null where that is refused. */
  surplus(subject: string, limit: SessionLimit, now: number, except?: string): string[] | null {
    const others = this.#sql.idsOf(subject, now, except ?? null).map(toId)
    const surplus = others.slice(0, Math.max(0, others.length + 1 - limit.most))
    return limit.action === 'refuse' && surplus.length > 0 ? null : surplus
  }

  /** Whether some may be due. */
  waits(now: number): boolean {
    return this.#sql.waits(now) !== undefined
  }

  /** Hands out what is due, for as long as the lease runs to nobody else. */
  claim(now: number, most: number, lease: number): StoredSession[] {
    this.#sql.clearTried(now, now - this.#retention, CLEARED)
    this.#sql.putOff(now, now, PUT_OFF)
    const claimed = this.#sql.due(now, now, now, most)
    const until = now + Math.max(1, lease)
    for (const row of claimed) this.#sql.lease(until, until, toId(row))
    return toSessions(claimed)
  }

  /** Leaves a tombstone of a session that is over. Answers whether it was. */
  forget(id: string, now: number): boolean {
    return this.#sql.forget(this.#retention, this.#retention, id, now) > 0
  }

  /** Live sessions in the order of their ids, and the last one's where there may be more. */
  after(id: string, now: number, most: number) {
    const rows = this.#sql.scan(id, now, most)
    const last = rows.length < most ? undefined : rows.at(-1)
    return { sessions: toSessions(rows), next: last === undefined ? null : toId(last) }
  }

  /** Drops some of what has to go: so it goes with time, whether anybody sweeps or not. */
  clear(now: number): void {
    const latest = now - this.#retention
    this.#sql.clearEnded(now, CLEARED)
    this.#sql.clearOver(latest, latest, CLEARED)
    this.#sql.putBack(latest, latest, latest, CLEARED)
  }
}

const toId = ([id]: readonly SqliteValue[]): string => String(id)

/** In the order in which statements want it. */
function tombstoneOf({ reason, keep }: Ending, now: number, burial: Burial): SqliteValue[] {
  const { next = null, until = 0 } = burial
  const last = now + keep
  return [reason, now, next, until, last, last + 1]
}
