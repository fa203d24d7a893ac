// Rows as sessions, and values as the one text in which a statement takes them.
import { isKept, isPast } from '../../core/judgement.ts'
import type { EndReason } from '../../core/record.ts'
import type { Reading, StoredSession } from '../../core/store.ts'

/** What a statement answers of a session. */
export interface Row {
  readonly id: string
  readonly subject: string | null
  /** Eight numbers, and of a tombstone its reason and the id that goes on: see `factsOf`. */
  readonly times: string
  readonly fields: string
}

/** A row that was asked for by its id. */
export interface ReadRow extends Omit<Row, 'id'> {
  /** Left out by the statement that never touches. */
  readonly touched?: boolean
}

/** Where the reason stands among the times, behind the numbers. */
const REASON = 8

export const toSession = ({ id, subject, times, fields }: Row): StoredSession =>
  sessionOf(id, subject, times.split(' '), fields)

function sessionOf(
  id: string,
  subject: string | null,
  times: readonly string[],
  fields: string,
): StoredSession {
  const read = JSON.parse(fields) as Record<string, string>
  const texts = new Map<string, string>()
  for (const key of Object.keys(read)) texts.set(key, read[key] ?? '')
  return {
    id,
    subject,
    createdAt: Number(times[0]),
    seenAt: Number(times[1]),
    idle: Number(times[2]),
    endsAt: Number(times[3]),
    throttle: Number(times[4]),
    checkAt: Number(times[5]),
    fields: texts,
  }
}

export function toReading(row: ReadRow | undefined, id: string, now: number): Reading {
  if (row === undefined) return { state: 'unknown' }
  const { subject, fields, touched = false } = row
  const times = row.times.split(' ')
  if (times.length === REASON) {
    const session = sessionOf(id, subject, times, fields)
    return isKept(session, now) ? { state: 'live', session, touched } : { state: 'over', session }
  }
  const [, at, , , , , until, cleanAt, reason, next = null] = times
  if (isPast(Number(cleanAt), now)) return { state: 'unknown' }
  const about = { at: Number(at), subject, next, until: Number(until) }
  return { state: 'ended', reason: reason as EndReason, ...about }
}

/** As JSON, in which what is undefined is left out. */
export const toJson = (value: object): string => JSON.stringify(value)

/** A table, a column or a function that is not there. */
export const isOutdated = (error: unknown): boolean =>
  ['42P01', '42703', '42883'].includes(String((error as { code?: unknown } | null)?.code))
