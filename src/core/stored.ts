// A session as a store keeps it: each value a text by its key, the library's own texts beside them.
import { SessionError } from './errors.ts'
import { LAST_SECOND } from './judgement.ts'
import type { FieldClock, SessionRecord, Terms } from './record.ts'
import type { FieldEnds, StoredSession, ValueCodec } from './store.ts'
import { NO_TERMS, readTerms, withTerms, writeTerms } from './terms.ts'

/**
 * The keys of the library's own texts. A key of the data that begins with their sign has it twice.
 * Each stands alone, so that two requests that change two of them both win.
 */
export const OWN = {
  /** The limits that the session was last written under. */
  signed: '@u',
  /** The limits that the session set itself. */
  own: '@l',
  proofs: '@p',
  permanent: '@e',
  /** The second in which the id was renewed. */
  renewed: '@r',
  /** The bounds that were written last: so that of two requests one sees that the other has changed them. */
  bounds: '@b',
  /** That a sweep has told of its end, though it is kept for what outlives it. */
  told: '@t',
  /** What was over when another value took its place, for the sweep: the second, a comma, the key. */
  over: '@o',
  /** What a sweep has taken out, until a request has been told of it: behind this the key; its last second. */
  swept: '@s',
} as const

/** Those that are parts of the terms, in any order. */
const TERMS: readonly string[] = [OWN.signed, OWN.own, OWN.proofs]
const SIGN = '@'
const SIGN_CODE = SIGN.charCodeAt(0)
const CLOCK_SIGN = '~'
/** Before the value of a key with clocks of its own: `~idle,absolute,from;`. */
const CLOCK = /^~(\d{1,15}),(\d{1,15}),(\d{1,15});/
/** What no store and no cookie gives back unchanged: NUL, and half of a surrogate pair. */
export const UNFIT = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** @throws SessionError `not-serializable` for a key that no store can hold. */
export function storedKey(key: string): string {
  if (UNFIT.test(key)) {
    throw new SessionError(
      'not-serializable',
      'A key of the session holds NUL or half of a surrogate pair, which no store can keep.',
    )
  }
  return key.startsWith(SIGN) ? SIGN + key : key
}

/** The key of the data, or null for a text of the library's own. */
export function dataKey(key: string): string | null {
  if (key.charCodeAt(0) !== SIGN_CODE) return key
  return key.startsWith(SIGN + SIGN) ? key.slice(1) : null
}

/** @throws SessionError `not-serializable`, naming where. */
export function valueText(record: SessionRecord, key: string, values: ValueCodec): string {
  return withClock(
    record.terms?.clocks.get(key) ?? null,
    values.encode(record.fields.get(key), key),
  )
}

/** The text of a value under its clock. */
export const withClock = (clock: FieldClock | null, text: string): string =>
  clock === null ? text : `~${clock.idle},${clock.absolute},${clock.from};${text}`

export interface ReadValue {
  readonly value: unknown
  readonly clock: FieldClock | null
}

/** A value with its clock; undefined for a text that is none of ours. */
export function readValue(text: string, values: ValueCodec, now: number): ReadValue | undefined {
  const found = text.startsWith(CLOCK_SIGN) ? CLOCK.exec(text) : null
  const value = values.decode(found ? text.slice(found[0].length) : text)
  if (value === undefined) return undefined
  if (found === null) return { value, clock: null }
  const [, idle, absolute, from] = found.map(Number) as [number, number, number, number]
  // The clocks of two machines differ by a little: none sees a session from the future.
  return { value, clock: { idle, absolute, from: Math.min(from, now) } }
}

/**
 * The record of a stored session under the id that a cookie had; null where something in it is not
 * ours.
 */
export function toRecord(
  stored: StoredSession,
  id: string | null,
  values: ValueCodec,
  now: number,
): SessionRecord | null {
  const createdAt = Math.min(stored.createdAt, now)
  const seenAt = Math.max(createdAt, Math.min(stored.seenAt, now))
  const fields = new Map<string, unknown>()
  let clocks: Map<string, FieldClock> | null = null
  let swept: { key: string; at: number }[] | null = null
  let own = ''
  for (const [name, text] of stored.fields) {
    const key = dataKey(name)
    if (key === null) {
      if (TERMS.includes(name)) own += own === '' ? text : ` ${text}`
      else if (name.startsWith(OWN.swept)) {
        swept ??= []
        swept.push({ key: name.slice(OWN.swept.length), at: Number(text) || now })
      }
      continue
    }
    const read = readValue(text, values, now)
    if (read === undefined) return null
    fields.set(key, read.value)
    if (read.clock === null) continue
    clocks ??= new Map()
    clocks.set(key, read.clock)
  }
  const terms = readTerms(own, seenAt)?.terms
  if (terms === undefined) return null
  if (terms !== null && terms.proofs.size > 0) terms.proofs = notAhead(terms.proofs, now)
  return {
    id,
    createdAt,
    seenAt,
    permanent: stored.fields.has(OWN.permanent),
    fields,
    sources: null,
    changed: null,
    terms:
      stored.subject === null && clocks === null
        ? terms
        : withTerms(terms, { subject: stored.subject, clocks: clocks ?? NO_TERMS.clocks }),
    origin: swept,
  }
}

/** As times that are stored: the clocks of two machines differ by a little. */
const notAhead = (proofs: Terms['proofs'], now: number): Terms['proofs'] =>
  new Map(Array.from(proofs, ([factor, provenAt]) => [factor, Math.min(provenAt, now)]))

/** The library's own texts of a record, by key; null for one that is not there. */
export function ownTexts(
  record: SessionRecord,
  renewedAt: number | null,
): Map<string, string | null> {
  const { signed = null, own = null, proofs = NO_TERMS.proofs } = record.terms ?? {}
  const write = (part: Partial<Terms>) =>
    writeTerms({ ...record, terms: withTerms(null, part) }, null) || null
  return new Map([
    [OWN.signed, signed && write({ signed })],
    [OWN.own, own && write({ own })],
    [OWN.proofs, proofs.size === 0 ? null : write({ proofs })],
    [OWN.permanent, record.permanent ? '1' : null],
    [OWN.renewed, renewedAt === null ? null : String(renewedAt)],
  ])
}

/** When the id was renewed last. */
export const renewedAtOf = ({ fields, createdAt }: StoredSession): number =>
  Number(fields.get(OWN.renewed) ?? createdAt) || createdAt

/** For stores that drop fields by themselves: when those may go that have an end of their own. */
export function fieldEndsOf(record: SessionRecord, keys: Iterable<string>): FieldEnds | undefined {
  const ends = new Map<string, number>()
  for (const key of keys) {
    const clock = record.terms?.clocks.get(key)
    if (clock && clock.absolute > 0) {
      ends.set(storedKey(key), Math.min(clock.from + clock.absolute, LAST_SECOND))
    }
  }
  return ends.size === 0 ? undefined : ends
}
