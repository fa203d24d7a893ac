// `sojourn sessions list`: the live sessions, of one subject or of all.
import type { FullStore, StoredSession } from '../core/store.ts'
import { type Command, good, type Outcome } from './command.ts'
import { JSON_OPTION, readSubject } from './options.ts'
import { toJsonText, toTable } from './readable.ts'
import { readCount, STORE_OPTIONS } from './store-options.ts'
import { everySession, withStore } from './store-work.ts'
import { endOf, fieldsOf, toFacts, toSubject, toTime } from './stored-facts.ts'

const USUAL = 100
const MOST = 100_000

export const sessionsList: Command = {
  name: 'sessions list',
  argument: '[SUBJECT]',
  summary: 'list the live sessions of a store, or of one subject',
  details: `Those of a subject come as they began. Without a subject it goes through the store, in no order, until
it has --most. The id is the one in the store: nobody can use it as a cookie. Of what a session holds
only the number of values is shown.`,
  options: {
    ...STORE_OPTIONS,
    most: { type: 'string', value: 'N', help: `how many are shown; ${USUAL} without it` },
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const subject = argument === '' ? null : readSubject(argument, world)
    const most = readCount(given, 'most', USUAL, MOST)
    return withStore(given, world, async ({ store }, now) => {
      const { sessions, more } = await find(store, subject, now, most)
      if (given.json) {
        const listed = sessions.map((stored) => ({
          ...toFacts(stored),
          fields: fieldsOf(stored, now).length,
        }))
        return good(toJsonText({ sessions: listed, more }))
      }
      return show(sessions, more, now)
    })
  },
}

interface Listed {
  readonly sessions: readonly StoredSession[]
  readonly more: boolean
}

async function find(
  store: FullStore,
  subject: string | null,
  now: number,
  most: number,
): Promise<Listed> {
  const found = new Map<string, StoredSession>()
  const source = subject === null ? everySession(store, now) : await store.list(subject, now)
  for await (const stored of source) {
    found.set(stored.id, stored)
    if (found.size > most) break
  }
  return { sessions: [...found.values()].slice(0, most), more: found.size > most }
}

function show(sessions: readonly StoredSession[], more: boolean, now: number): Outcome {
  if (sessions.length === 0) return good('No live sessions.')
  const rows = sessions.map((stored) => [
    stored.id,
    toSubject(stored.subject),
    toTime(stored.createdAt),
    toTime(stored.seenAt),
    toTime(endOf(stored)),
    String(fieldsOf(stored, now).length),
  ])
  const problem = more ? `There are more: --most N shows more than ${sessions.length}.` : ''
  return {
    ...good(toTable([['id', 'subject', 'started', 'seen', 'ends', 'fields'], ...rows])),
    problem,
  }
}
