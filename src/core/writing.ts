// What is written: the session as a cookie, with its deadline; and what is said of cookies that browsers
// would drop.

import { runtime } from '#runtime'
import { SessionError } from './errors.ts'
import { expiryOf } from './judgement.ts'
import type { Found, Opener, OpenerParts } from './opening.ts'
import { createPlainHttpWarning } from './plain-http.ts'
import { activityOf, permanentOf, type SessionState } from './session-state.ts'
import type { Rules, Settlement } from './sessions.ts'
import { demandFit, restate, UNTOUCHED } from './settling.ts'
import type { CookieFormat } from './token.ts'

/** Made once with the manager. */
export class Writer {
  readonly #parts: OpenerParts
  readonly #format: CookieFormat
  readonly #opener: Opener
  readonly #rules: Rules
  readonly #warnOfPlainHttp: (host: string | undefined) => void

  constructor(parts: OpenerParts, format: CookieFormat, opener: Opener, rules: Rules) {
    this.#parts = parts
    this.#format = format
    this.#opener = opener
    this.#rules = rules
    this.#warnOfPlainHttp = createPlainHttpWarning(parts.cookie)
  }

  /**
   * The session as a cookie, as seen at `now`.
   *
   * @throws SessionError `not-serializable`, `invalid-data`, `cookie-too-large`
   */
  write(loaded: Found, state: SessionState, now: number, changed: boolean): Settlement {
    const { record, renewal, isNew } = loaded
    this.#warnOfPlainHttp(state.request.plainHost)
    const second = Math.floor(now)
    // Proofs are told by the login that they came with, so its time is kept.
    const keepsStart = this.#parts.policy.keepsStart || (record.terms?.proofs.size ?? 0) > 0
    if (!keepsStart) record.createdAt = second
    record.seenAt = second
    if (isNew && !state.saidPermanent) record.permanent = this.#opener.limitsOf(record).permanent
    const { permanentKey } = this.#format
    const permanent = permanentOf(record, permanentKey)
    if (permanentKey !== null && permanent) {
      record.fields.set(permanentKey, record.fields.get(permanentKey) ?? true)
    }
    if (changed) demandFit(this.#parts.schema, record)
    const { all, bounds } = this.#opener.limitsOf(record)
    const isActivity = activityOf(state) === 'user'
    const restated = this.#format.throttled && restate(record, bounds, isActivity)
    const value =
      changed || restated || !renewal
        ? this.#format.encode(record, second)
        : this.#format.renew(renewal, record, second)
    const longest = this.#format.throttled ? undefined : Number.POSITIVE_INFINITY
    const kept = permanent ? this.#parts.fields.keptUntil(record) : null
    const expires = permanent ? expiryOf(record.createdAt, all, now, longest, kept) : null
    const setCookie = this.#parts.cookie.write(value, expires)
    this.#measure(value, setCookie)
    return { ...UNTOUCHED, setCookie, vary: true, noStore: this.#rules.noStore }
  }

  /** Takes the cookie back. */
  remove(): Settlement {
    return {
      ...UNTOUCHED,
      setCookie: this.#parts.cookie.remove(),
      vary: true,
      noStore: this.#rules.noStore,
    }
  }

  #measure(value: string, line: string): void {
    const { maxCookieSize, oversize } = this.#rules
    const size = oversize === 'warn' ? line.length : this.#parts.cookie.name.length + value.length
    if (maxCookieSize === 0 || size <= maxCookieSize) return
    const message = `The session's cookie has ${size} bytes and browsers drop it above ${maxCookieSize}. Keep less in the session.`
    if (oversize === 'throw') throw new SessionError('cookie-too-large', message)
    runtime.warn(message)
  }
}
