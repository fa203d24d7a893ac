// How long a store keeps a session: at least until the policy ends it, and longer for what outlives it.
import type { FieldPolicy } from './fields.ts'
import { isPast, type Judgement, judge, LAST_SECOND, LONGEST_COOKIE } from './judgement.ts'
import type { Policy } from './policy.ts'
import type { SessionRecord } from './record.ts'
import type { Keeping, StoredSession, ValueCodec } from './store.ts'
import { toRecord } from './stored.ts'

/** No touch is ever due: the store does not slide it at reading, and activity is written by a command of its own. */
export const NEVER_TOUCHED = 1e12
/** Without an idle limit nothing needs the last activity; lists of sessions show it. */
const UNLIMITED_THROTTLE = 600

/** How long a tombstone is kept: longer than any request lives. */
export const TOMBSTONE_SECONDS = 3600

export type KeepingBounds = Pick<Keeping, 'idle' | 'endsAt' | 'throttle'>

/** What keeping asks of the policy. */
export interface KeepingRules {
  readonly policy: Policy
  readonly fields: FieldPolicy
  /**
   * Whether the store may slide a session as it reads it: not where it keeps sessions beyond their
   * idle limit, which a touch would revive.
   */
  readonly touchable: boolean
}

export function boundsToKeep(record: SessionRecord, rules: KeepingRules): KeepingBounds {
  const { policy, fields, touchable } = rules
  const limits = policy.limitsOf(record, record.permanent).all
  let idle = 0
  let endsAt = LAST_SECOND
  let throttle = UNLIMITED_THROTTLE
  for (const limit of limits) {
    if (limit.source === 'signed') continue
    if (limit.clock === 'absolute') {
      endsAt = Math.min(endsAt, (limit.from ?? record.createdAt) + limit.seconds)
      continue
    }
    throttle = Math.min(throttle, limit.allowance)
    const seconds = limit.seconds + limit.allowance
    if (!limit.locks) idle = idle === 0 ? seconds : Math.min(idle, seconds)
  }
  // A value whose idle time is over must go in the same step in which the session slides.
  const isSlid = touchable && !Number.isFinite(fields.allowanceIn(record))
  const kept = fields.keptUntil(record)
  if (kept !== null) {
    // What is kept without a limit goes when a browser would forget it.
    const seconds = Math.ceil(Math.min(kept - record.seenAt, LONGEST_COOKIE))
    if (idle > 0) idle = Math.max(idle, seconds)
    endsAt = Math.min(Math.max(endsAt, record.seenAt + seconds), LAST_SECOND)
  }
  return { idle, endsAt, throttle: isSlid ? throttle : NEVER_TOUCHED }
}

/**
 * When the sweep has something to do with a live session: at the second after the earliest end of a field, or of
 * the session itself where something outlives it; 0 for never.
 */
export function lookAt(
  record: SessionRecord,
  { policy, fields }: KeepingRules,
  now: number,
): number {
  const ends = fields.ends(record).map(({ endsAt }) => endsAt)
  if (fields.keptUntil(record) !== null) {
    const limits = policy.limitsOf(record, record.permanent).all
    ends.push(
      judge(
        record,
        limits.filter(({ locks }) => !locks),
        now,
      ).endsAt ?? LAST_SECOND,
    )
  }
  const next = Math.min(...ends.filter((endsAt) => !isPast(endsAt, now)))
  return Number.isFinite(next) && next < LAST_SECOND ? next + 1 : 0
}

export interface Judged {
  readonly record: SessionRecord
  readonly judgement: Judgement
}

/** What the policy says of a session that a store still has; null where it cannot be read. */
export function judgeStored(
  stored: StoredSession,
  { policy, values }: { readonly policy: Policy; readonly values: ValueCodec },
  now: number,
): Judged | null {
  const record = toRecord(stored, null, values, now)
  return record && { record, judgement: judgeRecord(record, policy, now) }
}

export const judgeRecord = (record: SessionRecord, policy: Policy, now: number): Judgement =>
  judge(record, policy.limitsOf(record, record.permanent).all, now)
