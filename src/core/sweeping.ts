// What is over, handed to the application once at least: sessions whose time is over, and single fields.
import { isUnavailable, SessionError } from './errors.ts'
import { storedHash } from './ids.ts'
import { isKept } from './judgement.ts'
import { judgeStored, lookAt } from './keeping.ts'
import type { Clock, ClockName } from './lifetime.ts'
import { remove } from './record-fields.ts'
import type { Patch, Store, StoredSession, SweepStore } from './store.ts'
import type { StoreParts } from './store-opening.ts'
import { OWN, readValue, storedKey } from './stored.ts'

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
    const { over, patch } = this.#overIn(stored, now)
    for (const each of over) await told(each)
    if (isKept(stored, now)) await store.patch(stored.id, patch, now)
    else await store.forget([stored.id], now)
    return over.length
  }

  /** What of a session is over; and what takes it out, unless it was changed meanwhile, and looks again. */
  #overIn(stored: StoredSession, now: number): { readonly over: Over[]; readonly patch: Patch } {
    const { fields } = this.#parts
    const { told, replaced } = this.#replacedIn(stored, now)
    const set = new Map<string, string>()
    const looked = { set, recheck: { from: stored.checkAt, to: 0 } }
    const judged = judgeStored(stored, this.#parts, now)
    if (judged === null) return { over: told, patch: { ...looked, deleted: replaced } }
    const { record, judgement } = judged
    const before = new Map(record.fields)
    const { expired } = fields.settle(record, now)
    for (const { key, at } of expired) {
      told.push(toOver(stored, 'field', at, key, new Map([[key, before.get(key)]])))
      set.set(OWN.swept + key, String(at))
    }
    const names = expired.map(({ key }) => storedKey(key))
    const expect = new Map(names.map((name) => [name, stored.fields.get(name) ?? null]))
    const recheck = { from: stored.checkAt, to: lookAt(record, this.#parts, now) }
    const patch = { ...looked, deleted: [...names, ...replaced], expect, recheck }
    const isLive = isKept(stored, now) && judgement.live
    // Once, though it may be kept for what outlives it.
    if (isLive || stored.fields.has(OWN.told)) return { over: told, patch }
    if (isKept(stored, now)) remove(record, fields.keptIn(record))
    const reason = judgement.because === 'absolute' ? 'absolute' : 'idle'
    told.push(toOver(stored, reason, judgement.endsAt ?? now, null, record.fields))
    patch.deleted.push(...[...record.fields.keys()].map(storedKey))
    set.set(OWN.told, '1')
    return { over: told, patch }
  }

  /** Values that were over when another took their place. */
  #replacedIn(stored: StoredSession, now: number): { told: Over[]; replaced: string[] } {
    const told: Over[] = []
    const replaced: string[] = []
    for (const [name, text] of stored.fields) {
      const [, at, key] = OVER.exec(name) ?? []
      if (at === undefined || key === undefined) continue
      const value = readValue(text, this.#parts.values, now)?.value
      told.push(toOver(stored, 'field', Number(at), key, new Map([[key, value]])))
      replaced.push(name)
    }
    return { told, replaced }
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
