// What a handler holds: data with a life. It knows no cookie, no store and no clock.
import type { Activity } from './activity.ts'
import { toSeconds } from './duration.ts'
import { toOwnBounds } from './fields.ts'
import {
  type Explanation,
  explain,
  isWithin,
  judge,
  type Moments,
  strictestOwn,
} from './judgement.ts'
import type { Lifetime, Limit } from './lifetime.ts'
import { authenticate, end, type Freshness, type Proof, renewId, unlock } from './proof.ts'
import type { Ended } from './record.ts'
import { SessionData, stateOf } from './session-data.ts'
import {
  change,
  load,
  permanentOf,
  type SessionSource,
  type SessionState,
} from './session-state.ts'
import { NO_TERMS, withTerms } from './terms.ts'

/** The deadlines of a session: every clock of it, and each key that has one of its own. */
export interface SessionExplanation extends Explanation {
  readonly fields: readonly { readonly key: string; readonly endsAt: number }[]
}

/** What a session is opened with. */
export interface Opening {
  readonly cookie: string | undefined
  readonly plainHost?: string | undefined
  readonly activity?: () => Activity
}

/**
 * A visitor's session. It is opened when first touched; a request that never asks pays nothing.
 * `Data` names the keys and the types of their values.
 */
export class Session<Data extends object = Record<string, unknown>> extends SessionData<Data> {
  constructor(source: SessionSource, { cookie, plainHost, activity }: Opening, now: number) {
    super({
      source,
      cookie,
      now,
      plainHost,
      activity: activity ?? (() => 'user'),
      loaded: null,
      accessed: false,
      modified: false,
      settled: false,
      deeds: [],
      lent: null,
    })
  }

  /** The id, or null where the cookie carries the session and no id (Flask's format). */
  get id(): string | null {
    return load(stateOf(this)).record.id
  }

  /** True when the request came without a live session. */
  get isNew(): boolean {
    return load(stateOf(this)).isNew
  }

  /** Whose session it is, or null before `authenticate`. Also known while it is locked. */
  get subject(): string | null {
    return load(stateOf(this)).record.terms?.subject ?? null
  }

  /**
   * Why the session that the request came with is not this one, or which keys of this one are over
   * (`field`); null when nothing came, or it lives. After `destroy` it says `logout`.
   */
  get ended(): Ended | null {
    return load(stateOf(this)).ended
  }

  /** Idled out where `idleAction` is `lock`: data are kept, and closed until `unlock`. */
  get locked(): boolean {
    return load(stateOf(this)).locked
  }

  /** The last epoch second of this session without further activity, or null without a limit. */
  get endsAt(): number | null {
    return judge(...this.#clocks()).endsAt
  }

  /** Every clock, where it comes from, its start and its end, and which one decides. */
  explain(): SessionExplanation {
    const { source } = stateOf(this)
    return {
      ...explain(...this.#clocks()),
      fields: source.fieldEnds(load(stateOf(this)).record),
    }
  }

  /** Whether this request has looked at the session. Never a look itself. */
  get accessed(): boolean {
    return stateOf(this).accessed
  }

  /** Whether it will be saved for having changed. Set it true to save, false to save nothing. */
  get modified(): boolean {
    return stateOf(this).modified
  }

  set modified(modified: boolean) {
    load(stateOf(this))
    stateOf(this).modified = modified
  }

  /**
   * Whether the cookie outlives the browser; as far as `grants` allow, its clocks are then longer
   * too. Setting it counts as a change, as in Flask.
   */
  get permanent(): boolean {
    const { source } = stateOf(this)
    return permanentOf(load(stateOf(this)).record, source.permanentKey)
  }

  set permanent(permanent: boolean) {
    const record = change(stateOf(this))
    const { permanentKey } = stateOf(this).source
    if (permanentKey === null) record.permanent = Boolean(permanent)
    else {
      record.sources?.delete(permanentKey)
      record.fields.set(permanentKey, Boolean(permanent))
    }
  }

  /**
   * Limits this one session from now on: `{ absolute: { minutes: 5 } }` counts from this request. It
   * can only shorten; of several, the earliest deadline holds.
   *
   * @throws SessionError `bad-lifetime`, `bad-duration`
   */
  limit(lifetime: Pick<Lifetime, 'idle' | 'absolute'>): this {
    const record = change(stateOf(this))
    const own = toOwnBounds(lifetime, 'session.limit', stateOf(this).now)
    record.terms = withTerms(record.terms, { own: strictestOwn(record.terms?.own ?? null, own) })
    return this
  }

  /**
   * Somebody has proven who they are: the session is theirs under a new id, both its clocks start
   * anew, and the proof is recorded. Data of an anonymous session stay; of another subject's session
   * only what is kept after a logout.
   *
   * @param subject a stable name of the account, such as its id; not the mail address.
   * @throws SessionError `bad-option` for an empty subject or factor.
   */
  authenticate(subject: string, proof: Proof): this {
    authenticate(stateOf(this), subject, proof)
    return this
  }

  /**
   * Resumes a locked session, once one factor was proven: under a new id, its idle clock anew, its
   * absolute clock as it was. Answers false, and does nothing, where no session is left to resume.
   *
   * @throws SessionError `bad-option` for an empty factor.
   */
  unlock(proof: Proof): boolean {
    return unlock(stateOf(this), proof)
  }

  /** Whether a factor (or any) was proven that recently. Never while the session is locked. */
  isFresh({ within, factor }: Freshness): boolean {
    const seconds = toSeconds(within, 'within')
    const provenAt = this.provenAt(factor)
    return provenAt !== null && !this.locked && isWithin(provenAt, seconds, stateOf(this).now)
  }

  /** The epoch second at which a factor, or the last of all, was proven; null if never. */
  provenAt(factor?: string): number | null {
    const proofs = load(stateOf(this)).record.terms?.proofs ?? NO_TERMS.proofs
    if (factor !== undefined) return proofs.get(factor) ?? null
    return proofs.size === 0 ? null : Math.max(...proofs.values())
  }

  /**
   * Removes all data, and whose they were. The session, now empty, leaves the browser with this
   * response.
   */
  clear(): void {
    const record = change(stateOf(this))
    record.fields.clear()
    record.sources = null
    record.permanent = false
    record.terms = withTerms(null, { own: record.terms?.own ?? null })
    load(stateOf(this)).locked = false
  }

  /** Gives the session another id; its data and its absolute clock stay. */
  renewId(): void {
    change(stateOf(this))
    renewId(stateOf(this))
  }

  /**
   * Ends the session (logout). What is set afterwards in this request begins a new one, with the
   * fields that are kept after a logout.
   */
  destroy(): void {
    change(stateOf(this))
    end(stateOf(this))
  }

  /** What is judged: a change in this request is activity, and will be written down. */
  #clocks(): [moments: Moments, limits: readonly Limit[], now: number] {
    const state: SessionState = stateOf(this)
    const { record } = load(state)
    const { source, now, modified } = state
    const isWritten = modified && state.activity() === 'user'
    const seenAt = isWritten ? Math.floor(now) : record.seenAt
    const limits = source.limitsOf(record)
    const held = isWritten ? limits.filter((limit) => limit.source !== 'signed') : limits
    return [{ createdAt: record.createdAt, seenAt }, held, now]
  }
}
