// The way through: open a request's session, settle it when headers leave, commit what is stored.

import { runtime } from '#runtime'
import { type Cookie, checkCrossSite, createCookie } from './cookie.ts'
import { SessionError } from './errors.ts'
import { Events, type SessionEvents } from './events.ts'
import { toSecretKeys } from './keys.ts'
import { type Clock, DEFAULT_LIFETIME, expiryOf, isSlideDue } from './lifetime.ts'
import { type Found, Opener } from './opening.ts'
import { createPolicy, type Policy } from './policy.ts'
import type { SessionRecord } from './record.ts'
import { type StandardSchema, validate } from './schema.ts'
import { Session, stateOf } from './session.ts'
import { changedInside, permanentOf, type SessionState } from './session-state.ts'
import {
  type Rules,
  rulesOf,
  type SessionOptions,
  type SessionRequest,
  type Sessions,
  type Settlement,
} from './sessions.ts'
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
  readonly #format: CookieFormat
  readonly #cookie: Cookie
  readonly #clock: Clock
  readonly #policy: Policy
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
    this.#policy = createPolicy(
      options.lifetime ?? DEFAULT_LIFETIME,
      { throttled: format.throttled && !this.#refresh, anyLength: !format.throttled },
      (error) => this.#events.emit('failed', { now: Math.floor(this.#clock()), error }),
    )
    this.#opener = new Opener({
      format,
      cookie,
      policy: this.#policy,
      schema: options.schema,
      events: this.#events,
    })
  }

  open(request: SessionRequest): Session<Data> {
    const { cookie, plainHost } = request
    return new Session<Data>(this.#opener, cookie ?? undefined, this.#clock(), plainHost)
  }

  commit(): void {}

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
    const changed = this.#noticeChanges(state, loaded.record)
    if (loaded.record.fields.size === 0) {
      return state.modified ? this.#remove(state) : state.accessed ? LOOKED_AT : UNTOUCHED
    }
    const { renewal } = loaded
    if (
      !state.modified &&
      !this.#slides(state, loaded) &&
      !(renewal?.oldKey && this.#rules.renewOldKeys)
    ) {
      return state.accessed ? LOOKED_AT : UNTOUCHED
    }
    this.#tellOfEnd(state)
    if (state.plainHost !== undefined) this.#warnOfPlainHttp(state.plainHost)
    return this.#write(loaded, changed || state.modified)
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
  #slides(state: SessionState, { isNew, record }: Found): boolean {
    if (isNew) return false
    if (!this.#format.throttled) return this.#refresh && permanentOf(record, this.#opener)
    return (
      (state.accessed || this.#refresh) &&
      isSlideDue(record, this.#opener.limitsOf(record), state.now)
    )
  }

  #write({ isNew, record, renewal }: Found, changed: boolean): Settlement {
    const now = this.#clock()
    const second = Math.floor(now)
    if (!this.#policy.keepsStart) record.createdAt = second
    const { permanentKey } = this.#format
    const permanent = permanentOf(record, this.#opener)
    if (permanentKey !== null && permanent) {
      record.fields.set(permanentKey, record.fields.get(permanentKey) ?? true)
    }
    if (changed) this.#check(record)
    const value =
      changed || !renewal
        ? this.#format.encode(record, second)
        : this.#format.renew(renewal, record, second)
    const longest = this.#format.throttled ? undefined : Number.POSITIVE_INFINITY
    const expires = permanent
      ? expiryOf(record.createdAt, this.#opener.limitsOf(record), now, longest)
      : null
    const setCookie = this.#cookie.write(value, expires)
    this.#measure(value, setCookie)
    if (isNew) this.#events.emit('created', { now: second })
    return { setCookie, vary: true, noStore: this.#rules.noStore }
  }

  #remove(state: SessionState): Settlement {
    this.#tellOfEnd(state)
    return { setCookie: this.#cookie.remove(), vary: true, noStore: this.#rules.noStore }
  }

  #tellOfEnd({ destroyed, now }: SessionState): void {
    const second = Math.floor(now)
    if (destroyed) this.#events.emit('ended', { now: second, reason: 'logout', at: second })
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
