// What the verbs do to the fields of a session, for stores that do it in JavaScript.
import type { Conflict, Patch, StoredSession } from '../../core/store.ts'

type Fields = ReadonlyMap<string, string>

/** The fields with some deleted and others set. */
export function overlay(fields: Fields, deleted: readonly string[], set: Fields) {
  const all = new Map(fields)
  for (const key of deleted) all.delete(key)
  for (const [key, text] of set) all.set(key, text)
  return all
}

/** Null where the fields are as expected. */
export function conflictOf(fields: Fields, expect: Patch['expect']): Conflict | null {
  if (expect === undefined) return null
  const current = new Map<string, string | null>()
  let isSo = true
  for (const [key, expected] of expect) {
    const text = fields.get(key) ?? null
    current.set(key, text)
    isSo &&= text === expected
  }
  return isSo ? null : { state: 'conflict', current }
}

/** Of two seconds the earlier one, where 0 is none. */
export const earlier = (one: number, other: number): number =>
  one > 0 && other > 0 ? Math.min(one, other) : Math.max(one, other, 0)

/** Whether a new session has the place of the one that it goes on from, among those that began with it. */
export const keepsPlace = (session: Beginning, old: Beginning): boolean =>
  session.subject === old.subject && session.createdAt === old.createdAt

type Beginning = Pick<StoredSession, 'subject' | 'createdAt'>
