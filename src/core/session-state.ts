// What a session knows of itself: the shapes between it, its source and whoever settles it.
import type { Limit } from './lifetime.ts'
import { isPlain } from './plain.ts'
import type { Ended, SessionRecord } from './record.ts'

/** What was found when the session was first asked for. */
export interface Loaded {
  record: SessionRecord
  isNew: boolean
  readonly ended: Ended | null
}

/** Where a session comes from: asked once, at the first touch. */
export interface SessionSource {
  load(cookie: string | undefined, now: number): Loaded
  /** A fresh record, for a session that begins after another was destroyed. */
  begin(now: number): SessionRecord
  /** The limits that hold for a record as it now is. */
  limitsOf(record: SessionRecord): readonly Limit[]
  encodeValue(value: unknown): string
  /** The key among the data that holds `permanent`, or null where the record does. */
  readonly permanentKey: string | null
  /** Whether data can be kept at all; false without a secret key. */
  readonly writable: boolean
}

/** What settling needs to know; the handler never sees it. */
export interface SessionState {
  readonly source: SessionSource
  readonly cookie: string | undefined
  readonly now: number
  /** The host, if the request came over plain http. */
  readonly plainHost: string | undefined
  loaded: Loaded | null
  accessed: boolean
  modified: boolean
  destroyed: boolean
  settled: boolean
  /** Values that were handed out and can be changed inside, with their text at that time. */
  lent: Map<string, string> | null
}

/** The type of a value that was asked for with a default; untyped data take the default's type. */
export type ValueOr<Value, Default> = unknown extends Value
  ? Default extends undefined
    ? unknown
    : Widened<Default>
  : Value | Default

type Widened<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T

/** Whether a record's cookie outlives the browser, wherever its format keeps that. */
export function permanentOf(record: SessionRecord, { permanentKey }: SessionSource): boolean {
  if (permanentKey === null || !record.fields.has(permanentKey)) return record.permanent
  return isTruthy(record.fields.get(permanentKey))
}

/** The keys whose values were handed out and then changed inside. */
export function changedInside(state: SessionState): string[] {
  const fields = state.loaded?.record.fields
  if (state.lent === null || fields === undefined) return []
  return [...state.lent.keys()].filter(
    (key) => fields.has(key) && state.source.encodeValue(fields.get(key)) !== state.lent?.get(key),
  )
}

/** Python's truth: zero and whatever is empty are false. */
function isTruthy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  if (isPlain(value)) return Object.keys(value).length > 0
  if ('length' in value) return value.length !== 0
  return value instanceof Date || (Boolean(value.valueOf()) && `${value}` !== '')
}
