// The way through: open a request's session, settle it when headers leave, commit what is stored.

import { statusOf } from './answers.ts'
import { type Cookie, checkCrossSite, createCookie } from './cookie.ts'
import { CookieOpener } from './cookie-opening.ts'
import { SessionError } from './errors.ts'
import type { Events, SessionEvents } from './events.ts'
import { isSlideDue, isWithin } from './judgement.ts'
import { toSecretKeys } from './keys.ts'
import type { Clock } from './lifetime.ts'
import { createNotBefore, type NotBefore } from './not-before.ts'
import type { Found } from './opening.ts'
import { createParts, failureOf } from './parts.ts'
import { isOutdated } from './policy.ts'
import type { SessionRecord } from './record.ts'
import type { SessionRequest } from './request.ts'
import { RevocableOpener } from './revocable-opening.ts'
import { type PolicyFacts, toFacts } from './roles.ts'
import { Session } from './session.ts'
import { stateOf } from './session-data.ts'
import { load, permanentOf, type SessionState } from './session-state.ts'
import {
  type Rules,
  rulesOf,
  type SessionOptions,
  type Sessions,
  type Settlement,
} from './sessions.ts'
import { detached, isEmpty, noticeChanges, timeToWrite, UNTOUCHED } from './settling.ts'
import type { SessionStatus } from './status.ts'
import { demandSubject, type SubjectSessions } from './subjects.ts'
import { tellDeeds } from './telling.ts'
import { withTerms } from './terms.ts'
import type { CookieFormat, SecretKeys, TokenFormat } from './token.ts'
import { Writer } from './writing.ts'

/** @throws SessionError for whatever in the options would not work, with what to write instead. */
export function createManager<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data> & { readonly format: TokenFormat },
): Sessions<Data> {
  const keys = toSecretKeys(options.secretKey, options.secretKeyFallbacks)
  if (options.cookie) checkCrossSite(options.cookie)
  return new Manager<Data>(options, openFormat(options.format, keys), createCookie(options.cookie))
}

/** @throws SessionError `bad-option` for what is no format, and for one without its parentheses. */
function openFormat(format: TokenFormat, keys: SecretKeys): CookieFormat {
  const made: unknown = typeof format === 'function' ? format(keys) : null
  if (typeof made === 'object' && made !== null) return made as CookieFormat
  throw new SessionError(
    'bad-option',
    'format must be sealed(), signed() or flask(), with the parentheses.',
  )
}

/** What is to be written cannot be. */
const DETACHED = Object.freeze({})
const NO_STORE =
  'Nobody knows the sessions that cookies carry: hand in a `store`; or `notBefore`, for endAll and endOthers alone.'

/** As `createManager`, with the parts made by the caller: for faces with rules of their own. */
export class Manager<Data extends object> implements Sessions<Data> {
  readonly policy: PolicyFacts
  readonly #format: CookieFormat
  readonly #clock: Clock
  readonly #rules: Rules
  /** What a response needs that depends on the session and leaves its cookie alone. */
  readonly #lookedAt: Settlement
  readonly #refresh: boolean
  readonly #events: Events
  readonly #notBefore: NotBefore | null
  readonly #isLazy: boolean
  readonly #opener: CookieOpener
  readonly #writer: Writer

  constructor(options: SessionOptions<Data>, format: CookieFormat, cookie: Cookie) {
    this.#format = format
    this.#clock = options.clock ?? (() => Date.now() / 1000)
    this.#rules = rulesOf(options)
    this.#lookedAt = { ...UNTOUCHED, vary: true, noStore: this.#rules.noStore }
    this.#refresh = options.refreshEachRequest ?? !format.throttled
    this.policy = toFacts(options, this.#refresh)
    const parts = createParts(options, this.policy, this.#clock, {
      encodeValue: format.encodeValue,
      permanentKey: format.permanentKey,
      cookie,
      throttled: format.throttled,
      anyLength: !format.throttled,
      renews: false,
    })
    this.#events = parts.events
    this.#notBefore = createNotBefore(options.notBefore, this.#clock)
    this.#isLazy = options.lazy ?? false
    const failure = failureOf(options)
    this.#opener = this.#notBefore
      ? new RevocableOpener(parts, format, this.#notBefore, failure)
      : new CookieOpener(parts, format)
    this.#writer = new Writer(parts, format, this.#opener, this.#rules)
  }

  open(request: SessionRequest): Session<Data> {
    return new Session<Data>(this.#opener, request, this.#clock())
  }

  load(session: Session<Data>): void | Promise<void> {
    return this.#isLazy ? undefined : this.#opener.fetch?.(stateOf(session))
  }

  commit(settlement: Settlement): Settlement {
    if (settlement.write === DETACHED) throw detached()
    return settlement
  }

  status(session: Session<Data>): SessionStatus {
    const state = stateOf(session)
    const { accessed } = state
    const status = statusOf(session, this.policy.idleAction)
    state.accessed = accessed
    state.asked = true
    return status
  }

  of(subject: string): SubjectSessions<Data> {
    demandSubject(subject)
    const notBefore = this.#notBefore
    if (notBefore === null) throw new SessionError('no-store', NO_STORE)
    const raise = async (state: SessionState | null): Promise<null> => {
      const record = state && load(state).record
      const sparedAt = await notBefore.raise(subject, record)
      if (state && record && sparedAt !== null) spare(state, record, subject, sparedAt)
      const now = this.#clock()
      const over = { reason: 'revoked', at: Math.floor(now), field: null } as const
      this.#events.tell('ended', now, { id: null, subject }, over)
      return null
    }
    const unlisted = async (): Promise<never> => {
      throw new SessionError('no-store', NO_STORE)
    }
    return {
      list: unlisted,
      end: unlisted,
      endAll: () => raise(null),
      endOthers: (session) => raise(stateOf(session)),
    }
  }

  async sweep(): Promise<never> {
    throw new SessionError(
      'no-store',
      'Without a store there is nothing to sweep: cookies go by themselves.',
    )
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
    const inside = noticeChanges(state, loaded.record, this.#rules.nestedChanges)
    const isDue = loaded.due && state.accessed
    if (!state.modified && !isDue && !this.#slides(state, loaded)) return untouched
    const now = timeToWrite(state, loaded, this.#opener, this.#clock)
    if (now === null) return untouched
    if (loaded.isDetached) return { ...this.#lookedAt, write: DETACHED }
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
    // What has to be asked for first is not loaded here: who is lazy and never looked is not refreshed.
    const isAsked = this.#isLazy && this.#notBefore !== null
    if (this.#refresh && cookie && !isAsked) state.loaded ??= this.#opener.load(cookie, state.now)
    // The opener is the one source of this manager's sessions.
    return state.loaded as Found | null
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
}

/** The cookie of a session that was left out says so, whichever id it has later. */
function spare(state: SessionState, record: SessionRecord, subject: string, spared: number): void {
  if (state.settled || record.terms?.subject !== subject) return
  record.terms = withTerms(record.terms, { spared })
  state.modified = true
}
