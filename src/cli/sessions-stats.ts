// `sojourn sessions stats`: how many live sessions there are, and how much they hold.
import type { FullStore } from '../core/store.ts'
import { type Command, good } from './command.ts'
import { JSON_OPTION } from './options.ts'
import { toColumns, toJsonText } from './readable.ts'
import { STORE_OPTIONS } from './store-options.ts'
import { everySession, withStore } from './store-work.ts'
import { fieldsOf } from './stored-facts.ts'

export const sessionsStats: Command = {
  name: 'sessions stats',
  argument: null,
  summary: 'count the live sessions of a store',
  details: `Goes through the whole store, page by page: of millions of sessions it takes minutes. Sessions that begin
or end meanwhile may be counted or not, and one twice in a Redis that grows. The bytes are those of
the values; where the store can say it, also what it takes on its disk, with its indexes and with what
is over.`,
  options: { ...STORE_OPTIONS, json: JSON_OPTION },
  run(_, given, world) {
    return withStore(given, world, async ({ store, size }, now) => {
      const counts = await count(store, now)
      const storeBytes = (await size?.()) ?? null
      return good(given.json ? toJsonText({ ...counts, storeBytes }) : say(counts, storeBytes))
    })
  },
}

interface Counts {
  live: number
  withSubject: number
  anonymous: number
  fields: number
  dataBytes: number
}

async function count(store: FullStore, now: number): Promise<Counts> {
  const counts = { live: 0, withSubject: 0, anonymous: 0, fields: 0, dataBytes: 0 }
  for await (const stored of everySession(store, now)) {
    counts.live += 1
    counts[stored.subject === null ? 'anonymous' : 'withSubject'] += 1
    for (const { bytes } of fieldsOf(stored, now)) {
      counts.fields += 1
      counts.dataBytes += bytes
    }
  }
  return counts
}

function say({ live, withSubject, anonymous, fields, dataBytes }: Counts, size: number | null) {
  return toColumns([
    ['live', String(live)],
    ['with subject', String(withSubject)],
    ['anonymous', String(anonymous)],
    ['data', `${fields} values of ${dataBytes} bytes`],
    ...(size === null ? [] : [['on disk', `${size} bytes`] as const]),
  ])
}
