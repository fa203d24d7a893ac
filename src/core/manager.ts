// The way through: open a request's session, settle it when headers leave, commit what is stored.

import { createActivity } from './activity.ts'
import { statusOf } from './answers.ts'
import { type Cookie, checkCrossSite, createCookie } from './cookie.ts'
import { Events, type SessionEvents } from './events.ts'
import { FieldPolicy } from './fields.ts'
import { isSlideDue, isWithin } from './judgement.ts'
import { toSecretKeys } from './keys.ts'
import { type Clock, DEFAULT_LIFETIME } from './lifetime.ts'
import { type Found, Opener } from './opening.ts'
import { createPolicy, isOutdated } from './policy.ts'
import type { SessionRecord } from './record.ts'
import type { SessionRequest } from './request.ts'
import { type PolicyFacts, toFacts } from './roles.ts'
import { Session } from './session.ts'
import { stateOf } from './session-data.ts'
import { activityOf, changedInside, permanentOf, type SessionState } from './session-state.ts'
import {
  type Rules,
  rulesOf,
  type SessionOptions,
  type Sessions,
  type Settlement,
} from './sessions.ts'
import type { SessionStatus } from './status.ts'
import { tellDeeds } from './telling.ts'
import type { CookieFormat, TokenFormat } from './token.ts'
import { Writer } from './writing.ts'

const UNTOUCHED: Settlement = Object.freeze({ setCookie: null, vary: false, noStore: false })

/** @throws SessionError for whatever in the options would not work, with what to write instead. */
export function createManager<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data> & { readonly format: TokenFormat },
): Sessions<Data> {
  const keys = toSecretKeys(options.secretKey, options.secretKeyFallbacks)
  if (options.cookie) checkCrossSite(options.cookie)
  return new Manager<Data>(options, options.format(keys), createCookie(options.cookie))
}

/** As `createManager`, with the parts made by the caller: for faces with rules of their own. */
export class Manager<Data extends object> implements Sessions<Data> {
  readonly policy: PolicyFacts
  readonly #format: CookieFormat
  readonly #clock: Clock
  readonly #rules: Rules
  /** What a response needs that depends on the session and leaves its cookie alone. */
  readonly #lookedAt: Settlement
  readonly #refresh: boolean
  readonly #events = new Events()
  readonly #opener: Opener
  readonly #writer: Writer

  constructor(options: SessionOptions<Data>, format: CookieFormat, cookie: Cookie) {
    this.#format = format
    this.#clock = options.clock ?? (() => Date.now() / 1000)
    this.#rules = rulesOf(options)
    this.#lookedAt = { setCookie: null, vary: true, noStore: this.#rules.noStore }
    this.#refresh = options.refreshEachRequest ?? !format.throttled
    this.policy = toFacts(options, this.#refresh)
    const failed = (error: unknown) =>
      this.#events.emit('failed', { now: Math.floor(this.#clock()), error })
    const rules = {
      throttled: format.throttled && !this.#refresh,
      anyLength: !format.throttled,
      locks: this.policy.idleAction === 'lock',
    }
    const { lifetime = DEFAULT_LIFETIME, grants } = options
    const policy = createPolicy({ lifetime, grants, rules, failed })
    const parts = {
      format,
      cookie,
      policy,
      fields: new FieldPolicy(this.policy.fields, rules),
      schema: options.schema,
      events: this.#events,
      activity: createActivity(options.activity, failed),
    }
    this.#opener = new Opener(parts)
    this.#writer = new Writer(parts, this.#opener, this.#rules)
  }

  open(request: SessionRequest): Session<Data> {
    return new Session<Data>(this.#opener, request, this.#clock())
  }

  commit(): void {}

  status(session: Session<Data>): SessionStatus {
    const state = stateOf(session)
    const { accessed } = state
    const status = statusOf(session, this.policy.idleAction)
    state.accessed = accessed
    state.asked = true
    return status
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  settle(session: Session<Data>): Settlement {
    const state = stateOf(session)
    if (state.settled) return UNTOUCHED
    const loaded = this.#wanted(state)
    state.settled = true
    if (loaded === null) return UNTOUCHED
    const untouched = state.accessed || state.asked ? this.#lookedAt : UNTOUCHED
    if (loaded.locked || state.calledOff) return untouched
    const inside = this.#noticeChanges(state, loaded.record)
    const isDue = loaded.due && state.accessed
    if (!state.modified && !isDue && !this.#slides(state, loaded)) return untouched
    const now = this.#timeToWrite(state, loaded)
    if (now === null) return untouched
    if (isEmpty(loaded.record)) {
      tellDeeds(this.#events, state, null)
      return this.#writer.remove()
    }
    const changed = inside || state.modified || loaded.due
    const settlement = this.#writer.write(loaded, state, now, changed)
    tellDeeds(this.#events, state, loaded)
    return settlement
  }

  /** What was loaded; loads now when every request counts and a cookie came. */
  #wanted(state: SessionState): Found | null {
    const { cookie } = state.request
    if (this.#refresh && cookie) state.loaded ??= this.#opener.load(cookie, state.now)
    // The opener is the one source of this manager's sessions.
    return state.loaded as Found | null
  }

  /** Whether values were changed inside. They ride along with any save, also where they cause none. */
  #noticeChanges(state: SessionState, record: SessionRecord): boolean {
    const changed = changedInside(state)
    for (const key of changed) record.sources?.delete(key)
    if (changed.length > 0 && this.#rules.nestedChanges) state.modified = true
    return changed.length > 0
  }

  /** Whether this request's activity must be written down. Flask renews permanent sessions only. */
  #slides(
    state: SessionState,
    { isNew, locked, record, renewal, limits, allowance }: Found,
  ): boolean {
    if (isNew || locked || limits === null) return false
    if (renewal?.oldKey && this.#rules.renewOldKeys) return true
    if (!this.#format.throttled)
      return this.#refresh && permanentOf(record, this.#format.permanentKey)
    if (!state.accessed && !this.#refresh) return false
    return (
      isSlideDue(record, limits.all, state.now) ||
      isOutdated(record, limits) ||
      !isWithin(record.seenAt, allowance, state.now)
    )
  }

  /**
   * The time to be written down: now, or for what is not the user's activity the last one that was;
   * null where nothing may be written. In the background a logout ends, and begins nothing but what
   * outlives it.
   */
  #timeToWrite(state: SessionState, loaded: Found): number | null {
    const { deeds, modified } = state
    // Whoever set the clock back meanwhile does not undo what was done.
    if (activityOf(state) === 'user') return Math.max(this.#clock(), state.now)
    if (deeds?.some(({ name }) => name === 'destroyed')) {
      loaded.record = this.#opener.begin(state.now, loaded.record)
      state.deeds = deeds.filter(({ name }) => name === 'destroyed')
      return state.now
    }
    const isMore = deeds?.some(({ name }) => name !== 'cleared') ?? false
    return modified && !loaded.isNew && !isMore ? loaded.record.seenAt : null
  }
}

/** Nothing in it and nobody's: such a session leaves the browser. */
const isEmpty = ({ fields, terms }: SessionRecord): boolean =>
  fields.size === 0 && (terms === null || terms.subject === null)
