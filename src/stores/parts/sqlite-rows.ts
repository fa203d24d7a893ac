// What a row of a SQLite store says: a session, or the tombstone of one.
import { SessionError } from '../../core/errors.ts'
import { isKept, isPast, keptUntil } from '../../core/judgement.ts'
import type { EndReason } from '../../core/record.ts'
import type { Live, OverSession, StoredSession, Tombstone, Unknown } from '../../core/store.ts'
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
    if (isKept(session, now)) return { state: 'live', session, touched: false }
    return isPast(keptUntil(session) + retention, now) ? UNKNOWN : { state: 'over', session }
  }
  if (!isKept({ seenAt: at, idle: 0, endsAt, throttle: 0 }, now)) return UNKNOWN
  return { state: 'ended', reason, at, subject, next, until }
}

export function toSession(row: Row): StoredSession {
  const [id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, text] =
    row as unknown as Columns
  const fields = readFields(text)
  return { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields }
}

/** Keys and texts in turn: an object would put some keys before others, and give meaning to some. */
export function writeFields(fields: ReadonlyMap<string, string>): string {
  return JSON.stringify([...fields].flat())
}

function readFields(text: string): Map<string, string> {
  const parts = parse(text)
  const fields = new Map<string, string>()
  for (let at = 1; at < parts.length; at += 2) {
    fields.set(parts[at - 1] as string, parts[at] as string)
  }
  return fields
}

function parse(text: string): readonly string[] {
  try {
    return JSON.parse(text)
  } catch {
    // The error of the parser would show what is in it.
    throw new SessionError('store-unavailable', 'A session in this SQLite database is damaged.')
  }
}
