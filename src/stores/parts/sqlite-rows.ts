// What a row of a SQLite store says: a session, or the tombstone of one.
import { isKept, isPast, keptUntil } from '../../core/judgement.ts'
import type { EndReason } from '../../core/record.ts'
import type { Live, OverSession, StoredSession, Tombstone, Unknown } from '../../core/store.ts'
import { isEndReason } from './end-reasons.ts'
import type { Row } from './sqlite-connection.ts'

export type RowState = (Live & { readonly touched: false }) | OverSession | Tombstone | Unknown

export const UNKNOWN: Unknown = Object.freeze({ state: 'unknown' })

/** In the order of the columns that statements ask for. */
type Columns = readonly [
  id: string,
  subject: string | null,
  createdAt: number,
  seenAt: number,
  idle: number,
  endsAt: number,
  throttle: number,
  checkAt: number,
  fields: string,
  reason: EndReason | null,
  next: string | null,
  until: number,
]

/** @param retention seconds for which what is over is kept. */
export function toState(row: Row | undefined, now: number, retention: number): RowState {
  if (row === undefined) return UNKNOWN
  const [, subject, , at, , endsAt, , , , reason, next, until] = row as unknown as Columns
  if (reason === null) {
    const session = toSession(row)
    if (session === null) return UNKNOWN
    if (isKept(session, now)) return { state: 'live', session, touched: false }
    return isPast(keptUntil(session) + retention, now) ? UNKNOWN : { state: 'over', session }
  }
  const isThere = isEndReason(reason) && isKept({ seenAt: at, idle: 0, endsAt, throttle: 0 }, now)
  return isThere ? { state: 'ended', reason, at, subject, next, until } : UNKNOWN
}

/** Null for what is none of ours. */
export function toSession(row: Row): StoredSession | null {
  const [id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, text] =
    row as unknown as Columns
  const fields = readFields(text)
  return fields && { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields }
}

/** Those of ours. */
export const toSessions = (rows: readonly Row[]): StoredSession[] =>
  rows.map(toSession).filter((session) => session !== null)

/** Keys and texts in turn: an object would put some keys before others, and give meaning to some. */
export function writeFields(fields: ReadonlyMap<string, string>): string {
  return JSON.stringify([...fields].flat())
}

function readFields(text: string): Map<string, string> | null {
  const parts = parse(text)
  if (!Array.isArray(parts)) return null
  const fields = new Map<string, string>()
  for (let at = 1; at < parts.length; at += 2) {
    const [key, value] = [parts[at - 1], parts[at]]
    if (typeof key !== 'string' || typeof value !== 'string') return null
    fields.set(key, value)
  }
  return fields
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
