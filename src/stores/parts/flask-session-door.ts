// The way to the keys of Flask-Session: what stands there is fetched, what is new is put there if nobody
// was quicker, else made again from what stands there then.

import { runtime } from '#runtime'
import { SessionError } from '../../core/errors.ts'
import { isKept, isPast } from '../../core/judgement.ts'
import type { OverSession, StoredSession, Tombstone, Unknown } from '../../core/store.ts'
import { toBytes } from './byte-texts.ts'
import type { FlaskRecord, FlaskRecords } from './flask-session-records.ts'
import { READ, UNMATCHED } from './flask-session-scripts.ts'
import { Recent } from './recent.ts'
import { readTombstone, UNKNOWN } from './redis-records.ts'
import type { Answer, Runner } from './redis-runner.ts'
import type { Script } from './redis-scripts.ts'

/** A live session, and what it was read from. */
export interface Found {
  readonly state: 'live'
  readonly session: StoredSession
  readonly record: FlaskRecord
  readonly bytes: string
}

export type Met = Found | OverSession | Tombstone | Unknown

/** What is done to a live session, by a script. */
export interface Step {
  readonly script: Script
  /** Whether only to the very bytes that were read. */
  readonly exact: boolean
  readonly keys?: readonly string[]
  readonly args?: readonly (string | number)[]
}

export interface DoorParts {
  readonly runner: Runner
  readonly records: FlaskRecords
  readonly keyPrefix: string
  /** Whole seconds. */
  readonly lifetime: number
}

/** How often one request gives way to others that change the same session. */
const MOST_TRIES = 256
const SECOND = 1000

export class Door {
  readonly #parts: DoorParts
  readonly #recent = new Recent<Found>()

  constructor(parts: DoorParts) {
    this.#parts = parts
  }

  /** Flask's key, and that of a tombstone, which Flask never reads. Of both the same slot, in a cluster. */
  keysOf(id: string): readonly [string, string] {
    const key = this.#parts.keyPrefix + id
    return [key, `sojourn:ended:{${key}}`]
  }

  /** The milliseconds for which Redis keeps what was active in a second. */
  lifeAt(seenAt: number, now: number): number {
    return Math.max((this.#parts.lifetime - (now - seenAt)) * SECOND, 1)
  }

  async find(id: string, now: number): Promise<Met> {
    const { runner } = this.#parts
    return this.#met(id, await runner.run(READ, this.keysOf(id), now, [UNMATCHED, 0]), now)
  }

  /** For whoever changes it next. */
  remember(found: Found): void {
    this.#recent.add(found.session.id, found, found.bytes.length)
  }

  /** Null where it was done; else what stands there. */
  async attempt(
    { session: { id, idle }, bytes }: Found,
    { script, exact, keys = [], args = [] }: Step,
    now: number,
  ): Promise<Met | 'taken' | null> {
    const { runner, lifetime } = this.#parts
    // The script judges idling itself: by the time of Redis that is left now.
    const least = idle === 0 ? -1 : (lifetime - idle - 1) * SECOND
    const all = [exact ? digestOf(bytes) : '', least, ...args]
    const answer = await runner.run(script, [...this.keysOf(id), ...keys], now, all)
    const [state] = answer
    return state === 'done' ? null : state === 'taken' ? state : this.#met(id, answer, now)
  }

  /**
   * Does a step to a live session, and again to what stands there where others were quicker.
   *
   * @param plan answers the step, or what needs none; null to be asked once more about fresh data.
   */
  async change<Result>(
    id: string,
    now: number,
    plan: (found: Found, isFresh: boolean) => Step | { readonly answer: Result } | null,
  ): Promise<Result | Tombstone | Unknown | 'taken' | 'done'> {
    const recent = this.#recent.take(id)
    const isUsable = recent !== null && !isPast(recent.session.endsAt, now)
    let met: Met = isUsable ? recent : await this.find(id, now)
    let isFresh = !isUsable
    for (let tries = MOST_TRIES; tries > 0; tries--) {
      if (met.state !== 'live') return met.state === 'over' ? UNKNOWN : met
      const planned = plan(met, isFresh)
      if (planned !== null && 'answer' in planned) return planned.answer
      const stands = planned ? await this.attempt(met, planned, now) : await this.find(id, now)
      if (stands === null) return 'done'
      if (stands === 'taken') return stands
      met = stands
      isFresh = true
    }
    throw new SessionError(
      'store-unavailable',
      'The session was changed by others as often as this request tried to change it.',
    )
  }

  #met(id: string, [state, second, third]: Answer, now: number): Met {
    if (state === 'ended') return readTombstone(second ?? '', now)
    if (state !== 'there') return UNKNOWN
    const { records, lifetime } = this.#parts
    const bytes = third ?? ''
    const record = records.read(bytes)
    if (record === null) return UNKNOWN
    const idleFor = Math.max(Math.floor(lifetime - Number(second) / SECOND), 0)
    const session = records.sessionOf(id, record, idleFor, now)
    return isKept(session, now)
      ? { state: 'live', session, record, bytes }
      : { state: 'over', session }
  }
}

function digestOf(bytes: string): string {
  const digest = runtime.hash('sha1', toBytes(bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
