// A stored session for people and for programs: its times and the names and sizes of what it holds.
// Values only where they were asked for.
import { endOfValue, keptUntil, LAST_SECOND } from '../core/judgement.ts'
import type { StoredSession, ValueCodec } from '../core/store.ts'
import { dataKey, OWN, readValue } from '../core/stored.ts'
import { toIso, toSafe } from './readable.ts'

/** One value as a store has it. */
export interface StoredField {
  readonly key: string
  readonly bytes: number
  /** The last second of a value with clocks of its own; null for none. */
  readonly endsAt: number | null
  /** Whether its time is over and another has taken its place: kept for the sweep alone. */
  readonly over: boolean
  readonly text: string
}

/** Texts as they are. */
const TEXTS: ValueCodec = { encode: String, decode: (text) => text }
/** A value that is over: the sign, the second, a comma, the key. */
const OVER = new RegExp(`^${OWN.over}(\\d{1,15}),([^]*)$`)

/** What the program put in, without the library's own texts. */
export function fieldsOf(stored: StoredSession, now: number): StoredField[] {
  return [...stored.fields].flatMap(([name, text]): StoredField[] => {
    const [, at, replaced] = OVER.exec(name) ?? []
    const key = replaced ?? dataKey(name)
    if (key === null) return []
    const { value, clock } = readValue(text, TEXTS, now) ?? { value: text, clock: null }
    const end = clock && endOfValue(stored.seenAt, clock.from, clock.idle, clock.absolute)
    const shown = String(value)
    return [
      {
        key,
        bytes: Buffer.byteLength(shown),
        endsAt: at === undefined ? (end === Number.POSITIVE_INFINITY ? null : end) : Number(at),
        over: at !== undefined,
        text: shown,
      },
    ]
  })
}

/** Null where nothing but activity bounds it, or nothing at all. */
export function endOf(stored: StoredSession): number | null {
  const end = keptUntil(stored)
  return end === LAST_SECOND ? null : end
}

/** A second and its date, for programs. */
export const toMoment = (name: string, second: number | null) => ({
  [name]: second,
  [`${name}Date`]: second === null ? null : toIso(second),
})

export const toSubject = (subject: string | null): string =>
  subject === null ? '-' : toSafe(subject)

/** A second for people, `-` for none. */
export const toTime = (second: number | null): string =>
  second === null ? '-' : (toIso(second) ?? `second ${second}`)

/** What is told of every session, for programs. */
export const toFacts = (stored: StoredSession) => ({
  id: stored.id,
  subject: stored.subject,
  ...toMoment('startedAt', stored.createdAt),
  ...toMoment('seenAt', stored.seenAt),
  ...toMoment('endsAt', endOf(stored)),
})

/** What it holds, for programs. */
export const toData = (stored: StoredSession, now: number, values: boolean) =>
  fieldsOf(stored, now).map(({ key, bytes, endsAt, over, text }) => ({
    key,
    bytes,
    ...(endsAt !== null && toMoment('endsAt', endsAt)),
    ...(over && { over }),
    ...(values && { text }),
  }))
