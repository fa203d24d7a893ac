// For sessions that cookies carry: an instant per subject, kept in a store, before which they are over.
import { type Duration, toSeconds } from './duration.ts'
import { hashId } from './events.ts'
import { hash, tagOfSubject } from './ids.ts'
import { isAhead, isWithin, LAST_SECOND } from './judgement.ts'
import { after } from './later.ts'
import type { Clock } from './lifetime.ts'
import type { SessionRecord } from './record.ts'
import type { Awaitable, Store } from './store.ts'

/** What began in this second or before is over, but for one session. */
export interface Instant {
  readonly at: number
  /** The hash of the id of the session that stays, or `-` for one without an id: it has its cookie to say so. */
  readonly except: string | null
}

/** Whether an instant ends a session of its subject. */
export function endsSession({ at, except }: Instant, record: SessionRecord): boolean {
  if (isAhead(record.createdAt, at) || !isAhead(at, record.terms?.spared ?? 0)) return false
  return except === null || hashId(record.id) !== except
}

const KEY = '@n'
const NEVER: Instant = Object.freeze({ at: 0, except: null })
/** Subjects whose instant is remembered; the oldest goes first. */
const MOST = 10_000

/** Made once with the manager. */
export class NotBefore {
  readonly #store: Store
  readonly #staleness: number
  readonly #clock: Clock
  readonly #known = new Map<string, { readonly instant: Instant; readonly since: number }>()

  /** @param staleness for how many seconds an answer is taken for true. */
  constructor(store: Store, staleness: number, clock: Clock) {
    this.#store = store
    this.#staleness = staleness
    this.#clock = clock
  }

  /** A subject's instant: at once where it was asked for a moment ago. */
  of(subject: string): Awaitable<Instant> {
    const now = this.#now()
    const known = this.#known.get(subject)
    if (known && isWithin(known.since, this.#staleness - 1, now)) return known.instant
    return after(this.#store.read(storedId(subject), now, false), (reading) => {
      const text = reading.state === 'live' ? reading.session.fields.get(KEY) : undefined
      return this.#remember(subject, text === undefined ? NEVER : parse(text), now)
    })
  }

  /**
   * Ends what began until now, also where others do the same at this moment.
   *
   * @param spared the session that stays, unless it is over already. Answers the second if it stays, else null.
   */
  async raise(subject: string, spared: SessionRecord | null): Promise<number | null> {
    const now = this.#now()
    const first = { at: now, except: nameOf(spared) }
    const id = storedId(subject)
    const fields = new Map([[KEY, write(first)]])
    const bounds = { seenAt: now, idle: 0, endsAt: LAST_SECOND, throttle: 0 }
    const record = { id, subject: null, createdAt: now, checkAt: 0, ...bounds, fields }
    const { state } = await this.#store.create(record, now)
    const raised =
      state === 'done'
        ? { instant: first, stays: spared !== null }
        : await this.#lift(id, spared, null, now)
    this.#remember(subject, raised.instant, now)
    return raised.stays ? raised.instant.at : null
  }

  /** @param text what stands there, as far as it is known. Answers what then does, and whether somebody stays. */
  async #lift(
    id: string,
    spared: SessionRecord | null,
    text: string | null,
    now: number,
  ): Promise<{ readonly instant: Instant; readonly stays: boolean }> {
    const before = text === null ? NEVER : parse(text)
    // A session that is over ends nobody else's.
    if (spared !== null && endsSession(before, spared)) {
      return { instant: before, stays: false }
    }
    const except = nameOf(spared)
    // Also under another id it is the one that was spared before.
    const isSame = !isAhead(before.at, spared?.terms?.spared ?? 0)
    const instant = { at: instantAfter(before, isSame ? before.except : except, now), except }
    const set = new Map([[KEY, write(instant)]])
    const expect = new Map([[KEY, text]])
    const patched = await this.#store.patch(id, { set, deleted: [], expect }, now)
    if (patched.state !== 'conflict') return { instant, stays: spared !== null }
    return this.#lift(id, spared, patched.current.get(KEY) ?? null, now)
  }

  /** What was asked for before an end was written, and answered after it, changes nothing. */
  #remember(subject: string, asked: Instant, since: number): Instant {
    const known = this.#known.get(subject)?.instant ?? NEVER
    const instant = isAhead(known.at, asked.at) ? known : asked
    this.#known.delete(subject)
    this.#known.set(subject, { instant, since })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest)
    return instant
  }

  #now(): number {
    return Math.floor(this.#clock())
  }
}

/** Whoever is spared by the one before in the same second, or by a clock that is ahead, is not by the next. */
function instantAfter(before: Instant, except: string | null, now: number): number {
  if (isAhead(now, before.at)) return now
  return before.except === null || before.except === except ? before.at : before.at + 1
}

const nameOf = (record: SessionRecord | null): string | null => record && (hashId(record.id) ?? '-')

/** @throws SessionError `bad-duration` */
export const createNotBefore = (
  options: { readonly store: Store; readonly staleness?: Duration | undefined } | undefined,
  clock: Clock,
): NotBefore | null =>
  options === undefined
    ? null
    : new NotBefore(
        options.store,
        toSeconds(options.staleness ?? { seconds: 10 }, 'notBefore.staleness'),
        clock,
      )

const storedId = (subject: string): string => tagOfSubject(subject) + hash(`not before ${subject}`)

const write = ({ at, except }: Instant): string => `${at},${except ?? ''}`

function parse(text: string): Instant {
  const [at, except] = text.split(',')
  return { at: Number(at) || 0, except: except || null }
}
