// The way through for sessions in a store: open, load, settle, commit, as `core/manager.ts` does it for
// those that the cookie carries.
import { statusOf } from './answers.ts'
import { checkCrossSite, createCookie } from './cookie.ts'
import type { SessionEvents } from './events.ts'
import { expiryOf, isSlideDue, isWithin } from './judgement.ts'
import { NEVER_TOUCHED } from './keeping.ts'
import type { Clock } from './lifetime.ts'
import { createPlainHttpWarning } from './plain-http.ts'
import { isOutdated } from './policy.ts'
import { renewId } from './proof.ts'
import type { SessionRequest } from './request.ts'
import { type PolicyFacts, toFacts } from './roles.ts'
import { Session } from './session.ts'
import { stateOf } from './session-data.ts'
import { activityOf, type SessionState } from './session-state.ts'
import {
  type Rules,
  rulesOf,
  type SessionOptions,
  type Sessions,
  type Settlement,
} from './sessions.ts'
import { demandFit, noticeChanges, restate, timeToWrite, UNTOUCHED } from './settling.ts'
import type { SessionStatus } from './status.ts'
import type { Store, ValueCodec } from './store.ts'
import { StoreCommitter } from './store-commit.ts'
import { type StoredFound, StoreOpener, type StoreParts } from './store-opening.ts'
import { createLimit, createStoreParts, graceOf, type LimitOf } from './store-parts.ts'
import { isEnded, planOf, type StorePlan } from './store-plan.ts'
import { renewedAtOf } from './stored.ts'
import { type SubjectSessions, Subjects } from './subjects.ts'
import { type Over, Sweeper, type SweepOptions, type SweepResult } from './sweeping.ts'

/** Sessions that a store keeps, by one policy. The ids of their cookies are signed where there is a key. */
export class StoreManager<Data extends object> implements Sessions<Data> {
  readonly policy: PolicyFacts
  readonly #clock: Clock
  readonly #rules: Rules
  readonly #lookedAt: Settlement
  readonly #isLazy: boolean
  readonly #grace: number
  readonly #limitOf: LimitOf
  readonly #parts: StoreParts
  readonly #opener: StoreOpener
  readonly #committer: StoreCommitter
  readonly #warnOfPlainHttp: (host: string | undefined) => void
  readonly #subjects: Subjects
  readonly #sweeper: Sweeper

  constructor(options: SessionOptions<Data>, store: Store, values: ValueCodec) {
    this.#clock = options.clock ?? (() => Date.now() / 1000)
    this.#rules = rulesOf(options)
    this.#lookedAt = { ...UNTOUCHED, vary: true, noStore: this.#rules.noStore }
    this.#isLazy = options.lazy ?? false
    this.#grace = graceOf(options)
    this.policy = toFacts(options, options.refreshEachRequest ?? false)
    if (options.cookie) checkCrossSite(options.cookie)
    const cookie = createCookie(options.cookie)
    const kept = { store, values }
    this.#parts = createStoreParts(options, this.policy, this.#clock, cookie, kept)
    this.#limitOf = createLimit(options, this.#parts, this.#clock)
    this.#opener = new StoreOpener(this.#parts)
    this.#committer = new StoreCommitter(this.#parts, this.#rules.noStore)
    this.#warnOfPlainHttp = createPlainHttpWarning(this.#parts.cookie)
    this.#subjects = new Subjects(this.#parts, this.#clock)
    this.#sweeper = new Sweeper(this.#parts, this.#clock)
  }

  open(request: SessionRequest): Session<Data> {
    return new Session<Data>(this.#opener, request, this.#clock())
  }

  load(session: Session<Data>): void | Promise<void> {
    return this.#isLazy ? undefined : this.#opener.fetch(stateOf(session))
  }

  commit(settlement: Settlement): Settlement | Promise<Settlement> {
    const { write } = settlement
    return write === null ? settlement : this.#committer.commit(settlement, write as StorePlan)
  }

  status(session: Session<Data>): SessionStatus {
    return statusOf(session, this.policy.idleAction)
  }

  of(subject: string): SubjectSessions<Data> {
    return this.#subjects.of(subject) as SubjectSessions<Data>
  }

  sweep(told?: (over: Over<Data>) => unknown, options?: SweepOptions): Promise<SweepResult> {
    return this.#sweeper.sweep(told as (over: Over) => unknown, options)
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void {
    return this.#parts.events.on(name, listener)
  }

  settle(session: Session<Data>): Settlement {
    const state = stateOf(session)
    if (state.settled) return UNTOUCHED
    state.settled = true
    // The opener is the one source of this manager's sessions.
    const loaded = state.loaded as StoredFound | null
    if (loaded === null) return UNTOUCHED
    const untouched = state.accessed || state.asked ? this.#lookedAt : UNTOUCHED
    if (loaded.locked || state.calledOff) return untouched
    noticeChanges(state, loaded.record, this.#rules.nestedChanges)
    const isTimed = this.#renewInTime(state, loaded)
    const isTouchDue = this.#isTouchDue(state, loaded)
    if (!state.modified && !isTimed && !isTouchDue && !loaded.due && !isLate(state, loaded)) {
      return this.#isCookieDue(state, loaded) ? this.#withCookie(state, loaded, null) : untouched
    }
    const now = timeToWrite(state, loaded, this.#opener, this.#clock)
    if (now === null) return untouched
    const plan = this.#plan(state, loaded, { isTimed, isTouchDue })
    const { end, create, patch, touch } = plan
    // Whose session could not be fetched has not logged out: committing this says so.
    if (loaded.isDetached && state.deeds !== null) return { ...this.#lookedAt, write: plan }
    if (!end && !create && !patch && !touch) return untouched
    if (end && !create) {
      const setCookie = this.#parts.cookie.remove()
      return { ...this.#lookedAt, setCookie, write: plan }
    }
    return create || this.#isCookieDue(state, loaded)
      ? this.#withCookie(state, loaded, plan)
      : { ...this.#lookedAt, write: plan }
  }

  /** Whether it is time for another id; then it has one. */
  #renewInTime(state: SessionState, loaded: StoredFound): boolean {
    const { record, limits, stored, isNew, cookieId } = loaded
    const renewal = limits?.renewal ?? null
    if (renewal === null || stored === null || isNew || record.id !== cookieId) return false
    const isDue = !isWithin(renewedAtOf(stored), renewal - 1, state.now)
    if (!isDue || activityOf(state) !== 'user' || state.deeds !== null) return false
    renewId(state)
    return true
  }

  /** Whether activity must be written that the read could not write down. */
  #isTouchDue(state: SessionState, { record, limits, stored, isNew, allowance }: StoredFound) {
    if (stored === null || isNew || limits === null) return false
    if (this.#parts.touchable && stored.throttle < NEVER_TOUCHED) return false
    const isDue =
      isSlideDue(record, limits.all, state.now) || !isWithin(record.seenAt, allowance, state.now)
    return isDue && activityOf(state) === 'user'
  }

  /** Whether the browser must be sent the cookie of a session that keeps its id. */
  #isCookieDue(state: SessionState, found: StoredFound): boolean {
    const { record, touched, oldKey, isNew, isFollowed } = found
    // The id that leads on to another is not sent again.
    if (isNew || isFollowed) return false
    const isSlid = touched || (state.modified && activityOf(state) === 'user')
    return oldKey || state.saidPermanent || (record.permanent && isSlid)
  }

  #plan(
    state: SessionState,
    loaded: StoredFound,
    due: { readonly isTimed: boolean; readonly isTouchDue: boolean },
  ): StorePlan {
    const { record } = loaded
    const isUser = activityOf(state) === 'user'
    const second = Math.floor(Math.max(this.#clock(), state.now))
    // A slow request is activity of the time when it came.
    if (isUser) record.seenAt = Math.max(record.seenAt, Math.floor(state.now))
    const limitsOf = () => this.#opener.limitsOf(record)
    if (loaded.isNew && !state.saidPermanent) record.permanent = limitsOf().permanent
    if (isEnded(state, loaded) && record.id === loaded.cookieId) {
      // Whoever was cleared is gone: what comes after is another session.
      record.id = this.#opener.newId(record.terms?.subject ?? null, null)
      loaded.isNew = true
    }
    if (state.modified) demandFit(this.#parts.schema, record)
    restate(record, limitsOf().bounds, isUser)
    const seenAt = isUser ? record.seenAt : null
    const limit = this.#limitOf(state, loaded)
    return planOf({ ...due, state, loaded, seenAt, second, grace: this.#grace, limit }, this.#parts)
  }

  #withCookie(state: SessionState, { record }: StoredFound, write: StorePlan | null): Settlement {
    const { cookie, ids, fields } = this.#parts
    this.#warnOfPlainHttp(state.request.plainHost)
    const { all } = this.#opener.limitsOf(record)
    const expires = record.permanent
      ? expiryOf(record.createdAt, all, state.now, undefined, fields.keptUntil(record))
      : null
    return {
      ...this.#lookedAt,
      setCookie: cookie.write(ids.write(record.id ?? ''), expires),
      write,
    }
  }
}

/** Whether the session was written under other limits than those of now. */
const isLate = (state: SessionState, { record, limits, isNew }: StoredFound): boolean =>
  !isNew && limits !== null && isOutdated(record, limits) && activityOf(state) === 'user'
