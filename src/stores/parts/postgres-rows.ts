// Rows as sessions, and values as the one text in which a statement takes them.
import { isKept, isPast } from '../../core/judgement.ts'
import type { EndReason } from '../../core/record.ts'
import type { Reading, StoredSession } from '../../core/store.ts'

/** What a statement answers of a session; drivers hand out bigints as text. */
export interface Row {
  readonly id: string
  readonly subject: string | null
  readonly created_at: string
  readonly seen_at: string
  readonly idle: string
  readonly ends_at: string
  readonly throttle: string
  readonly check_at: string
  readonly fields: string
}

interface ReadRow extends Row {
  readonly ended: EndReason | null
  readonly next: string | null
  readonly until: string
  readonly clean_at: string
  readonly touched: boolean
}

export const toSession = (row: Row): StoredSession => ({
  id: row.id,
  subject: row.subject,
  createdAt: Number(row.created_at),
  seenAt: Number(row.seen_at),
  idle: Number(row.idle),
  endsAt: Number(row.ends_at),
  throttle: Number(row.throttle),
  checkAt: Number(row.check_at),
  fields: new Map(Object.entries(JSON.parse(row.fields) as Record<string, string>)),
})

export function toReading(row: Row | undefined, now: number): Reading {
  if (row === undefined) return { state: 'unknown' }
  const { ended, subject, seen_at, next, until, clean_at, touched } = row as ReadRow
  if (ended === null) {
    const session = toSession(row)
    return isKept(session, now) ? { state: 'live', session, touched } : { state: 'over', session }
  }
  if (isPast(Number(clean_at), now)) return { state: 'unknown' }
  return { state: 'ended', reason: ended, at: Number(seen_at), subject, next, until: Number(until) }
}

/** As JSON, in which what is undefined is left out. */
export const toJson = (value: object): string => JSON.stringify(value)

/** A table, a column or a function that is not there. */
export const isOutdated = (error: unknown): boolean =>
  ['42P01', '42703', '42883'].includes(String((error as { code?: unknown } | null)?.code))
