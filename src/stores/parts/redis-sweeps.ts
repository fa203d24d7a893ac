// What goes through the sessions of all tags in Redis: the sweep, and the scan.

import { tagOfStored } from '../../core/ids.ts'
import type { StoredSession } from '../../core/store.ts'
import { type Keys, TAGS } from './redis-keys.ts'
import { readSession } from './redis-records.ts'
import type { Answer, Runner } from './redis-runner.ts'
import { CLAIM, FORGET, SCAN } from './redis-sweep-scripts.ts'

/** How many servers of a cluster are asked at once. */
const AT_ONCE = 16
/** The tag and the cursor where a scan goes on, and the ids that the last page had no room for. */
const CURSOR = /^(\d{1,3}) (\d+)((?: [^ ]+)*)$/

/** Everything that is over or due, tag by tag; where one script reaches all tags, in one command. */
export async function claim(
  runner: Runner,
  keys: Keys,
  now: number,
  most: number,
  lease: number,
): Promise<StoredSession[]> {
  const claimed: StoredSession[] = []
  const waiting = runner.isCluster ? TAGS.map((tag) => [keys.due(tag)]) : [TAGS.map(keys.due, keys)]
  while (waiting.length > 0 && claimed.length < most) {
    const room = most - claimed.length
    const asked = waiting.splice(0, Math.min(AT_ONCE, room))
    const share = Math.floor(room / asked.length)
    const answers = await Promise.all(
      asked.map((group) => runner.run(CLAIM, group, now, [share, Math.max(1, Math.ceil(lease))])),
    )
    for (const [at, [more, ...entries]] of answers.entries()) {
      const sessions = sessionsOf(entries)
      claimed.push(...sessions)
      if (more === 'more' || sessions.length === share) waiting.push(asked[at] ?? [])
    }
  }
  return claimed
}

export async function forget(
  runner: Runner,
  keys: Keys,
  ids: readonly string[],
  now: number,
): Promise<number> {
  const groups = new Map<string, string[]>()
  for (const id of new Set(ids)) {
    const tag = runner.isCluster ? tagOfStored(id) : ''
    groups.set(tag, [...(groups.get(tag) ?? []), ...keys.both(id)])
  }
  const counts = await Promise.all(
    [...groups.values()].map((group) => runner.run(FORGET, group, now, [])),
  )
  return counts.reduce((sum, [count]) => sum + Number(count), 0)
}

export async function scan(
  runner: Runner,
  keys: Keys,
  now: number,
  after: string | null,
  most: number,
  find: (id: string) => Promise<StoredSession | null>,
): Promise<{ sessions: StoredSession[]; next: string | null }> {
  const [, from = '0', began = '0', ids = ''] = CURSOR.exec(after ?? '') ?? []
  let [tag, cursor, left] = [Number(from), began, ids.split(' ').filter(Boolean)]
  const sessions: StoredSession[] = []
  const take = (found: readonly (StoredSession | null)[]) => {
    for (const session of found) if (session !== null) sessions.push(session)
  }
  take(await Promise.all(left.splice(0, most).map(find)))
  while (left.length === 0 && tag < TAGS.length && sessions.length < most) {
    const key = keys.due(TAGS[tag] ?? '')
    const [next, ...entries] = await runner.run(SCAN, [key], now, [cursor, most - sessions.length])
    const found = sessionsOf(entries)
    take(found.splice(0, most - sessions.length))
    left = found.map(({ id }) => id)
    cursor = next ?? '0'
    if (cursor === '0') tag += 1
  }
  const isOver = left.length === 0 && tag >= TAGS.length
  return { sessions, next: isOver ? null : [tag, cursor, ...left].join(' ') }
}

/** Ids and texts in turn. */
export function sessionsOf(entries: Answer): StoredSession[] {
  const sessions: StoredSession[] = []
  for (let at = 1; at < entries.length; at += 2) {
    const session = readSession(entries[at - 1] ?? '', entries[at] ?? '')
    if (session !== null) sessions.push(session)
  }
  return sessions
}
