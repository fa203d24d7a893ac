// What a request changed in a stored session, as texts: only that is sent.
import type { SessionState } from './session-state.ts'
import type { StoredFound, StoreParts } from './store-opening.ts'
import { OWN, ownTexts, storedKey, valueText } from './stored.ts'

/** The texts of one request's changes, by the keys of the store. */
export interface Changes {
  readonly set: Map<string, string>
  readonly deleted: string[]
  /** The texts that it started from, where another's change must not be lost. */
  readonly expect: ReadonlyMap<string, string | null>
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
  for (const key of (stored && record.changed) ?? record.fields.keys()) {
    const name = storedKey(key)
    const before = stored?.fields.get(name)
    if (record.fields.has(key)) set.set(name, valueText(record, key, values))
    else if (before !== undefined) deleted.push(name)
    // What was over waits under another key for the sweep to tell of it.
    if (before !== undefined && ended?.reason === 'field' && ended.fields.includes(key)) {
      set.set(`${OWN.over}${second},${key}`, before)
    }
  }
  // Its user is told of it in this request.
  for (const name of stored?.fields.keys() ?? []) {
    if (name.startsWith(OWN.swept)) deleted.push(name)
  }
  // Values that had no limit before begin with their session; a login moves its start.
  if (stored !== null && stored.createdAt !== record.createdAt) {
    for (const key of record.terms?.clocks.keys() ?? []) {
      const name = storedKey(key)
      if (!set.has(name) && stored.fields.has(name)) set.set(name, valueText(record, key, values))
    }
  }
  for (const [name, text] of ownTexts(record, renewedAt)) {
    if (text === (stored?.fields.get(name) ?? null)) continue
    if (text === null) deleted.push(name)
    else set.set(name, text)
  }
  return { set, deleted, expect: expectOf(updates, { set, deleted }, { stored, ended }) }
}

/** What updates started from; what was over, since somebody may have set it anew; and a limit of its own. */
function expectOf(
  updates: SessionState['updates'],
  { set, deleted }: Pick<Changes, 'set' | 'deleted'>,
  { stored, ended }: Pick<StoredFound, 'stored' | 'ended'>,
): Changes['expect'] {
  if (stored === null) return new Map()
  const over = ended?.reason === 'field' ? ended.fields.map(storedKey) : []
  const names = [...(updates?.keys() ?? [])].map(storedKey)
  names.push(...over.filter((name) => deleted.includes(name)))
  if (set.has(OWN.own) || deleted.includes(OWN.own)) names.push(OWN.own)
  return new Map(names.map((name) => [name, stored.fields.get(name) ?? null]))
}
