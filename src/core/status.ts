// What a browser may know of its session. Types only.
import type { EndReason } from './record.ts'

/** When a session ends, and why the one before did. Times are epoch seconds of the server. */
export interface SessionStatus {
  /** `none`: there is no session, or it has ended. */
  readonly state: 'none' | 'live' | 'locked'
  /** The server's time, from which to count: the browser's own clock may be wrong. */
  readonly now: number
  /** The last second without further activity; null without a session or a limit. */
  readonly endsAt: number | null
  /** The clock that decides it. */
  readonly because: 'idle' | 'absolute' | null
  /** What happens then. */
  readonly action: 'end' | 'lock' | null
  readonly permanent: boolean
  /** How the session before this one ended; null when none did. */
  readonly ended: {
    readonly reason: EndReason
    readonly at: number | null
    readonly ago: number | null
  } | null
}
