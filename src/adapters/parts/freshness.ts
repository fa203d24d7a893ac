// What a guard asks for, checked when the guard is made and not at the first request.
import { type FreshnessProblem, problemOf } from '../../core/answers.ts'
import { toSeconds } from '../../core/duration.ts'
import { SessionError } from '../../core/errors.ts'
import type { Freshness } from '../../core/proof.ts'
import type { Session } from '../../core/session.ts'

/** What a session misses; null where it may pass. */
export type Guard = <Data extends object>(session: Session<Data>) => FreshnessProblem | null

const NONE = {} as Freshness

/** @throws SessionError `bad-duration`, `bad-option` for what nobody could ever prove. */
export function toGuard({ within, factor }: Freshness = NONE): Guard {
  if (toSeconds(within, 'within') < 1) {
    throw new SessionError('bad-duration', 'within must be a second or more: write { minutes: 5 }.')
  }
  if (factor !== undefined && (typeof factor !== 'string' || factor === '')) {
    throw new SessionError(
      'bad-option',
      "factor must be the word that authenticate is given, such as 'password'; leave it out for any.",
    )
  }
  const freshness = { within, factor }
  return (session) => problemOf(session, freshness)
}
