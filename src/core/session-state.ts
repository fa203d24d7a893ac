// What a session knows of itself: the shapes between it, its source and whoever settles it.
import type { Activity } from './activity.ts'
import { SessionError } from './errors.ts'
import type { Told } from './events.ts'
import type { Lifetime } from './lifetime.ts'
import { isPlain } from './plain.ts'
import type { Limits } from './policy.ts'
import type { Ended, SessionRecord } from './record.ts'
import { NO_CHANGES } from './record-fields.ts'
import type { SessionRequest } from './request.ts'
import type { Awaitable } from './store.ts'

/** What was found when the session was first asked for. */
export interface Loaded {
  record: SessionRecord
  isNew: boolean
  /** Idled out and kept: its data are closed until it is unlocked. */
  locked: boolean
  ended: Ended | null
  /** Whether it must be written although nothing changed: something in it ended, or outlived its end. */
  due: boolean
  /** Whether it stands in for one that the store could not be asked for: nothing of it is written. @default false */
  readonly isDetached?: boolean
}

/** Where a session comes from: asked once, at the first touch. */
export interface SessionSource {
  load(cookie: string | undefined, now: number): Loaded
  /** Fetches what `load` then finds, where that takes time. */
  fetch?(state: SessionState): Awaitable<void>
  /** An id for a session of this subject that goes on from another, or null in a format without ids. */
  newId(subject: string | null, before: string | null): string | null
  /** A fresh record, for a session that begins after another; with what outlives that one. */
  begin(now: number, before?: SessionRecord): SessionRecord
  /** The keys that outlive their session. */
  readonly keptKeys: readonly string[]
  /** The limits that hold for a record as it now is. */
  limitsOf(record: SessionRecord): Limits
  /** Whether a request is the user's activity. */
  activityOf(request: SessionRequest): Activity
  /** Each key that has a deadline. */
  fieldEnds(record: SessionRecord): readonly { readonly key: string; readonly endsAt: number }[]
  /** A value was set: its key's clocks start, with limits of its own if it was given any. */
  started(record: SessionRecord, key: string, now: number, own?: Lifetime): void
  encodeValue(value: unknown): string
  /** The key among the data that holds `permanent`, or null where the record does. */
  readonly permanentKey: string | null
  /** Whether data can be kept at all; false without a secret key. */
  readonly writable: boolean
}

/** What settling needs to know; the handler never sees it. */
export interface SessionState {
  readonly source: SessionSource
  readonly request: SessionRequest
  readonly now: number
  loaded: Loaded | null
  accessed: boolean
  /** Whether its status was asked for, which is no look. */
  asked: boolean
  modified: boolean
  /** Whether saving was called off: `modified = false`. */
  calledOff: boolean
  /** Whether `permanent` was set in this request. */
  saidPermanent: boolean
  settled: boolean
  /** What happened to the session in this request, for the events. */
  deeds: Deed[] | null
  /** Values that were handed out and can be changed inside, with their text at that time. */
  lent: Map<string, string> | null
  /** What makes a value from the one before, to be done again if that has changed meanwhile. */
  updates: Map<string, ValueChange[]> | null
  activity: Activity | null
}

/** Whether something was done to the session in this request. */
export const hasDone = ({ deeds }: Pick<SessionState, 'deeds'>, name: Deed['name']): boolean =>
  deeds?.some((deed) => deed.name === name) ?? false

/** Makes a value from the one before; undefined where there is none. */
export type ValueChange = (value: unknown) => unknown

/** Something done to a session, whose and which it was before, and the record that it was done to. */
export interface Deed {
  readonly name: 'destroyed' | 'replaced' | 'cleared' | 'renewed' | 'authenticated' | 'unlocked'
  readonly before: Told
  readonly record: SessionRecord
  /** Whether the session began in this request, so that nobody has heard of it. */
  readonly isNew: boolean
  /** What was proven; empty where nothing was. */
  readonly factor: string
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

/** What the session is, loaded at the first look. */
export function load(state: SessionState): Loaded {
  state.accessed = true
  state.loaded ??= state.source.load(state.request.cookie ?? undefined, state.now)
  return state.loaded
}

/** Whether the request is the user's activity; asked once. */
export function activityOf(state: SessionState): Activity {
  state.activity ??= state.source.activityOf(state.request)
  return state.activity
}

/** The record, to be changed. @throws SessionError `no-secret-key`, `already-settled` */
export function change(state: SessionState): SessionRecord {
  demandKey(state)
  const { record } = load(state)
  if (state.settled) {
    throw new SessionError(
      'already-settled',
      'The session was changed after its headers left. Change it before the first write to the response.',
    )
  }
  state.modified = true
  return record
}

/** The record of a session that is open. @throws SessionError `locked` besides */
export function changeOpen(state: SessionState): SessionRecord {
  demandOpen(state)
  return change(state)
}

/** @throws SessionError `no-secret-key`, `locked` */
export function demandOpen(state: SessionState): void {
  demandKey(state)
  if (!load(state).locked) return
  throw new SessionError(
    'locked',
    'The session is locked: look at session.locked first, then unlock, authenticate or destroy it.',
  )
}

function demandKey(state: SessionState): void {
  if (state.source.writable) return
  state.accessed = true
  throw new SessionError(
    'no-secret-key',
    'The session cannot be written because no secret key is set; `npx sojourn key` makes one.',
  )
}

/** Puts another session in the place of this one, with what outlives it. */
export function replace(state: SessionState): SessionRecord {
  const loaded = load(state)
  const before = loaded.record
  const inside = changedInside(state)
  for (const key of inside) before.sources?.delete(key)
  loaded.record = state.source.begin(state.now, before)
  // What this request does to it, or has done to what is handed on, is its own, whatever stood there before.
  const { keptKeys } = state.source
  const isKept = (key: string) => keptKeys.includes(key)
  const changed = [...(before.changed ?? before.fields.keys()), ...inside].filter(isKept)
  loaded.record.changed = changed.length === 0 ? NO_CHANGES : new Set(changed)
  const updates = [...(state.updates ?? [])]
  state.updates = new Map(updates.filter(([key]) => isKept(key) && !inside.includes(key)))
  loaded.isNew = true
  loaded.locked = false
  state.lent = null
  return loaded.record
}

/** Whether a record's cookie outlives the browser, wherever its format keeps that. */
export function permanentOf(record: SessionRecord, permanentKey: string | null): boolean {
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
