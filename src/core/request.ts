// A request, as far as a session cares.
import type { Activity, ActivitySource } from './activity.ts'

/** What a session is opened for. Without `header` each request is the user's activity. */
export interface SessionRequest extends ActivitySource {
  /** The Cookie header; several lines joined with `; `. */
  readonly cookie?: string | null | undefined
  /** The host, if the request came over plain http: a Secure cookie cannot be set there. */
  readonly plainHost?: string | undefined
  /** Whether this is the user's activity, where the caller knows. @default what `activity` says */
  readonly activity?: Activity | undefined
}
