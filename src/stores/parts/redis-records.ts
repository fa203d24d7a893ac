// How a session is written down in Redis, and read again: `redis-lua.ts` says the same in Lua.
import { SessionError } from '../../core/errors.ts'
import { hash } from '../../core/ids.ts'
import { isKept, isPast } from '../../core/judgement.ts'
import type { Patch, Reading, StoredSession, Tombstone, Unknown } from '../../core/store.ts'
import { isEndReason } from './end-reasons.ts'

/** No key and no text holds it (`core/store.ts`). */
const END = '\0'
const INDEX_LENGTH = 22

export const UNKNOWN: Unknown = Object.freeze({ state: 'unknown' })

/** Whose a session is, behind the part of its hash that names the index; empty for nobody's. */
export function whoseOf(subject: string | null): string {
  if (subject === null) return ''
  if (subject.includes(END)) {
    throw new SessionError('invalid-data', 'A subject must not hold the character U+0000.')
  }
  return indexName(subject) + subject
}

/** 132 bits of the subject's hash. */
export const indexName = (subject: string): string => hash(subject).slice(0, INDEX_LENGTH)

/** @param fields those that are not written by the script itself */
export function writeSession(session: StoredSession, fields: Iterable<readonly [string, string]>) {
  const { createdAt, seenAt, idle, endsAt, throttle, checkAt, subject } = session
  const numbers = [createdAt, seenAt, idle, endsAt, throttle, checkAt].join(' ')
  let text = numbers + END + whoseOf(subject) + END
  for (const [key, value] of fields) text += key + END + value + END
  return text
}

/** What a text under an id says, and whether some fields of the session lie beside it. */
export interface Found {
  readonly reading: Reading
  readonly isApart: boolean
}

const NOTHING: Found = Object.freeze({ reading: UNKNOWN, isApart: false })

export function readText(id: string, text: string | null, now: number): Found {
  if (text === null) return NOTHING
  if (text[0] === '!') return { reading: readTombstone(text, now), isApart: false }
  const session = readSession(id, text)
  if (session === null) return NOTHING
  return {
    reading: isKept(session, now)
      ? { state: 'live', session, touched: false }
      : { state: 'over', session },
    isApart: text[text.indexOf(END) - 1] === '+',
  }
}

const NUMBERS = 6
const ZERO = 48
const SPACE = 32
/** No second that is meant; and more milliseconds than Redis keeps a key for. */
const TOO_LATE = 1e13

/**
 * Null for what is no session of ours, by the same signs as in Lua. Goes through the text once: this is
 * what a read costs beside the command.
 */
export function readSession(id: string, text: string): StoredSession | null {
  const numbers = [0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number]
  const start = readNumbers(text, numbers)
  let end = start === 0 ? -1 : text.indexOf(END, start)
  if (end < 0 || numbers[3] >= TOO_LATE || !text.endsWith(END)) return null
  if (end > start && end < start + INDEX_LENGTH) return null
  const subject = end === start ? null : text.slice(start + INDEX_LENGTH, end)
  const fields = new Map<string, string>()
  for (let at = end + 1; at < text.length; at = end + 1) {
    const middle = text.indexOf(END, at)
    end = text.indexOf(END, middle + 1)
    if (end < 0) break
    fields.set(text.slice(at, middle), text.slice(middle + 1, end))
  }
  const [createdAt, seenAt, idle, endsAt, throttle, checkAt] = numbers
  return { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields }
}

/** The place behind the numbers that a session begins with; 0 for what begins otherwise. */
function readNumbers(text: string, numbers: number[]): number {
  let at = 0
  for (let part = 0, start = 0; part < NUMBERS; at++) {
    const code = text.charCodeAt(at)
    const digit = code - ZERO
    if (digit >= 0 && digit <= 9) {
      numbers[part] = (numbers[part] as number) * 10 + digit
      continue
    }
    part += 1
    if (at === start || (part < NUMBERS && code !== SPACE)) return 0
    start = at + 1
  }
  if (text[at - 1] === '+') at += 1
  return text[at - 1] === END ? at : 0
}

const TOMBSTONE = /^!(\d+) (\d+) (\d+) ([a-z-]+) ([^ \0]*)\0([^\0]*)\0$/

/** A tombstone that is still to be shown. */
export function readTombstone(text: string, now: number): Tombstone | Unknown {
  const [, at, kept, until, reason = '', next, whose] = TOMBSTONE.exec(text) ?? []
  if (!isEndReason(reason) || isPast(Number(kept), now)) return UNKNOWN
  return {
    state: 'ended',
    reason,
    at: Number(at),
    subject: whose ? whose.slice(INDEX_LENGTH) : null,
    next: next || null,
    until: Number(until),
  }
}

/** What is expected, as a script takes it: how many, then keys and texts. */
export function expectations(expect: Patch['expect']): (string | number)[] {
  const args: (string | number)[] = [expect?.size ?? 0]
  for (const [key, text] of expect ?? []) args.push(key, text === null ? '' : `=${text}`)
  return args
}
