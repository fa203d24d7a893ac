// The verbs of a store over what Flask-Session keeps.
import { SessionError } from '../../core/errors.ts'
import { isTouchDue } from '../../core/judgement.ts'
import type {
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  From,
  IdScheme,
  Live,
  Patch,
  Patched,
  Reading,
  SingleEnding,
  Store,
  StoredSession,
  ValueCodec,
} from '../../core/store.ts'
import { conflictOf } from './changes.ts'
import type { Door, Found, Step } from './flask-session-door.ts'
import {
  type Change,
  EMPTY,
  type FlaskRecord,
  type FlaskRecords,
  LONGEST,
} from './flask-session-records.ts'
import { BEGIN, CHANGE, END, GO_ON, TOUCH } from './flask-session-scripts.ts'
import { UNKNOWN, whoseOf } from './redis-records.ts'
import type { Runner } from './redis-runner.ts'

export interface FlaskSessionParts {
  readonly runner: Runner
  readonly records: FlaskRecords
  readonly door: Door
  readonly ids: IdScheme
  readonly values: ValueCodec
  readonly caveat: string
}

const DONE = Object.freeze({ state: 'done' } as const)
const TOUCHING: Step = Object.freeze({ script: TOUCH, exact: false })
const NOTHING = Object.freeze({ set: new Map<string, string>(), deleted: [] })

export class FlaskSessionStore implements Store {
  readonly ids: IdScheme
  readonly values: ValueCodec
  readonly caveat: string
  readonly #runner: Runner
  readonly #records: FlaskRecords
  readonly #door: Door

  constructor({ runner, records, door, ids, values, caveat }: FlaskSessionParts) {
    this.#runner = runner
    this.#records = records
    this.#door = door
    this.ids = ids
    this.values = values
    this.caveat = caveat
  }

  async create(session: StoredSession, now: number, terms: CreateTerms = {}): Promise<Created> {
    const { from, limit } = terms
    if (limit !== undefined) {
      throw new SessionError(
        'bad-option',
        'Sessions that Flask-Session shares are not found by subject, so they cannot be limited. The stores of memory, SQLite, Redis and PostgreSQL can.',
      )
    }
    if (from !== undefined) return this.#goOn(session, from, now)
    const args = this.#written(EMPTY, session, [], now)
    const [state] = await this.#runner.run(BEGIN, this.#door.keysOf(session.id), now, args)
    return state === 'taken' ? { state } : { state: 'done', ended: [] }
  }

  async read(id: string, now: number, touch: boolean): Promise<Reading> {
    const found = await this.#door.find(id, now)
    if (found.state !== 'live') return found
    this.#door.remember(found)
    const { session } = found
    if (!touch || !(isBegunByFlask(found) || isTouchDue(session, now))) return liveOf(found, false)
    const stands = await this.#door.attempt(found, this.#touching(found, now), now)
    if (stands === null || stands === 'taken') return liveOf(found, true)
    return stands.state === 'live' ? liveOf(stands, false) : stands
  }

  /** Flask does not keep when a session began: what is known of it at the first touch is written down. */
  #touching(found: Found, now: number): Step {
    if (!isBegunByFlask(found)) return TOUCHING
    const { createdAt, subject } = found.session
    const record = this.#records.changed(found.record, { ...NOTHING, createdAt, subject })
    const args = [this.#records.write(record), this.#door.lifeAt(now, now)]
    return { script: CHANGE, exact: true, args }
  }

  async patch(id: string, patch: Patch, now: number): Promise<Patched> {
    const patched = await this.#door.change<Patched>(id, now, (found, isFresh) => {
      const conflict = conflictOf(found.session.fields, patch.expect)
      if (conflict !== null) return isFresh ? { answer: conflict } : null
      const { createdAt, subject } = found.session
      const change: Change = { ...patch, createdAt, subject }
      const bytes = this.#records.write(this.#records.changed(found.record, change))
      const life = patch.seenAt === undefined ? 0 : this.#door.lifeAt(patch.seenAt, now)
      return { script: CHANGE, exact: true, args: [bytes, life] }
    })
    return typeof patched === 'string' ? DONE : patched
  }

  async touch(id: string, now: number): Promise<EndedNow> {
    const touched = await this.#door.change<EndedNow>(id, now, (found) =>
      this.#touching(found, now),
    )
    return typeof touched === 'string' ? DONE : touched
  }

  async end(id: string, ending: SingleEnding, now: number, subject?: string): Promise<Patched> {
    const { expect, next = null, until = 0 } = ending
    const ended = await this.#door.change<Patched>(id, now, ({ session }, isFresh) => {
      if (subject !== undefined && session.subject !== subject) return { answer: UNKNOWN }
      const conflict = conflictOf(session.fields, expect)
      if (conflict !== null) return isFresh ? { answer: conflict } : null
      const args = tombstoneOf(session, ending, now, next, until)
      return { script: END, exact: expect !== undefined, args }
    })
    if (typeof ended === 'string') return DONE
    const isOthers = subject !== undefined && 'subject' in ended && ended.subject !== subject
    return isOthers ? UNKNOWN : ended
  }

  async #goOn(session: StoredSession, from: From, now: number): Promise<Created> {
    const gone = await this.#door.change<Created>(from.id, now, (found, isFresh) => {
      const conflict = conflictOf(found.session.fields, from.expect)
      if (conflict !== null) return isFresh ? { answer: conflict } : null
      const next = from.until === null ? null : session.id
      const stone = tombstoneOf(found.session, from, now, next, from.until ?? 0)
      const written = this.#written(found.record, session, from.deleted, now)
      const keys = this.#door.keysOf(session.id)
      return { script: GO_ON, exact: true, keys, args: [...stone, ...written] }
    })
    if (gone === 'taken') return { state: gone }
    return gone === 'done' ? { state: gone, ended: [] } : gone
  }

  /** A session that begins, with the fields of another: its mapping, its milliseconds. */
  #written(record: FlaskRecord, session: StoredSession, deleted: readonly string[], now: number) {
    const { fields: set, createdAt, seenAt, subject, idle, endsAt, throttle } = session
    const bounds = { idle, endsAt, throttle }
    const change: Change = { set, deleted, bounds, createdAt, subject }
    const bytes = this.#records.write(this.#records.changed(record, change))
    return [bytes, this.#door.lifeAt(seenAt, now)]
  }
}

/** Not yet seen here; one that is nearly too large stays as it is. */
const isBegunByFlask = ({ record, session, bytes }: Found): boolean =>
  record.own === null && session.fields.size > 0 && bytes.length < LONGEST / 2

const liveOf = ({ session }: Found, touched: boolean): Live => ({ state: 'live', session, touched })

/** The tombstone as `redis-records.ts` reads it, and its milliseconds. */
function tombstoneOf(
  { subject }: StoredSession,
  { reason, keep }: Ending,
  now: number,
  next: string | null,
  until: number,
): [string, number] {
  const head = `!${now} ${now + keep} ${until} ${reason} ${next ?? ''}`
  return [`${head}\0${whoseOf(subject)}\0`, (keep + 1) * 1000]
}
