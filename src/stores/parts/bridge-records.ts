// What a bridge keeps: a session, or the tombstone of one, as plain data that survives JSON.
import { isKept, isPast, keptUntil } from '../../core/judgement.ts'
import type {
  Ending,
  Keeping,
  Live,
  OverSession,
  Patch,
  StoredSession,
  Tombstone,
  Unknown,
} from '../../core/store.ts'
import { earlier, overlay } from './changes.ts'
import { isEndReason } from './end-reasons.ts'

/** Fields are pairs: as keys of an object some would change their order, and some their meaning. */
type KeptSession = Omit<StoredSession, 'fields' | 'fieldEnds'> & {
  readonly fields: readonly (readonly [string, string])[]
}

/** `endsAt` is the last second in which it is kept. */
type KeptTombstone = Omit<Tombstone, 'state'> & { readonly endsAt: number }

export type BridgeRecord = { readonly session: KeptSession } | { readonly tombstone: KeptTombstone }

export type Found = (Live & { readonly touched: false }) | OverSession | Tombstone | Unknown

export const UNKNOWN: Unknown = Object.freeze({ state: 'unknown' })

export function recordOf(session: StoredSession): BridgeRecord {
  const { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt } = session
  const fields = [...session.fields]
  return { session: { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields } }
}

/** @param next the session that goes on, and until when it is led to. */
export function tombstoneOf(
  { subject }: StoredSession,
  { reason, keep }: Ending,
  now: number,
  next: string | null = null,
  until = 0,
): BridgeRecord {
  return { tombstone: { reason, at: now, subject, next, until, endsAt: now + keep } }
}

/** For how many seconds it must be there. @param retention seconds for which what is over is kept. */
export function secondsLeft(record: BridgeRecord, now: number, retention: number): number {
  const last = 'session' in record ? keptUntil(record.session) + retention : record.tombstone.endsAt
  return Math.max(1, Math.ceil(last + 1 - now))
}

/** What was kept under an id; `unknown` also for what is none of ours. */
export function readRecord(kept: unknown, id: string, now: number, retention: number): Found {
  const { session, tombstone } = Object(kept) as Partial<Record<string, unknown>>
  if (isTombstone(tombstone)) {
    const { reason, at, subject, next, until, endsAt } = tombstone
    if (isPast(endsAt, now)) return UNKNOWN
    return { state: 'ended', reason, at, subject, next, until }
  }
  if (!isSession(session) || session.id !== id) return UNKNOWN
  const found = { ...session, fields: new Map(session.fields) }
  if (isKept(found, now)) return { state: 'live', session: found, touched: false }
  if (isPast(keptUntil(found) + retention, now)) return UNKNOWN
  return { state: 'over', session: found }
}

/** The session after a patch. */
export function patched(session: StoredSession, patch: Patch): StoredSession {
  const { set, deleted, seenAt = 0, bounds, checkAt = 0, recheck } = patch
  const checked = recheck?.from === session.checkAt ? recheck.to : session.checkAt
  return {
    ...session,
    ...bounds,
    seenAt: Math.max(session.seenAt, seenAt),
    checkAt: earlier(checked, checkAt),
    fields: overlay(session.fields, deleted, set),
  }
}

type Unchecked<Shape> = { readonly [Key in keyof Shape]?: unknown }

const KEEPING: readonly (keyof Keeping)[] = ['seenAt', 'idle', 'endsAt', 'throttle']

function isSession(kept: unknown): kept is KeptSession {
  const session: Unchecked<KeptSession> = Object(kept)
  return (
    typeof session.id === 'string' &&
    isSubject(session.subject) &&
    [...KEEPING, 'createdAt' as const, 'checkAt' as const].every(
      (key) => typeof session[key] === 'number',
    ) &&
    Array.isArray(session.fields) &&
    session.fields.every(isField)
  )
}

function isTombstone(kept: unknown): kept is KeptTombstone {
  const { reason, at, subject, next, until, endsAt }: Unchecked<KeptTombstone> = Object(kept)
  return (
    isEndReason(reason) &&
    isSubject(subject) &&
    (next === null || typeof next === 'string') &&
    [at, until, endsAt].every((second) => typeof second === 'number')
  )
}

const isField = (field: unknown): boolean =>
  Array.isArray(field) &&
  field.length === 2 &&
  typeof field[0] === 'string' &&
  typeof field[1] === 'string'

const isSubject = (subject: unknown): boolean => subject === null || typeof subject === 'string'
