// What is over, handed to the application once at least: sessions whose time is over, and single fields.
import { isUnavailable, SessionError } from './errors.ts'
import { storedHash } from './ids.ts'
import { isKept } from './judgement.ts'
import { judgeStored, lookAt } from './keeping.ts'
import type { Clock, ClockName } from './lifetime.ts'
import type { SessionRecord } from './record.ts'
import { remove } from './record-fields.ts'
import type { Patch, Store, StoredSession, SweepStore } from './store.ts'
import type { StoreParts } from './store-opening.ts'
import { OWN, readValue, storedKey, toRecord } from './stored.ts'

/** A session, or one field of one, whose time is over. Not told of: what was logged out or revoked. */
export interface Over<Data extends object = Record<string, unknown>> {
  /** The hash of the session's id, as events have it. */
  readonly session: string
  readonly subject: string | null
  readonly reason: ClockName | 'field'
  /** Epoch second of the end. */
  readonly at: number
  /** The key that is over; null for a whole session. */
  readonly field: (keyof Data & string) | null
  /** A value of what is over: of the one field, or of all that the session still had. */
  get<Key extends keyof Data & string>(key: Key): Data[Key] | undefined
}

export interface SweepOptions {
  /** How many sessions at most are looked at in one call. @default 1000 */
  readonly most?: number
  /** For how many seconds no other machine is handed the same ones. @default 60 */
  readonly lease?: number
}

/** What a sweep did. Where `looked` is `most`, there may be more. */
export interface SweepResult {
  readonly looked: number
  /** How many sessions and fields were told of. */
  readonly told: number
  /** How many were left for the next sweep, since the function threw. */
  readonly failed: number
}

const canSweep = (store: Store): store is Store & SweepStore =>
  'claim' in store && 'forget' in store
const MOST = 1000
const LEASE = 60
/** `@o1700000000,cart` */
const OVER = new RegExp(`^${OWN.over}(\\d{1,15}),([^]*)$`)

type Teller = (over: Over) => unknown

/** Made once with the manager. */
export class Sweeper {
  readonly #parts: StoreParts
  readonly #clock: Clock

  constructor(parts: StoreParts, clock: Clock) {
    this.#parts = parts
    this.#clock = clock
  }

  /**
   * Hands out what is over and forgets what it held once the function has answered. What it throws is an event
   * `failed`, and the same is handed out again when the lease is over.
   *
   * @throws SessionError `no-store` where the store cannot be swept, `bad-option`, `store-unavailable`.
   */
  async sweep(
    told: Teller = () => {},
    { most = MOST, lease = LEASE }: SweepOptions = {},
  ): Promise<SweepResult> {
    const { store } = this.#parts
    if (!canSweep(store)) {
      throw new SessionError(
        'no-store',
        'This store cannot be swept. Those of memory, SQLite, Redis and PostgreSQL can.',
      )
    }
    demandWhole(most, 'most')
    demandWhole(lease, 'lease')
    const now = Math.floor(this.#clock())
    const claimed = await store.claim(now, most, lease)
    const result = { looked: claimed.length, told: 0, failed: 0 }
    for (const stored of claimed) {
      try {
        result.told += await this.#tellOf(stored, told, now)
      } catch (error) {
        if (isUnavailable(error)) throw error
        result.failed += 1
        this.#parts.events.emit('failed', { now, error })
      }
    }
    return result
  }

  async #tellOf(stored: StoredSession, told: Teller, now: number): Promise<number> {
    const store = this.#parts.store as Store & SweepStore
    const ends = this.#sessionOver(stored, now)
    const all = [...this.#fieldsOver(stored, now), ...ends]
    for (const over of all) await told(over)
    const isTold = ends.length > 0
    if (isKept(stored, now)) await store.patch(stored.id, this.#swept(stored, isTold, now), now)
    else await store.forget([stored.id], now)
    return all.length
  }

  /** Values whose time was over, also those that another has taken the place of. */
  #fieldsOver(stored: StoredSession, now: number): Over[] {
    const replaced = [...stored.fields].flatMap(([name, text]) => {
      const [, at, key] = OVER.exec(name) ?? []
      if (at === undefined || key === undefined) return []
      const value = readValue(text, this.#parts.values, now)?.value
      return [toOver(stored, 'field', Number(at), key, new Map([[key, value]]))]
    })
    const record = this.#recordOf(stored, now)
    if (record === null) return replaced
    const values = new Map(record.fields)
    const { expired } = this.#parts.fields.settle(record, now)
    return [
      ...replaced,
      ...expired.map(({ key, at }) =>
        toOver(stored, 'field', at, key, new Map([[key, values.get(key)]])),
      ),
    ]
  }

  /** The session itself, with what it still had; once, though it may be kept for what outlives it. */
  #sessionOver(stored: StoredSession, now: number): Over[] {
    const judged = judgeStored(stored, this.#parts, now)
    if (judged === null || stored.fields.has(OWN.told)) return []
    const { record, judgement } = judged
    const { live, because, endsAt } = judgement
    if (isKept(stored, now) && live) return []
    this.#parts.fields.settle(record, now)
    if (isKept(stored, now)) remove(record, this.#parts.fields.keptIn(record))
    const reason = because === 'absolute' ? 'absolute' : 'idle'
    return [toOver(stored, reason, endsAt ?? now, null, record.fields)]
  }

  /** Takes out what was told of, unless it was changed meanwhile, and says when to look again. */
  #swept(stored: StoredSession, isTold: boolean, now: number): Patch {
    const record = this.#recordOf(stored, now)
    const expired = record ? this.#parts.fields.settle(record, now).expired : []
    const over = expired.map(({ key }) => storedKey(key))
    const replaced = [...stored.fields.keys()].filter((name) => OVER.test(name))
    const ended = isTold ? record : null
    const kept = ended === null ? [] : this.#parts.fields.keptIn(ended)
    const gone = [...(ended?.fields.keys() ?? [])].filter((key) => !kept.includes(key))
    return {
      set: new Map(isTold ? [[OWN.told, '1']] : []),
      deleted: [...over, ...replaced, ...gone.map(storedKey)],
      expect: new Map(over.map((name) => [name, stored.fields.get(name) ?? null])),
      recheck: { from: stored.checkAt, to: record ? lookAt(record, this.#parts, now) : 0 },
    }
  }

  #recordOf(stored: StoredSession, now: number): SessionRecord | null {
    return toRecord(stored, null, this.#parts.values, now)
  }
}

/** @throws SessionError `bad-option` */
function demandWhole(option: unknown, name: string): void {
  if (Number.isSafeInteger(option) && Number(option) > 0) return
  throw new SessionError('bad-option', `${name} of a sweep must be a whole number of 1 or more.`)
}

function toOver(
  { id, subject }: StoredSession,
  reason: Over['reason'],
  at: number,
  field: string | null,
  values: ReadonlyMap<string, unknown>,
): Over {
  return { session: storedHash(id), subject, reason, at, field, get: (key) => values.get(key) }
}
