// Values go into a record and out of it together with whatever is kept beside them.
import type { SessionRecord } from './record.ts'
import { withTerms } from './terms.ts'

/** Puts a value into a record; the text that another was read from goes. */
export function write(record: SessionRecord, key: string, value: unknown): void {
  const { fields, sources, changed } = record
  sources?.delete(key)
  changed?.add(key)
  fields.set(key, value)
}

/** Takes keys out of a record, with whatever is kept beside them; answers whether any was there. */
export function remove(record: SessionRecord, keys: readonly string[]): boolean {
  const clocks = new Map(record.terms?.clocks)
  const hadClock = keys.filter((key) => clocks.delete(key)).length > 0
  if (hadClock) record.terms = withTerms(record.terms, { clocks })
  for (const key of keys) {
    record.sources?.delete(key)
    if (record.fields.has(key)) record.changed?.add(key)
  }
  return keys.filter((key) => record.fields.delete(key)).length > 0
}
