// What a request changed in a stored session, as texts: what is sent of it, and how an update is done
// again on a value that changed meanwhile.
import { isPast } from './judgement.ts'
import type { SessionState, ValueChange } from './session-state.ts'
import type { Patch, ValueCodec } from './store.ts'
import type { StoredFound, StoreParts } from './store-opening.ts'
import {
  dataKey,
  OWN,
  ownTexts,
  type ReadValue,
  readValue,
  storedKey,
  valueText,
  withClock,
} from './stored.ts'

/** The texts of one request's changes, by the keys of the store. */
export interface Changes {
  readonly set: Map<string, string>
  readonly deleted: string[]
  /** The texts that updates started from. */
  readonly expect: ReadonlyMap<string, string | null> | undefined
}

/** Only what was set or deleted in this request: what others change meanwhile is left alone. */
export function changesOf(
  { record, stored, ended }: StoredFound,
  { updates }: SessionState,
  renewedAt: number | null,
  second: number,
  { values }: StoreParts,
): Changes {
  const set = new Map<string, string>()
  const deleted: string[] = []
  for (const key of record.changed ?? record.fields.keys()) {
    const name = storedKey(key)
    const before = stored?.fields.get(name)
    if (record.fields.has(key)) set.set(name, valueText(record, key, values))
    else if (before !== undefined) deleted.push(name)
    // What was over waits under another key for the sweep to tell of it.
    if (before !== undefined && ended?.reason === 'field' && ended.fields.includes(key)) {
      set.set(`${OWN.over}${second},${key}`, before)
    }
  }
  for (const [name, text] of ownTexts(record, renewedAt)) {
    if (text === (stored?.fields.get(name) ?? null)) continue
    if (text === null) deleted.push(name)
    else set.set(name, text)
  }
  return { set, deleted, expect: expectOf(updates, deleted, { stored, ended }) }
}

/** What updates started from, and what was over: somebody may have set that anew. */
function expectOf(
  updates: SessionState['updates'],
  deleted: readonly string[],
  { stored, ended }: Pick<StoredFound, 'stored' | 'ended'>,
): Changes['expect'] {
  const over = ended?.reason === 'field' ? ended.fields.map(storedKey) : []
  const names = [
    ...[...(updates?.keys() ?? [])].map(storedKey),
    ...over.filter((name) => deleted.includes(name)),
  ]
  if (stored === null || names.length === 0) return undefined
  return new Map(names.map((name) => [name, stored.fields.get(name) ?? null]))
}

/** A value that is there; one whose own time is over counts for none. */
function readLiving(text: string, values: ValueCodec, second: number): ReadValue | undefined {
  const read = readValue(text, values, second)
  const { absolute = 0, from = 0 } = read?.clock ?? {}
  return absolute > 0 && isPast(from + absolute, second) ? undefined : read
}

/** The changes once more, on the values that stand there now. */
export function rebase(
  { set, deleted }: Pick<Patch, 'set' | 'deleted'>,
  current: ReadonlyMap<string, string | null>,
  updates: ReadonlyMap<string, ValueChange[]>,
  second: number,
  { values }: StoreParts,
): Changes {
  const again = new Map(set)
  const expect = new Map(current)
  const kept: string[] = []
  for (const [name, text] of current) {
    const key = dataKey(name) ?? name
    if (!updates.has(key)) {
      // What was over, and has been set anew or taken out by somebody else.
      kept.push(name)
      expect.delete(name)
      again.delete(`${OWN.over}${second},${key}`)
      continue
    }
    const read = text === null ? undefined : readLiving(text, values, second)
    let value = read?.value
    for (const change of updates.get(key) ?? []) value = change(value)
    // One that was not there before starts the clock that it was given here.
    const clock = read ? read.clock : readValue(set.get(name) ?? '', values, second)?.clock
    again.set(name, withClock(clock ?? null, values.encode(value, key)))
  }
  return { set: again, deleted: deleted.filter((name) => !kept.includes(name)), expect }
}
