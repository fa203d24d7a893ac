// The way through: open a request's session, settle it when headers leave, commit what is stored.

import { runtime } from '#runtime'
import { type Activity, type ActivitySource, createActivity } from './activity.ts'
import { statusOf } from './answers.ts'
import { type Cookie, checkCrossSite, createCookie } from './cookie.ts'
import { SessionError } from './errors.ts'
import { Events, hashId, type SessionEvents, toTold } from './events.ts'
import { FieldPolicy } from './fields.ts'
import { expiryOf, isSlideDue } from './judgement.ts'
import { toSecretKeys } from './keys.ts'
import { type Clock, DEFAULT_LIFETIME } from './lifetime.ts'
import { type Found, Opener } from './opening.ts'
import { createPolicy, isOutdated, type Policy } from './policy.ts'
import type { Bounds, SessionRecord } from './record.ts'
import { type PolicyFacts, toFacts } from './roles.ts'
import { type StandardSchema, validate } from './schema.ts'
import { Session } from './session.ts'
import { stateOf } from './session-data.ts'
import { changedInside, permanentOf, type SessionState } from './session-state.ts'
import {
  type Rules,
  rulesOf,
  type SessionOptions,
  type SessionRequest,
  type Sessions,
  type Settlement,
} from './sessions.ts'
import type { SessionStatus } from './status.ts'
import { withTerms } from './terms.ts'
import type { CookieFormat, TokenFormat } from './token.ts'

/** Hosts that browsers trust without https. */
const LOCAL = /^(?:localhost|[^:]*\.localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i
const UNTOUCHED: Settlement = Object.freeze({ setCookie: null, vary: false, noStore: false })
const LOOKED_AT: Settlement = Object.freeze({ setCookie: null, vary: true, noStore: false })

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
  readonly #cookie: Cookie
  readonly #clock: Clock
  readonly #policy: Policy
  readonly #fields: FieldPolicy
  readonly #activity: (source: ActivitySource) => Activity
  readonly #schema: StandardSchema<Data> | undefined
  readonly #rules: Rules
  readonly #refresh: boolean
  readonly #events = new Events()
  readonly #opener: Opener
  #warned = false

  constructor(options: SessionOptions<Data>, format: CookieFormat, cookie: Cookie) {
    this.#format = format
    this.#cookie = cookie
    this.#clock = options.clock ?? (() => Date.now() / 1000)
    this.#schema = options.schema
    this.#rules = rulesOf(options)
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
    this.#policy = createPolicy({ lifetime, grants, rules, failed })
    this.#fields = new FieldPolicy(this.policy.fields, rules)
    this.#activity = createActivity(options.activity, failed)
    this.#opener = new Opener({
      format,
      cookie,
      policy: this.#policy,
      fields: this.#fields,
      schema: options.schema,
      events: this.#events,
    })
  }

  open(request: SessionRequest): Session<Data> {
    const { cookie, plainHost } = request
    const activity = () => request.activity ?? this.#activity(request)
    const opening = { cookie: cookie ?? undefined, plainHost, activity }
    return new Session<Data>(this.#opener, opening, this.#clock())
  }

  commit(): void {}

  status(session: Session<Data>): SessionStatus {
    return statusOf(session, this.policy.idleAction)
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
    const inside = this.#noticeChanges(state, loaded.record)
    const untouched = state.accessed ? LOOKED_AT : UNTOUCHED
    if (isEmpty(loaded.record)) return state.modified ? this.#remove(state) : untouched
    const changed = inside || state.modified
    const dues = loaded.due && state.accessed
    if (!state.modified && !dues && !this.#slides(state, loaded)) return untouched
    const seenAt = this.#seenAt(state, loaded)
    if (seenAt === null) return untouched
    if (state.plainHost !== undefined) this.#warnOfPlainHttp(state.plainHost)
    const settlement = this.#write(loaded, seenAt, changed || loaded.due)
    this.#tell(state, loaded)
    return settlement
  }

  /** What was loaded; loads now when every request counts and a cookie came. */
  #wanted(state: SessionState): Found | null {
    if (this.#refresh && state.cookie !== undefined) {
      state.loaded ??= this.#opener.load(state.cookie, state.now)
    }
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
  #slides(state: SessionState, { isNew, locked, record, renewal, limits }: Found): boolean {
    if (isNew || locked || limits === null) return false
    if (renewal?.oldKey && this.#rules.renewOldKeys) return true
    if (!this.#format.throttled) return this.#refresh && this.#isPermanent(record)
    if (!state.accessed && !this.#refresh) return false
    return isSlideDue(record, limits.all, state.now) || isOutdated(record, limits)
  }

  /**
   * The time to be written down: now, or for what is not the user's activity the last one that
   * was; null where nothing may be written. A logout is always the user's.
   */
  #seenAt({ activity, deeds }: SessionState, { isNew, locked, record }: Found): number | null {
    const isLogout = deeds.some(({ name }) => name === 'destroyed')
    if (!locked && (isLogout || activity() === 'user')) return this.#clock()
    return isNew || deeds.length > 0 ? null : record.seenAt
  }

  #write({ record, renewal }: Found, now: number, changed: boolean): Settlement {
    const second = Math.floor(now)
    if (!this.#policy.keepsStart) record.createdAt = second
    record.seenAt = second
    const permanent = this.#isPermanent(record)
    const { permanentKey } = this.#format
    if (permanentKey !== null && permanent) {
      record.fields.set(permanentKey, record.fields.get(permanentKey) ?? true)
    }
    if (changed) this.#check(record)
    const { all, bounds } = this.#opener.limits(record)
    const restated = this.#state(record, bounds)
    const value =
      changed || restated || !renewal
        ? this.#format.encode(record, second)
        : this.#format.renew(renewal, record, second)
    const longest = this.#format.throttled ? undefined : Number.POSITIVE_INFINITY
    const expires = permanent ? expiryOf(record.createdAt, all, now, longest) : null
    const setCookie = this.#cookie.write(value, expires)
    this.#measure(value, setCookie)
    return { setCookie, vary: true, noStore: this.#rules.noStore }
  }

  /** Writes into the terms what the cookie is signed under; answers whether they now differ. */
  #state(record: SessionRecord, { idle, absolute }: Bounds): boolean {
    const before = record.terms
    this.#fields.pin(record)
    const signed = before?.signed ?? null
    const isBound = this.#format.throttled && idle + absolute > 0
    const isSame = isBound ? signed?.idle === idle && signed.absolute === absolute : signed === null
    if (!isSame) {
      record.terms = withTerms(record.terms, { signed: isBound ? { idle, absolute } : null })
    }
    return record.terms !== before
  }

  #isPermanent(record: SessionRecord): boolean {
    return permanentOf(record, this.#format.permanentKey)
  }

  #remove(state: SessionState): Settlement {
    this.#tell(state, null)
    return { setCookie: this.#cookie.remove(), vary: true, noStore: this.#rules.noStore }
  }

  /** Tells what was done in this request, once it is settled. */
  #tell({ deeds, now }: SessionState, loaded: Found | null): void {
    const told = loaded && toTold(loaded.record)
    const at = Math.floor(now)
    for (const { name, before, factor } of deeds) {
      if (name === 'destroyed') {
        this.#events.tell('ended', now, before, { reason: 'logout', at, field: null })
      } else if (name === 'renewed') {
        // Where no id rides in the cookie, there is none to renew.
        if (before.id !== null) this.#events.tell(name, now, told, { before: hashId(before.id) })
      } else this.#events.tell(name, now, told, { factor })
    }
    if (loaded?.isNew) this.#events.tell('created', now, told, {})
  }

  /** Once: browsers drop a Secure cookie there, all but on their own machine, and say nothing. */
  #warnOfPlainHttp(host: string): void {
    if (this.#warned || !this.#cookie.secure || LOCAL.test(host)) return
    this.#warned = true
    runtime.warn(
      'a Secure cookie was set over plain http, where browsers drop it. Serve https, or have the proxy send X-Forwarded-Proto.',
    )
  }

  #check(record: SessionRecord): void {
    const checked = this.#schema && validate(this.#schema, record.fields)
    if (checked && 'failed' in checked) {
      throw new SessionError(
        'invalid-data',
        `The session does not fit its schema at: ${checked.failed}.`,
      )
    }
  }

  #measure(value: string, line: string): void {
    const { maxCookieSize, oversize } = this.#rules
    const size = oversize === 'warn' ? line.length : this.#cookie.name.length + value.length
    if (maxCookieSize === 0 || size <= maxCookieSize) return
    const message = `The session's cookie has ${size} bytes and browsers drop it above ${maxCookieSize}. Keep less in the session.`
    if (oversize === 'throw') throw new SessionError('cookie-too-large', message)
    runtime.warn(message)
  }
}

/** Nothing in it and nobody's: such a session leaves the browser. */
const isEmpty = ({ fields, terms }: SessionRecord): boolean =>
  fields.size === 0 && (terms === null || terms.subject === null)
