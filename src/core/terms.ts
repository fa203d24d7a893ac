// What holds for one session beside its data, as it rides in a cookie: one line of text, since that
// is read three times as fast as JSON. docs/cookies.md says what each part means.
import { isAhead } from './judgement.ts'
import type { FieldClock, OwnBounds, SessionRecord, SignedBounds, Terms } from './record.ts'

export const NO_TERMS: Terms = Object.freeze({
  subject: null,
  proofs: new Map(),
  signed: null,
  own: null,
  clocks: new Map(),
  spared: 0,
})

/** The terms with some of them changed; null where nothing is left to keep. */
export function withTerms(terms: Terms | null, changes: Partial<Terms>): Terms | null {
  const before = terms ?? NO_TERMS
  return orNull({
    subject: changes.subject === undefined ? before.subject : changes.subject,
    proofs: changes.proofs ?? before.proofs,
    signed: changes.signed === undefined ? before.signed : changes.signed,
    own: changes.own === undefined ? before.own : changes.own,
    clocks: changes.clocks ?? before.clocks,
    spared: changes.spared ?? before.spared,
  })
}

function orNull(terms: Terms): Terms | null {
  const { subject, signed, own, proofs, clocks, spared } = terms
  const none = subject === null && signed === null && own === null && spared === 0
  return none && proofs.size === 0 && clocks.size === 0 ? null : terms
}

/**
 * The terms as text: `u1859,43200 c1700000000 sann`, empty where nothing holds.
 *
 * @param start the session's start, if it must be in it.
 */
export function writeTerms(
  { terms, createdAt, seenAt }: SessionRecord,
  start: number | null,
): string {
  if (terms === null) return start === null ? '' : `c${start}`
  let text = ''
  const { subject, proofs, signed, own, clocks, spared } = terms
  if (signed !== null) text += ` ${signed.locks ? 'k' : 'u'}${signed.idle},${signed.absolute}`
  if (start !== null) text += ` c${start}`
  if (own !== null) text += ` l${own.idle},${own.absolute},${own.from}`
  if (subject !== null) text += ` s${quote(subject)}`
  if (spared > 0) text += ` x${spared}`
  for (const [factor, provenAt] of proofs) text += ` p${quote(factor)},${provenAt}`
  for (const [key, { idle, absolute, from }] of clocks) {
    // An idle limit needs no start, but where it came after the last activity.
    const isBare = absolute === 0 && !isAhead(from, seenAt)
    const rest = from === createdAt ? `,${absolute}` : `,${absolute},${from - createdAt}`
    text += ` f${quote(key)},${idle}${isBare ? '' : rest}`
  }
  return text.slice(1)
}

/** What stood in a text of ours. */
export interface ReadTerms {
  readonly createdAt: number
  readonly terms: Terms | null
}

/** Terms that are being read: a part at a time. */
interface Found {
  subject: string | null
  proofs: Map<string, number> | null
  signed: SignedBounds | null
  own: OwnBounds | null
  clocks: Map<string, FieldClock> | null
  spared: number
}

/** What was read, or null where a part is not ours, or is of a version that knew more. */
export function readTerms(text: string, seenAt: number): ReadTerms | null {
  if (text === '') return { createdAt: seenAt, terms: null }
  if (text === lastBare.text) return { createdAt: seenAt, terms: lastBare.terms }
  const none = { subject: null, proofs: null, signed: null, own: null, clocks: null }
  const found: Found = { ...none, spared: 0 }
  const cursor = new Cursor(text)
  let createdAt = seenAt
  while (!cursor.isDone()) {
    const kind = cursor.kind()
    if (kind === START) {
      if (cursor.numbers() !== 1) return null
      createdAt = cursor.first
    } else if (!readPart(found, kind, cursor, createdAt)) return null
  }
  const terms = finish(found)
  // Most sessions of a server have no other terms than what all are signed under.
  if (isBare(terms) && createdAt === seenAt) lastBare = { text, terms }
  return { createdAt, terms }
}

let lastBare: { readonly text: string; readonly terms: Terms | null } = { text: '', terms: null }

const isBare = (terms: Terms | null): boolean =>
  terms !== null &&
  terms.subject === null &&
  terms.own === null &&
  terms.spared === 0 &&
  terms.proofs.size === 0 &&
  terms.clocks.size === 0

const START = 'c'.charCodeAt(0)
const SIGNED = 'u'.charCodeAt(0)
const LOCKS = 'k'.charCodeAt(0)
const OWN = 'l'.charCodeAt(0)
const SUBJECT = 's'.charCodeAt(0)
const PROOF = 'p'.charCodeAt(0)
const FIELD = 'f'.charCodeAt(0)
const SPARED = 'x'.charCodeAt(0)

function finish({ subject, proofs, signed, own, clocks, spared }: Found): Terms | null {
  const none = subject === null && signed === null && own === null && spared === 0
  if (none && proofs === null && clocks === null) return null
  return {
    subject,
    proofs: proofs ?? NO_TERMS.proofs,
    signed,
    own,
    clocks: clocks ?? NO_TERMS.clocks,
    spared,
  }
}

/** Reads one part; false for one that is not ours. */
function readPart(found: Found, kind: number, cursor: Cursor, createdAt: number): boolean {
  if (kind === SUBJECT) {
    found.subject = cursor.name()
    return found.subject !== '' && cursor.isAtEnd()
  }
  const name = kind === PROOF || kind === FIELD ? cursor.name() : ''
  const count = cursor.numbers()
  const { first, second, third } = cursor
  if (kind === SIGNED || kind === LOCKS) {
    found.signed = { idle: first, absolute: second, locks: kind === LOCKS }
    return count === 2
  }
  if (kind === OWN) {
    found.own = { idle: first, absolute: second, from: third }
    return count === 3 && third >= 0
  }
  if (kind === SPARED) {
    found.spared = first
    return count === 1
  }
  if (kind === PROOF) {
    found.proofs ??= new Map()
    found.proofs.set(name, first)
    return count === 1
  }
  found.clocks ??= new Map()
  found.clocks.set(name, { idle: first, absolute: second, from: createdAt + third })
  return kind === FIELD && count > 0
}

const SPACE = 0x20
const COMMA = 0x2c
const MINUS = 0x2d
/** Fifteen digits are a safe integer in any case. */
const MOST_DIGITS = 15

/** Walks through a text of ours. */
class Cursor {
  first = 0
  second = 0
  /** The only one that may be below zero. */
  third = 0
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isDone(): boolean {
    return this.#at >= this.#text.length
  }

  isAtEnd(): boolean {
    return this.isDone() || this.#text.charCodeAt(this.#at - 1) === SPACE
  }

  kind(): number {
    return this.#text.charCodeAt(this.#at++)
  }

  /** Up to the next comma or space, which is passed. */
  name(): string {
    const start = this.#at
    let end = start
    while (end < this.#text.length) {
      const unit = this.#text.charCodeAt(end)
      if (unit === COMMA || unit === SPACE) break
      end++
    }
    this.#at = end + 1
    return unquote(this.#text.slice(start, end))
  }

  /** Reads up to three whole numbers and the space after them; answers how many, or 0. */
  numbers(): number {
    this.second = 0
    this.third = 0
    let count = 0
    for (;;) {
      const number = this.#integer(count === 2)
      if (Number.isNaN(number)) return 0
      count++
      if (count === 1) this.first = number
      else if (count === 2) this.second = number
      else this.third = number
      const after = this.#text.charCodeAt(this.#at++)
      if (Number.isNaN(after) || after === SPACE) return count
      if (after !== COMMA || count === 3) return 0
    }
  }

  #integer(isSigned: boolean): number {
    const isNegative = isSigned && this.#text.charCodeAt(this.#at) === MINUS
    const start = isNegative ? this.#at + 1 : this.#at
    let at = start
    let number = 0
    for (;;) {
      const digit = this.#text.charCodeAt(at) - 0x30
      if (!(digit >= 0 && digit <= 9)) break
      number = number * 10 + digit
      at++
    }
    this.#at = at
    if (at === start || at - start > MOST_DIGITS) return Number.NaN
    return isNegative ? -number : number
  }
}

/** A name without what parts the text. */
const quote = (name: string): string =>
  name.replace(/[%, ]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)

const unquote = (text: string): string =>
  text.includes('%') ? text.replace(/%(25|2c|20)/g, (_, code) => SIGNS[code] ?? '') : text

const SIGNS: Readonly<Record<string, string>> = { 25: '%', '2c': ',', 20: ' ' }
