// What a handler holds: data with a life. It knows no cookie, no store and no clock.
import { toSeconds } from './duration.ts'
import { toBounds } from './fields.ts'
import {
  type Explanation,
  explain,
  isWithin,
  judge,
  latestProof,
  type Moments,
  strictestOwn,
} from './judgement.ts'
import type { Lifetime, Limit } from './lifetime.ts'
import { authenticate, did, end, type Freshness, type Proof, renewId, unlock } from './proof.ts'
import type { Bounds, Ended } from './record.ts'
import { noteChange, write } from './record-fields.ts'
import type { SessionRequest } from './request.ts'
import { SessionData, stateOf } from './session-data.ts'
import {
  activityOf,
  change,
  changeOpen,
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

/**
 * A visitor's session. It is opened when first touched; a request that never asks pays nothing.
 * `Data` names the keys and the types of their values.
 */
export class Session<Data extends object = Record<string, unknown>> extends SessionData<Data> {
  constructor(source: SessionSource, request: SessionRequest, now: number) {
    super({
      source,
      request,
      now,
      loaded: null,
      accessed: false,
      asked: false,
      modified: false,
      calledOff: false,
      saidPermanent: false,
      settled: false,
      deeds: null,
      lent: null,
      updates: null,
      activity: null,
    })
  }

  /**
   * Fetches the session from its store, for `lazy` sessions: before the first look. Elsewhere the
   * adapter has done so.
   *
   * @throws SessionError `store-unavailable`
   */
  async load(): Promise<this> {
    const state = stateOf(this)
    if (state.loaded === null) await state.source.fetch?.(state)
    return this
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
    stateOf(this).calledOff = !modified
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
    const record = changeOpen(stateOf(this))
    const { permanentKey } = stateOf(this).source
    stateOf(this).saidPermanent = true
    if (permanentKey === null) record.permanent = Boolean(permanent)
    else write(record, permanentKey, Boolean(permanent))
  }

  /**
   * Limits this one session from now on: `{ absolute: { minutes: 5 } }` counts from this request. It
   * can only shorten; of several, the earliest deadline holds.
   *
   * @throws SessionError `bad-lifetime`, `bad-duration`
   */
  limit(lifetime: Pick<Lifetime, 'idle' | 'absolute'>): this {
    const record = changeOpen(stateOf(this))
    const from = Math.floor(stateOf(this).now)
    const own = { ...toBounds(lifetime, 'session.limit'), from }
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

  /** Whether `provenAt` is that recent. Never while the session is locked. */
  isFresh({ within, factor }: Freshness): boolean {
    const seconds = toSeconds(within, 'within')
    const provenAt = this.provenAt(factor)
    return provenAt !== null && !this.locked && isWithin(provenAt, seconds, stateOf(this).now)
  }

  /**
   * The epoch second at which a factor was proven, or without one, anything by `authenticate`: what
   * only resumed a locked session counts where its factor is named. Null if never.
   */
  provenAt(factor?: string): number | null {
    const { terms, createdAt, seenAt } = load(stateOf(this)).record
    const { proofs, subject } = terms ?? NO_TERMS
    if (factor !== undefined) {
      const provenAt = proofs.get(factor)
      return provenAt === undefined ? null : latestProof([provenAt], seenAt)
    }
    return subject === null ? null : latestProof(proofs.values(), createdAt)
  }

  /**
   * Removes all data, and whose they were. The session, now empty, leaves the browser with this
   * response.
   */
  clear(): void {
    const record = change(stateOf(this))
    did(stateOf(this), 'cleared')
    for (const key of record.fields.keys()) noteChange(record, key)
    record.fields.clear()
    record.sources = null
    record.permanent = false
    record.terms = withTerms(null, { own: record.terms?.own ?? null })
    load(stateOf(this)).locked = false
  }

  /** Gives the session another id; its data and its absolute clock stay. */
  renewId(): void {
    changeOpen(stateOf(this))
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
    const { record, locked } = load(state)
    const { source, now, modified } = state
    const isWritten = modified && !locked && activityOf(state) === 'user'
    const seenAt = isWritten ? Math.floor(now) : record.seenAt
    const { all, bounds } = source.limitsOf(record)
    // A cookie that is signed anew is signed under the limits of now.
    const held = isWritten ? all.filter((limit) => !isLeft(limit, bounds)) : all
    return [{ createdAt: record.createdAt, seenAt }, held, now]
  }
}

const isLeft = ({ source, seconds, clock }: Limit, bounds: Bounds): boolean =>
  source === 'signed' && seconds < bounds[clock]
