// Store contract: how many live sessions a subject may have.
import type { SessionLimit } from '../core/store.ts'
import { same } from './store-asserts.ts'
import { type Book, idsOf, UNKNOWN } from './store-stage.ts'

const ENDING = { reason: 'replaced', keep: 600 } as const
const refuse = (most: number): SessionLimit => ({ ...ENDING, most, action: 'refuse' })
const endOldest = (most: number): SessionLimit => ({ ...ENDING, most, action: 'end-oldest' })

export const LIMITS: Book = {
  'a session beyond the limit is refused': async (stage) => {
    const subject = stage.subject()
    const sessions = await stage.beginMany(subject, 2)
    const third = await stage.begin({ subject }, { limit: refuse(3) })
    const fourth = stage.session({ subject })
    const created = await stage.store.create(fourth, stage.now, { limit: refuse(3) })
    same(created, { state: 'full' }, 'create')
    same(await stage.peek(fourth.id), UNKNOWN, 'read of what was refused')
    const listed = idsOf(await stage.store.list(subject, stage.now))
    same(listed, [...idsOf(sessions), third.id], 'list')
  },

  'a session beyond the limit ends the one that began first': async (stage) => {
    const subject = stage.subject()
    const [oldest, ...others] = await stage.beginMany(subject, 3)
    // Neither use nor the order of the calls makes a session younger.
    await stage.store.touch(oldest?.id ?? '', stage.now)
    const next = stage.session({ subject })
    const created = await stage.store.create(next, stage.now, { limit: endOldest(3) })
    same(created, { state: 'done', ended: [oldest?.id] }, 'create')
    const tombstone = stage.tombstone({ reason: 'replaced', subject })
    same(await stage.peek(oldest?.id ?? ''), tombstone, 'read of the oldest')
    const listed = idsOf(await stage.store.list(subject, stage.now))
    same(listed, [...idsOf(others), next.id], 'list')
    same(
      await stage.peek(oldest?.id ?? '', stage.now + 598),
      tombstone,
      'read before its time is up',
    )
    same(await stage.peek(oldest?.id ?? '', stage.now + 602), UNKNOWN, 'read when its time is up')
  },

  'of sessions that began in one second those that were created first are ended': async (stage) => {
    const subject = stage.subject()
    const ids: string[] = []
    for (let at = 0; at < 12; at++) ids.push((await stage.begin({ subject })).id)
    const next = stage.session({ subject })
    const created = await stage.store.create(next, stage.now, { limit: endOldest(5) })
    same(created, { state: 'done', ended: ids.slice(0, 8) }, 'create')
  },

  'a lower limit ends as many as must go': async (stage) => {
    const subject = stage.subject()
    const sessions = await stage.beginMany(subject, 5)
    const next = stage.session({ subject })
    const created = await stage.store.create(next, stage.now, { limit: endOldest(2) })
    const ended = created.state === 'done' ? created.ended : []
    same(new Set(ended), new Set(idsOf(sessions.slice(0, 4))), 'the ids that were ended')
    const listed = idsOf(await stage.store.list(subject, stage.now))
    same(listed, [sessions[4]?.id, next.id], 'list')
  },

  'a lower limit refuses where there are more than it allows': async (stage) => {
    const subject = stage.subject()
    const sessions = await stage.beginMany(subject, 4)
    const next = stage.session({ subject })
    const created = await stage.store.create(next, stage.now, { limit: refuse(2) })
    same(created, { state: 'full' }, 'create')
    same(idsOf(await stage.store.list(subject, stage.now)), idsOf(sessions), 'list')
  },

  'the new session is never the one that goes, however old': async (stage) => {
    const subject = stage.subject()
    const [first] = await stage.beginMany(subject, 1)
    const next = stage.session({ subject, createdAt: stage.now - 5000, seenAt: stage.now })
    const created = await stage.store.create(next, stage.now, { limit: endOldest(1) })
    same(created, { state: 'done', ended: [first?.id] }, 'create')
    await stage.holds(next)
  },

  'what is over or ended does not count': async (stage) => {
    const subject = stage.subject()
    await stage.begin({ subject, idle: 10 })
    const ended = await stage.begin({ subject })
    await stage.logout(ended.id)
    const live = await stage.begin({ subject })
    const later = stage.now + 11
    const next = stage.session({ subject, createdAt: later })
    const created = await stage.store.create(next, later, { limit: refuse(2) })
    same(created, { state: 'done', ended: [] }, 'create')
    same(idsOf(await stage.store.list(subject, later)), [live.id, next.id], 'list')
  },

  'the session that the new one goes on from does not count': async (stage) => {
    const subject = stage.subject()
    for (const limit of [refuse(2), endOldest(2)]) {
      await stage.store.endAll(subject, ENDING, stage.now)
      const [old, other] = await stage.beginMany(subject, 2)
      const next = stage.session({ subject })
      const from = stage.from(old?.id ?? '', { until: stage.now + 9 })
      const created = await stage.store.create(next, stage.now, { from, limit })
      same(created, { state: 'done', ended: [] }, 'create')
      same(idsOf(await stage.store.list(subject, stage.now)), [other?.id, next.id], 'list')
    }
  },

  'a session goes on over the limit by ending the oldest other': async (stage) => {
    const subject = stage.subject()
    const sessions = await stage.beginMany(subject, 3)
    const old = sessions[0]?.id ?? ''
    const next = stage.session({ subject })
    const terms = { from: stage.from(old), limit: endOldest(2) }
    const created = await stage.store.create(next, stage.now, terms)
    same(created, { state: 'done', ended: [sessions[1]?.id] }, 'create')
    const tombstone = stage.tombstone({ reason: 'renewed', subject })
    same(await stage.peek(old), tombstone, 'read of the one before')
  },

  'a refused session leaves the one before it alone': async (stage) => {
    const subject = stage.subject()
    await stage.beginMany(subject, 1)
    const old = await stage.begin({ subject: null, fields: new Map([['cart', '[1]']]) })
    const next = stage.session({ subject })
    const terms = { from: stage.from(old.id), limit: refuse(1) }
    same(await stage.store.create(next, stage.now, terms), { state: 'full' }, 'create')
    await stage.holds(old)
    same(await stage.peek(next.id), UNKNOWN, 'read of what was refused')
  },

  'nothing is ended for a session that is not created': async (stage) => {
    const subject = stage.subject()
    const [first] = await stage.beginMany(subject, 1)
    const old = await stage.begin({ fields: new Map([['views', '1']]) })
    await stage.logout(old.id)
    const other = await stage.begin({ fields: new Map([['views', '1']]) })
    const taken = await stage.begin()
    const limit = endOldest(1)
    const expect = new Map([['views', '2']])
    for (const [state, id, from] of [
      ['ended', stage.id(subject), stage.from(old.id)],
      ['unknown', stage.id(subject), stage.from(stage.id())],
      ['conflict', stage.id(subject), stage.from(other.id, { expect })],
      ['taken', taken.id, undefined],
    ] as const) {
      const next = stage.session({ id, subject })
      same((await stage.store.create(next, stage.now, { from, limit })).state, state, 'create')
    }
    same(idsOf(await stage.store.list(subject, stage.now)), [first?.id], 'list')
  },

  "a limit does not look at anybody else's sessions": async (stage) => {
    const [subject, other] = [stage.subject(), stage.subject()]
    await stage.beginMany(other, 3)
    await stage.begin({ subject: null })
    await stage.begin({ subject }, { limit: refuse(1) })
    await stage.begin({ subject: null }, { limit: refuse(1) })
    same((await stage.store.list(other, stage.now)).length, 3, 'how many the other one has')
  },
}
