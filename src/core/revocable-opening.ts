// Sessions that cookies carry and that can be ended all the same: each is held against the instant
// before which its subject's sessions are over.
import { CookieOpener } from './cookie-opening.ts'
import { SessionError } from './errors.ts'
import { isAhead } from './judgement.ts'
import { after, orElse } from './later.ts'
import { endsSession, type Instant, type NotBefore } from './not-before.ts'
import type { Found, OpenerParts } from './opening.ts'
import type { SessionState } from './session-state.ts'
import type { Awaitable } from './store.ts'
import { withTerms } from './terms.ts'
import type { CookieFormat } from './token.ts'

export class RevocableOpener extends CookieOpener {
  readonly #parts: OpenerParts
  readonly #notBefore: NotBefore
  readonly #failure: 'refuse' | 'anonymous'

  constructor(
    parts: OpenerParts,
    format: CookieFormat,
    notBefore: NotBefore,
    failure: 'refuse' | 'anonymous',
  ) {
    super(parts, format)
    this.#parts = parts
    this.#notBefore = notBefore
    this.#failure = failure
  }

  override load(header: string | undefined, now: number): Found {
    const found = super.load(header, now)
    if (subjectOf(found) === null) return found
    throw new SessionError(
      'not-loaded',
      'The session was looked at before its subject was asked for: `await sessions.load(session)` in an adapter, `await session.load()` with `lazy`.',
    )
  }

  override fetch(state: SessionState): Awaitable<void> {
    if (state.loaded !== null) return
    const { now } = state
    const found = super.load(state.request.cookie ?? undefined, now)
    const subject = subjectOf(found)
    const loaded = orElse(
      () =>
        subject === null
          ? found
          : after(this.#notBefore.of(subject), (instant) => this.#hold(found, instant, now)),
      (error) => this.#failed(now, error),
    )
    return after(loaded, (found) => {
      state.loaded ??= found
    })
  }

  #hold(found: Found, instant: Instant, now: number): Found {
    const { at } = instant
    const { record } = found
    const { createdAt, terms } = record
    if (!endsSession(instant, record)) {
      // It is known by its id, which may change: its cookie says so once it is written anew.
      if (!isAhead(createdAt, at)) record.terms = withTerms(terms, { spared: at })
      return found
    }
    const ended = { reason: 'revoked', at, subject: terms?.subject ?? null } as const
    const ago = Math.max(0, Math.floor(now) - at)
    return this.fresh(now, { ...ended, ago, fields: [], detail: 'not-before' })
  }

  /** @throws SessionError where a request whose session cannot be checked is refused. */
  #failed(now: number, error: unknown): Found {
    this.#parts.events.emit('unavailable', { now: Math.floor(now), during: 'load', error })
    if (this.#failure === 'refuse') throw error
    return { ...this.fresh(now, null), isDetached: true }
  }
}

const subjectOf = ({ record, isNew }: Found): string | null =>
  isNew ? null : (record.terms?.subject ?? null)
