// From a Cookie header to the session that the cookie itself carries: verified, decoded, admitted.
import { runtime } from '#runtime'
import { judge } from './judgement.ts'
import { type Found, Opener, type OpenerParts } from './opening.ts'
import type { SessionState } from './session-state.ts'
import type { Awaitable } from './store.ts'
import { type CookieFormat, isRefusal } from './token.ts'

const ID_BYTES = 16

export class CookieOpener extends Opener {
  readonly #format: CookieFormat
  readonly #parts: OpenerParts

  constructor(parts: OpenerParts, format: CookieFormat) {
    super(parts)
    this.#format = format
    this.#parts = parts
  }

  load(header: string | undefined, now: number): Found {
    const format = this.#format
    const cookie = header === undefined ? undefined : this.#parts.cookie.read(header)
    if (!cookie) return this.fresh(now, null)
    if (cookie.length > format.longest) return this.refused(now, 'malformed', 'too-long')
    const opened = format.open(cookie)
    if (isRefusal(opened)) return this.refused(now, opened.reason, opened.detail)
    const record = format.decode(opened)
    if (!isRefusal(record)) return this.admit(record, now, opened)
    // A cookie past its time is told so, whatever is in it.
    const { seenAt } = opened
    const early = judge({ createdAt: seenAt, seenAt }, this.#parts.policy.early, now)
    return early.live
      ? this.refused(now, record.reason, record.detail)
      : this.over(now, early, null)
  }

  /** Nothing to wait for, but where somebody may have ended the session. */
  fetch?(state: SessionState): Awaitable<void>

  newId(): string | null {
    return this.#format.carriesId ? runtime.random(ID_BYTES) : null
  }
}
