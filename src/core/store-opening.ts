// From a Cookie header to the session that a store keeps: fetched in one round trip, then admitted.
import { SessionError } from './errors.ts'
import type { Expired } from './fields.ts'
import type { IdCookie, OpenedId } from './id-cookie.ts'
import { isPast, type Judgement, keptBy, keptUntil } from './judgement.ts'
import { type Judged, judgeRecord, judgeStored, TOMBSTONE_SECONDS } from './keeping.ts'
import { after, either } from './later.ts'
import { type Found, Opener, type OpenerParts, takeSchema } from './opening.ts'
import type { Ended, EndReason, SessionRecord } from './record.ts'
import { NO_CHANGES } from './record-fields.ts'
import { activityOf, type SessionState } from './session-state.ts'
import type { Awaitable, Reading, Store, StoredSession, Tombstone, ValueCodec } from './store.ts'
import { toRecord } from './stored.ts'
import { isRefusal } from './token.ts'

/** What was found in the store. */
export interface StoredFound extends Found {
  /** As the store had it; null for a session that begins. */
  readonly stored: StoredSession | null
  /** The id that came in the cookie. */
  readonly cookieId: string | null
  /** The stored id of a session that is over and whose values go into this one. */
  readonly outlived: string | null
  /** Whether reading it was written down as activity. */
  readonly touched: boolean
  /** Whether the id in the cookie leads to it, being the one before a renewal. */
  readonly isFollowed: boolean
  /** Whether an older key had signed its cookie. */
  readonly oldKey: boolean
}

export interface StoreParts extends OpenerParts {
  readonly store: Store
  readonly ids: IdCookie
  readonly values: ValueCodec
  /** Whether the store may slide a session as it reads it. */
  readonly touchable: boolean
  /** What a request gets whose session cannot be fetched. */
  readonly failure: 'refuse' | 'anonymous'
}

/** A session that is being fetched, in a second of the clock. */
interface Fetching {
  readonly state: SessionState
  readonly opened: OpenedId
  readonly second: number
}

const NOTHING = {
  stored: null,
  cookieId: null,
  outlived: null,
  touched: false,
  isFollowed: false,
  oldKey: false,
}
/** Renewals in a row that one request may have missed. */
export const MOST_STEPS = 8

export class StoreOpener extends Opener {
  readonly #parts: StoreParts

  constructor(parts: StoreParts) {
    super(parts)
    this.#parts = parts
  }

  newId(subject: string | null, before: string | null): string {
    return this.#parts.ids.ids.create(subject, before)
  }

  /** Without an id in the cookie there is nothing to fetch. */
  load(header: string | undefined, now: number): StoredFound {
    const opened = this.#open(header)
    if (opened === null) return this.#begin(now)
    if (isRefusal(opened)) return asBegun(this.refused(now, opened.reason, opened.detail))
    throw new SessionError(
      'not-loaded',
      'The session was looked at before it was fetched: `await sessions.load(session)` in an adapter, `await session.load()` with `lazy`.',
    )
  }

  /** Fetches what `load` then finds. The read is the request's activity, too. */
  fetch(state: SessionState): Awaitable<void> {
    if (state.loaded !== null) return
    const { now, request } = state
    const opened = this.#open(request.cookie ?? undefined)
    if (opened === null || isRefusal(opened)) return
    const second = Math.floor(now)
    const id = this.#parts.ids.storedId(opened.id, second)
    return this.#read({ state, opened, second }, id, MOST_STEPS)
  }

  /** Reads a session; one whose id was renewed a moment ago under its new one. */
  #read(fetching: Fetching, id: string, steps: number): Awaitable<void> {
    const { store, touchable } = this.#parts
    const { state, second } = fetching
    return either(
      () => store.read(id, second, touchable && activityOf(state) === 'user'),
      (reading) => {
        const next = steps > 0 ? nextOf(reading, second) : null
        if (next !== null) return this.#read(fetching, next, steps - 1)
        const isFollowed = steps < MOST_STEPS
        return this.#keep(state, this.#take(reading, fetching.opened, state.now, isFollowed))
      },
      (error) => this.#keep(state, this.#failed(state.now, error)),
    )
  }

  #keep(state: SessionState, found: Awaitable<StoredFound>): Awaitable<void> {
    return after(found, (loaded) => {
      state.loaded ??= loaded
    })
  }

  /** @throws SessionError where a request without its session is refused. */
  #failed(now: number, error: unknown): StoredFound {
    const { events, failure } = this.#parts
    events.emit('unavailable', { now: Math.floor(now), during: 'load', error })
    if (failure === 'refuse') throw error
    return { ...this.#begin(now), isDetached: true }
  }

  #open(header: string | undefined) {
    const { cookie, ids } = this.#parts
    const value = header === undefined ? undefined : cookie.read(header)
    return value ? ids.open(value) : null
  }

  #begin(now: number): StoredFound {
    return asBegun(this.fresh(now, null))
  }

  #take(
    reading: Reading,
    { id, oldKey }: OpenedId,
    now: number,
    isFollowed: boolean,
  ): Awaitable<StoredFound> {
    if (reading.state === 'unknown') return asBegun(this.refused(now, 'unknown', 'unknown-id'))
    if (reading.state === 'ended') return this.#ended(reading, id, now)
    const { session: stored } = reading
    const touched = reading.state === 'live' && reading.touched
    const second = Math.floor(now)
    const record = toRecord(stored, id, this.#parts.values, second)
    if (record === null) return asBegun(this.refused(now, 'unreadable', 'bad-fields'))
    const found = this.admit(record, now, null)
    if (found.isNew) return this.#end(found, stored.id, touched, second)
    if (reading.state === 'over') return this.#unkept(stored, record, now)
    const { locked, limits, allowance } = found
    const swept = record.origin as readonly Expired[] | null
    const ended = swept === null ? found.ended : this.#overIn(record, swept, found, now)
    const due = ended !== null
    // What of it is over is taken out of the store, too.
    record.changed = due ? new Set(ended?.fields) : NO_CHANGES
    if (touched) record.seenAt = second
    return {
      record,
      isNew: false,
      locked,
      ended,
      due,
      renewal: null,
      limits,
      allowance,
      stored,
      cookieId: id,
      outlived: null,
      touched,
      isFollowed,
      oldKey,
    }
  }

  /** A session that a shorter policy ended although the store had slid it stays ended. */
  #end(found: Found, id: string, touched: boolean, second: number): Awaitable<StoredFound> {
    const { reason, at } = found.ended ?? {}
    const begun = { ...asBegun(found), outlived: found.due ? id : null }
    // Where another request has begun the next one already, what this one changes goes there.
    if (found.due) found.record.changed = NO_CHANGES
    if (!touched || (reason !== 'idle' && reason !== 'absolute')) return begun
    const since = at ?? second
    const ending = { reason, keep: TOMBSTONE_SECONDS + second - since }
    return either(
      () => this.#parts.store.end(id, ending, since),
      () => begun,
      (error) => this.#failed(second, error),
    )
  }

  /** What the store no longer keeps is over, whatever the policy says by now. */
  #unkept(stored: StoredSession, record: SessionRecord, now: number): StoredFound {
    const because = keptBy(stored)
    const over = { live: false, locked: false, endsAt: keptUntil(stored), because } as const
    return asBegun(this.over(now, over, record))
  }

  /** What is over in a live session, also where a sweep has taken it out since its user was here. */
  #overIn(
    record: SessionRecord,
    swept: readonly Expired[],
    { ended }: Found,
    now: number,
  ): Ended | null {
    const missed = swept.filter(({ key }) => !record.fields.has(key))
    if (missed.length === 0) return ended
    const told = this.fieldsOver(now, record, missed)
    const at = Math.max(told.at ?? 0, ended?.at ?? 0)
    const fields = [...(ended?.fields ?? []), ...told.fields]
    return { ...told, at, ago: Math.floor(now) - at, fields }
  }

  #ended({ reason, at, subject }: Tombstone, id: string, now: number): StoredFound {
    // What was ended by hand was told of then.
    if (reason === 'idle' || reason === 'absolute') {
      this.#parts.events.tell('ended', now, { id, subject }, { reason, at, field: null })
    }
    const ago = Math.floor(now) - at
    return asBegun(this.fresh(now, { reason, at, ago, subject, fields: [], detail: 'ended' }))
  }
}

/** Why a request would not get a session, and since when. */
export interface Missed {
  readonly missed: EndReason
  readonly at: number
}

/** What a request would find of a session. */
export function toFind(stored: StoredSession, parts: StoreParts, second: number): Judged | Missed {
  const judged = judgeStored(stored, parts, second)
  if (judged === null) return { missed: 'unreadable', at: second }
  // It must live with what is over and without it: that may have been its role.
  if (!judged.judgement.live) return missed(judged.judgement, second)
  const { record } = judged
  parts.fields.settle(record, second)
  const judgement = judgeRecord(record, parts.policy, second)
  if (!judgement.live) return missed(judgement, second)
  const isFit = takeSchema(record, parts, second) === null
  return isFit ? { record, judgement } : { missed: 'invalid', at: second }
}

const missed = ({ because, endsAt }: Judgement, second: number): Missed => ({
  missed: because ?? 'idle',
  at: endsAt ?? second,
})

/** The id under which a session goes on, for as long as the old one leads there. */
const nextOf = (reading: Reading, now: number): string | null =>
  reading.state === 'ended' && !isPast(reading.until, now) ? reading.next : null

const asBegun = (found: Found): StoredFound => ({ ...found, ...NOTHING })
