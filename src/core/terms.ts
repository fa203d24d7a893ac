// What holds for one session besides its data, as it rides in a cookie: `{"s":…,"p":…,"u":…}`.
import { isSecond } from './judgement.ts'
import { isPlain } from './plain.ts'
import type { FieldClock, SessionRecord, Terms } from './record.ts'

/** The members of ours; docs/cookies.md lists what each means. */
export const TERM_KEYS = ['s', 'p', 'u', 'l', 'f'] as const

export const NO_TERMS: Terms = Object.freeze({
  subject: null,
  proofs: new Map(),
  signed: null,
  own: null,
  clocks: new Map(),
})

/** The terms with some of them changed; null where nothing is left to keep. */
export function withTerms(terms: Terms | null, changes: Partial<Terms>): Terms | null {
  const { subject, proofs, signed, own, clocks } = { ...(terms ?? NO_TERMS), ...changes }
  const none = subject === null && signed === null && own === null
  return none && proofs.size === 0 && clocks.size === 0
    ? null
    : { subject, proofs, signed, own, clocks }
}

/** The terms as plain data, for a format to write; null where there are none. */
export function writeTerms({ terms, createdAt }: SessionRecord): Record<string, unknown> | null {
  if (terms === null) return null
  const { subject, proofs, signed, own, clocks } = terms
  const written: Record<string, unknown> = {}
  if (subject !== null) written.s = subject
  if (proofs.size > 0) written.p = Object.fromEntries(proofs)
  if (signed !== null) written.u = [signed.idle, signed.absolute]
  if (own !== null) written.l = [own.idle, own.absolute, own.from]
  if (clocks.size > 0) {
    written.f = Object.fromEntries(
      [...clocks].map(([key, { idle, absolute, from }]) => [
        key,
        absolute === 0 ? idle : [idle, absolute, ...(from === createdAt ? [] : [from - createdAt])],
      ]),
    )
  }
  return written
}

/**
 * What was read under our members, or undefined where one of them cannot be ours.
 *
 * @param createdAt the session's start, from which values count theirs.
 */
export function readTerms(
  value: Record<string, unknown>,
  createdAt: number,
): Terms | null | undefined {
  const { s, p, u, l, f } = value
  const signed = u === undefined ? null : readSeconds(u, 2)
  const own = l === undefined ? null : readSeconds(l, 3)
  const proofs = p === undefined ? NO_TERMS.proofs : readMap(p, readSecond)
  const clocks =
    f === undefined ? NO_TERMS.clocks : readMap(f, (member) => readClock(member, createdAt))
  if (s !== undefined && typeof s !== 'string') return undefined
  if (!proofs || !clocks || signed === undefined || own === undefined) return undefined
  return withTerms(null, {
    subject: s ?? null,
    proofs,
    signed: signed && { idle: at(signed, 0), absolute: at(signed, 1) },
    own: own && { idle: at(own, 0), absolute: at(own, 1), from: at(own, 2) },
    clocks,
  })
}

const at = (seconds: readonly number[], index: number): number => seconds[index] ?? 0

const readSecond = (value: unknown): number | undefined => (isSecond(value) ? value : undefined)

const readSeconds = (value: unknown, length: number): readonly number[] | undefined =>
  Array.isArray(value) && value.length === length && value.every(isSecond) ? value : undefined

/** A bare number is an idle limit, which needs no start. */
function readClock(value: unknown, createdAt: number): FieldClock | undefined {
  if (isSecond(value)) return { idle: value, absolute: 0, from: createdAt }
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined
  const [idle, absolute, later = 0]: readonly unknown[] = value
  if (!isSecond(idle) || !isSecond(absolute) || !Number.isSafeInteger(later)) return undefined
  return { idle, absolute, from: createdAt + Number(later) }
}

function readMap<Value>(
  value: unknown,
  read: (member: unknown) => Value | undefined,
): Map<string, Value> | undefined {
  if (!isPlain(value)) return undefined
  const found = new Map<string, Value>()
  for (const key of Object.keys(value)) {
    const member = read(value[key])
    if (member === undefined) return undefined
    found.set(key, member)
  }
  return found
}
