// How a session is written down in Redis, and read again: `redis-lua.ts` says the same in Lua.
import { SessionError } from '../../core/errors.ts'
import { hash } from '../../core/ids.ts'
import { isKept, isPast } from '../../core/judgement.ts'
import type { EndReason } from '../../core/record.ts'
import type { Patch, Reading, StoredSession, Tombstone, Unknown } from '../../core/store.ts'

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
  const first = text?.[0]
  if (text === null || first === undefined || first === '?') return NOTHING
  if (first === '!') return { reading: readTombstone(text, now), isApart: false }
  const session = readSession(id, text)
  return {
    reading: isKept(session, now)
      ? { state: 'live', session, touched: false }
      : { state: 'over', session },
    isApart: text[text.indexOf(END) - 1] === '+',
  }
}

const NUMBERS = 6
const ZERO = 48

/** Goes through the text once: this is what a read costs beside the command. */
export function readSession(id: string, text: string): StoredSession {
  const numbers = [0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number]
  for (let at = 0, part = 0; part < NUMBERS; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit >= 0 && digit <= 9) numbers[part] = (numbers[part] as number) * 10 + digit
    else part += 1
  }
  let at = text.indexOf(END) + 1
  let end = text.indexOf(END, at)
  const subject = end === at ? null : text.slice(at + INDEX_LENGTH, end)
  const fields = new Map<string, string>()
  for (at = end + 1; at < text.length; at = end + 1) {
    end = text.indexOf(END, at)
    const key = text.slice(at, end)
    at = end + 1
    end = text.indexOf(END, at)
    fields.set(key, text.slice(at, end))
  }
  const [createdAt, seenAt, idle, endsAt, throttle, checkAt] = numbers
  return { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields }
}

/** A tombstone that is still to be shown. */
export function readTombstone(text: string, now: number): Tombstone | Unknown {
  const [head = '', whose = ''] = text.slice(1).split(END)
  const [at, kept, until, reason, next] = head.split(' ')
  if (isPast(Number(kept), now)) return UNKNOWN
  return {
    state: 'ended',
    reason: reason as EndReason,
    at: Number(at),
    subject: whose === '' ? null : whose.slice(INDEX_LENGTH),
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
