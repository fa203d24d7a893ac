// What is written: the session as a cookie, with its deadline; and what is said of cookies that browsers
// would drop.

import { runtime } from '#runtime'
import { SessionError } from './errors.ts'
import { expiryOf } from './judgement.ts'
import { stricterOf } from './lifetime.ts'
import type { Found, Opener, OpenerParts } from './opening.ts'
import { isSame } from './policy.ts'
import type { SessionRecord, SignedBounds } from './record.ts'
import { validate } from './schema.ts'
import { activityOf, permanentOf, type SessionState } from './session-state.ts'
import type { Rules, Settlement } from './sessions.ts'
import { withTerms } from './terms.ts'

/** Hosts that browsers trust without https. */
const LOCAL = /^(?:localhost|[^:]*\.localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i

/** Made once with the manager. */
export class Writer {
  readonly #parts: OpenerParts
  readonly #opener: Opener
  readonly #rules: Rules
  #warned = false

  constructor(parts: OpenerParts, opener: Opener, rules: Rules) {
    this.#parts = parts
    this.#opener = opener
    this.#rules = rules
  }

  /**
   * The session as a cookie, as seen at `now`.
   *
   * @throws SessionError `not-serializable`, `invalid-data`, `cookie-too-large`
   */
  write(loaded: Found, state: SessionState, now: number, changed: boolean): Settlement {
    const { record, renewal, isNew } = loaded
    const { plainHost } = state.request
    if (plainHost !== undefined) this.#warnOfPlainHttp(plainHost)
    const second = Math.floor(now)
    // Proofs are told by the login that they came with, so its time is kept.
    const keepsStart = this.#parts.policy.keepsStart || (record.terms?.proofs.size ?? 0) > 0
    if (!keepsStart) record.createdAt = second
    record.seenAt = second
    if (isNew && !state.saidPermanent) record.permanent = this.#opener.limitsOf(record).permanent
    const { permanentKey } = this.#parts.format
    const permanent = permanentOf(record, permanentKey)
    if (permanentKey !== null && permanent) {
      record.fields.set(permanentKey, record.fields.get(permanentKey) ?? true)
    }
    if (changed) this.#check(record)
    const { all, bounds } = this.#opener.limitsOf(record)
    const isActivity = activityOf(state) === 'user'
    const restated = this.#state(record, isActivity ? bounds : stricter(record, bounds))
    const value =
      changed || restated || !renewal
        ? this.#parts.format.encode(record, second)
        : this.#parts.format.renew(renewal, record, second)
    const longest = this.#parts.format.throttled ? undefined : Number.POSITIVE_INFINITY
    const kept = permanent ? this.#parts.fields.keptUntil(record) : null
    const expires = permanent ? expiryOf(record.createdAt, all, now, longest, kept) : null
    const setCookie = this.#parts.cookie.write(value, expires)
    this.#measure(value, setCookie)
    return { setCookie, vary: true, noStore: this.#rules.noStore }
  }

  /** Writes into the terms what the cookie is signed under; answers whether that differs. */
  #state(record: SessionRecord, bounds: SignedBounds): boolean {
    const before = record.terms?.signed ?? null
    const isBound = this.#parts.format.throttled && bounds.idle + bounds.absolute > 0
    if (isBound ? before !== null && isSame(before, bounds) : before === null) return false
    record.terms = withTerms(record.terms, { signed: isBound ? bounds : null })
    return true
  }

  /** Takes the cookie back. */
  remove(): Settlement {
    return { setCookie: this.#parts.cookie.remove(), vary: true, noStore: this.#rules.noStore }
  }

  /** Once: browsers drop a Secure cookie there, all but on their own machine, and say nothing. */
  #warnOfPlainHttp(host: string): void {
    if (this.#warned || !this.#parts.cookie.secure || LOCAL.test(host)) return
    this.#warned = true
    runtime.warn(
      'a Secure cookie was set over plain http, where browsers drop it. Serve https, or have the proxy send X-Forwarded-Proto.',
    )
  }

  #check(record: SessionRecord): void {
    const checked = this.#parts.schema && validate(this.#parts.schema, record.fields)
    if (checked && 'failed' in checked) {
      throw new SessionError(
        'invalid-data',
        `The session does not fit its schema at: ${checked.failed}.`,
      )
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

/** What is not the user's activity keeps what the cookie was signed under, where that is stricter. */
function stricter({ terms }: SessionRecord, bounds: SignedBounds): SignedBounds {
  const signed = terms?.signed ?? null
  if (signed === null) return bounds
  return { ...stricterOf(signed, bounds), locks: signed.locks && bounds.locks }
}
