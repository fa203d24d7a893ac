// The arguments of the scripts that change sessions, and what their answers mean.
import type {
  Conflict,
  Created,
  CreateTerms,
  EndedNow,
  FieldEnds,
  From,
  Patch,
  Patched,
  SingleEnding,
  StoredSession,
} from '../../core/store.ts'
import { expectations, readTombstone, UNKNOWN, writeSession } from './redis-records.ts'
import type { Answer } from './redis-runner.ts'

type Arg = string | number
type Fields = ReadonlyMap<string, string>

const DONE = Object.freeze({ state: 'done' } as const)

/** When a server drops single fields by itself. */
export interface FieldExpiry {
  readonly now: number
  /** Seconds after a field's end. */
  readonly retention: number
}

/** Some thirty years. Redis refuses to drop a field so late that the session is gone anyway. */
const FAR = 1e9

/**
 * Fields as a script takes them: how many lie apart; those to be deleted, those to be set, those to be set
 * until an end.
 */
function changes(
  set: Fields,
  deleted: readonly string[],
  ends: FieldEnds | undefined,
  expiry: FieldExpiry | null,
): Arg[] {
  const kept: Arg[] = []
  const apart: Arg[] = []
  const gone = [...deleted]
  for (const [key, text] of set) {
    const end = ends?.get(key)
    const seconds = expiry && end !== undefined ? end + expiry.retention - expiry.now + 1 : FAR
    if (seconds >= FAR) {
      kept.push(key, text)
      continue
    }
    gone.push(key)
    apart.push(key, text, Math.max(1, Math.ceil(seconds)) * 1000)
  }
  const count = apart.length / 3
  return [count, gone.length, ...gone, kept.length / 2, ...kept, count, ...apart]
}

/** What CREATE does with the place of a new session. */
export type Mode = 'whole' | 'hold' | 'fill' | 'leave'

export function creation(
  mode: Mode,
  session: StoredSession,
  { from, limit }: CreateTerms,
  expiry: FieldExpiry | null,
): Arg[] {
  return [
    mode,
    writeSession(session, []),
    ...(from ? [...expectations(from.expect), ...endOf(from, session.id)] : []),
    ...(limit ? [limit.most, limit.action, limit.reason, limit.keep] : ['', '', '', '']),
    ...changes(session.fields, from?.deleted ?? [], session.fieldEnds, expiry),
  ]
}

const endOf = ({ reason, keep, until }: From, next: string): Arg[] => [
  reason,
  keep,
  until === null ? '' : next,
  until ?? 0,
]

export function patching(patch: Patch, expiry: FieldExpiry | null): Arg[] {
  const { set, deleted, expect, fieldEnds, seenAt = 0, bounds, checkAt = 0, recheck } = patch
  return [
    seenAt,
    ...(bounds ? [bounds.idle, bounds.endsAt, bounds.throttle] : ['', '', '']),
    checkAt,
    ...(recheck ? [recheck.from, recheck.to] : ['', '']),
    ...expectations(expect),
    ...changes(set, deleted, fieldEnds, expiry),
  ]
}

/** The end of one session. @param whose empty for anybody's */
export const ending = (
  { reason, keep, next = '', until = 0, expect }: SingleEnding,
  whose: string,
  waits: boolean,
): Arg[] => [...[reason, keep, next, until, whose, '', waits ? 1 : ''], ...expectations(expect)]

/** The end of a session that hands over what it has to one on another server. */
export const handingOver = (from: From, next: string): Arg[] => [
  ...endOf(from, next),
  ...['', 1, ''],
  ...expectations(from.expect),
]

export function createdBy(answer: Answer, expect: Patch['expect'], now: number): Created {
  const [state, ...rest] = answer
  if (state === 'done') return { state, ended: rest as string[] }
  if (state === 'full' || state === 'taken') return { state }
  return patchedBy(answer, expect, now) as Exclude<Created, { state: 'done' }>
}

export function patchedBy([state, ...rest]: Answer, expect: Patch['expect'], now: number): Patched {
  if (state !== 'conflict') return endedBy([state ?? null, ...rest], now)
  const keys = [...(expect?.keys() ?? [])]
  const current = new Map(keys.map((key, at) => [key, rest[at] ?? null]))
  return { state, current } satisfies Conflict
}

export function endedBy([state, text]: Answer, now: number): EndedNow {
  if (state === 'done') return DONE
  return state === 'ended' ? readTombstone(text ?? '', now) : UNKNOWN
}
