// Store contract: going through all sessions meets each live one.
import type { StoredSession } from '../core/store.ts'
import { same, that } from './store-asserts.ts'
import { type Book, bare, idsOf, type Stage } from './store-stage.ts'

const MOST_PAGES = 100_000

/** All of one's own that a scan meets; `between` happens after each page. */
async function scanAll(
  { store, now }: Stage,
  own: readonly string[],
  most: number,
  between: (page: number) => Promise<void> = async () => {},
  at = now,
): Promise<Map<string, StoredSession>> {
  const found = new Map<string, StoredSession>()
  let after: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const { sessions, next }: { sessions: readonly StoredSession[]; next: string | null } =
      await store.scan(at, after, most)
    that(sessions.length <= most, 'a page has no more than was asked')
    for (const session of sessions) {
      if (own.includes(session.id)) found.set(session.id, session)
    }
    if (next === null) return found
    await between(page)
    after = next
  }
  throw new Error(`scan: expected an end but got more than ${MOST_PAGES} pages`)
}

async function beginSome(stage: Stage, count: number): Promise<StoredSession[]> {
  const sessions: StoredSession[] = []
  for (let at = 0; at < count; at++) {
    const subject = at % 2 === 0 ? stage.subject() : null
    sessions.push(await stage.begin({ subject, fields: new Map([['at', `${at}`]]) }))
  }
  return sessions
}

export const SCAN: Book = {
  'a scan meets every live session, whole': async (stage) => {
    const sessions = await beginSome(stage, 25)
    for (const most of [7, 1000]) {
      const found = await scanAll(stage, idsOf(sessions), most)
      same(new Set(found.keys()), new Set(idsOf(sessions)), `what pages of ${most} hold`)
      for (const session of sessions) {
        const met = found.get(session.id)
        same(met && bare(met), bare(session), 'a session')
      }
    }
  },

  'a scan meets neither what is over nor what was ended': async (stage) => {
    const { now } = stage
    const live = await stage.begin()
    const over = await stage.begin({ createdAt: now - 200, idle: 100 })
    const ended = await stage.begin()
    await stage.logout(ended.id)
    const found = await scanAll(stage, [live.id, over.id, ended.id], 10)
    same([...found.keys()], [live.id], 'what the pages hold')
  },

  'a scan goes on over pages on which nobody lives at the time it is given': async (stage) => {
    const ids: string[] = []
    for (let at = 0; at < 70; at++) ids.push((await stage.begin({ idle: 10 })).id)
    const live = idsOf(await beginSome(stage, 10))
    const found = await scanAll(stage, [...ids, ...live], 3, undefined, stage.now + 11)
    same(new Set(found.keys()), new Set(live), 'what the pages hold')
  },

  "what a scan met is the caller's own": async (stage) => {
    const { id } = await stage.begin()
    const found = await scanAll(stage, [id], 1000)
    same([...found.keys()], [id], 'what the pages hold')
    for (const session of found.values()) await stage.isApart(session)
  },

  'a scan meets what stays while others come and go': async (stage) => {
    const sessions = await beginSome(stage, 30)
    const [going, staying] = [sessions.slice(0, 15), sessions.slice(15)]
    const found = await scanAll(stage, idsOf(staying), 4, async (page) => {
      const gone = going[page]
      if (gone === undefined) return
      await stage.logout(gone.id)
      await stage.begin()
    })
    same(new Set(found.keys()), new Set(idsOf(staying)), 'what the pages hold')
  },
}
