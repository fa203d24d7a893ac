// What is answered about a session: its status to a browser, which proof a guard misses, and that the
// store cannot be asked.

import { toSeconds } from './duration.ts'
import type { Freshness } from './proof.ts'
import type { IdleAction } from './roles.ts'
import type { Session } from './session.ts'
import type { SessionStatus } from './status.ts'

/** What a guard asks for, as a problem of RFC 9457: the body of its 401. */
export interface FreshnessProblem {
  readonly type: 'urn:sojourn:problem:authentication-required'
  readonly title: string
  readonly status: 401
  readonly detail: string
  /** Nobody has authenticated; somebody has, but too long ago or otherwise; or the session is locked. */
  readonly reason: 'unauthenticated' | 'stale' | 'locked'
  /** The factor that is asked for; null for any. */
  readonly factor: string | null
  /** The most seconds that its proof may be old. */
  readonly within: number
  /** How many seconds old it is; null where it was never given. */
  readonly age: number | null
}

const DETAILS = {
  unauthenticated: 'Authenticate, then repeat the request.',
  stale: 'Authenticate again, then repeat the request.',
  locked: 'The session is locked after inactivity. Authenticate again, then repeat the request.',
} as const

/** What a request misses for a guard; null where nothing is missing. */
export function problemOf<Data extends object>(
  session: Session<Data>,
  freshness: Freshness,
): FreshnessProblem | null {
  if (session.isFresh(freshness)) return null
  const provenAt = session.provenAt(freshness.factor)
  const reason = session.locked
    ? 'locked'
    : session.provenAt() === null
      ? 'unauthenticated'
      : 'stale'
  return {
    type: 'urn:sojourn:problem:authentication-required',
    title: 'Authentication required',
    status: 401,
    detail: DETAILS[reason],
    reason,
    factor: freshness.factor ?? null,
    within: toSeconds(freshness.within, 'within'),
    age: provenAt === null ? null : session.explain().now - provenAt,
  }
}

/** What a request gets whose session the store cannot be asked for, or cannot keep: the body of a 503. */
export const UNAVAILABLE = Object.freeze({
  type: 'urn:sojourn:problem:store-unavailable',
  title: 'Service unavailable',
  status: 503,
  detail: 'Sessions cannot be read or saved at the moment. Repeat the request in a few seconds.',
} as const)

/** Why the session is over that a request would have written to: see `Settlement.ended`. */
export const ENDED_HEADER = 'Sojourn-Ended'

/** What some of the problems say besides: a 401 asks for a challenge, a 503 when to come back. */
const BESIDES: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Session' },
  503: { 'retry-after': '5' },
}

/** The headers of a problem; no cache may keep it. */
export const problemHeaders = (status: number): Readonly<Record<string, string>> => ({
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  ...BESIDES[status],
})

/** See `Sessions.status`. */
export function statusOf<Data extends object>(
  session: Session<Data>,
  idleAction: IdleAction,
): SessionStatus {
  const { isNew, locked, ended, permanent } = session
  const { now, endsAt, because } = session.explain()
  const over = ended && { reason: ended.reason, at: ended.at, ago: ended.ago }
  const begins = session.modified && (session.size > 0 || session.subject !== null)
  if (isNew && !begins) {
    return {
      state: 'none',
      now,
      endsAt: null,
      because: null,
      action: null,
      permanent: false,
      ended: over,
    }
  }
  const isLocking = idleAction === 'lock' && because === 'idle'
  return {
    state: locked ? 'locked' : 'live',
    now,
    endsAt,
    because: because === 'future' ? null : because,
    action: endsAt === null ? null : isLocking ? 'lock' : 'end',
    permanent,
    ended: over,
  }
}
