// Values go into a record and out of it together with whatever is kept beside them.
import type { SessionRecord } from './record.ts'
import { withTerms } from './terms.ts'

/** That nothing was changed yet. Shared by all, and never added to: most requests change nothing. */
export const NO_CHANGES: ReadonlySet<string> = new Set()

/** Remembers that a key was set or deleted, where that is asked for. */
export function noteChange(record: SessionRecord, key: string): void {
  if (record.changed === null) return
  if (record.changed === NO_CHANGES) record.changed = new Set([key])
  else (record.changed as Set<string>).add(key)
}

/** Puts a value into a record; the text that another was read from goes. */
export function write(record: SessionRecord, key: string, value: unknown): void {
  const { fields, sources } = record
  sources?.delete(key)
  noteChange(record, key)
  fields.set(key, value)
}

/** Takes keys out of a record, with whatever is kept beside them; answers whether any was there. */
export function remove(record: SessionRecord, keys: readonly string[]): boolean {
  const clocks = new Map(record.terms?.clocks)
  const hadClock = keys.filter((key) => clocks.delete(key)).length > 0
  if (hadClock) record.terms = withTerms(record.terms, { clocks })
  for (const key of keys) {
    record.sources?.delete(key)
    if (record.fields.has(key)) noteChange(record, key)
  }
  return keys.filter((key) => record.fields.delete(key)).length > 0
}
