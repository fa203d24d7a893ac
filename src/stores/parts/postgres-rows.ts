// What statements answer, as sessions; and values as the one text in which a statement takes them.
import { isKept, isPast } from '../../core/judgement.ts'
import type { EndReason } from '../../core/record.ts'
import type { Reading, StoredSession } from '../../core/store.ts'

/** A session without its id: `factsOf` writes them in this order. */
type Facts = readonly [
  subject: string | null,
  createdAt: number,
  seenAt: number,
  idle: number,
  endsAt: number,
  throttle: number,
  checkAt: number,
  fields: Readonly<Record<string, string>>,
]

type Listed = readonly [id: string, ...facts: Facts]

type Read = readonly [
  reason: EndReason | null,
  next: string | null,
  until: number,
  cleanAt: number,
  touched: boolean,
  ...facts: Facts,
]

function sessionOf(id: string, facts: Facts): StoredSession {
  const [subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, texts] = facts
  const fields = new Map<string, string>()
  for (const name in texts) fields.set(name, texts[name] as string)
  return { id, subject, createdAt, seenAt, idle, endsAt, throttle, checkAt, fields }
}

export function toSession(answer: string): StoredSession {
  const [id, ...facts] = JSON.parse(answer) as Listed
  return sessionOf(id, facts)
}

export function toReading(answer: string | undefined, id: string, now: number): Reading {
  if (answer === undefined) return { state: 'unknown' }
  const [reason, next, until, cleanAt, touched, ...facts] = JSON.parse(answer) as Read
  const session = sessionOf(id, facts)
  if (reason === null) {
    return isKept(session, now) ? { state: 'live', session, touched } : { state: 'over', session }
  }
  if (isPast(cleanAt, now)) return { state: 'unknown' }
  return { state: 'ended', reason, at: session.seenAt, subject: session.subject, next, until }
}

/** What a function answers. */
export function toAnswer(text: string): unknown {
  const answer = JSON.parse(text) as { current?: Record<string, string | null> }
  return answer.current === undefined
    ? answer
    : { ...answer, current: new Map(Object.entries(answer.current)) }
}

/** As JSON, in which what is undefined is left out. */
export const toJson = (value: object): string => JSON.stringify(value)
