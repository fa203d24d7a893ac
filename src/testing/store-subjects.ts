// Store contract: the sessions of a subject are found, all of them and no others.
import type { Ending, StoredSession } from '../core/store.ts'
import { same } from './store-asserts.ts'
import { type Book, bare, idsOf } from './store-stage.ts'

const REVOKED: Ending = { reason: 'revoked', keep: 600 }
/** More than a page of sessions, whatever a store takes for a page. */
const MANY = 120
/** Names that some layer between here and a disk takes for something else. */
const COMMON_NAMES = ['__proto__', 'constructor', 'toString', 'null', '0']

export const SUBJECTS: Book = {
  'sessions are listed whole, those that began first coming first': async (stage) => {
    const subject = stage.subject()
    const sessions: StoredSession[] = []
    for (const ago of [20, 400, 3, 100]) {
      const fields = new Map([['since', `${ago}`]])
      sessions.push(await stage.begin({ subject, createdAt: stage.now - ago, fields }))
    }
    await stage.begin({ subject: stage.subject() })
    await stage.begin({ subject: null })
    sessions.sort((one, other) => one.createdAt - other.createdAt)
    const listed = await stage.store.list(subject, stage.now)
    same(listed.map(bare), sessions.map(bare), 'list')
  },

  'of sessions that began in one second those that were created first come first': async (
    stage,
  ) => {
    const subject = stage.subject()
    const ids: string[] = []
    for (let at = 0; at < 12; at++) {
      ids.push((await stage.begin({ subject })).id)
      // What goes from among them leaves the others where they are.
      if (at % 4 === 3) await stage.logout(ids.splice(at % 3, 1)[0] ?? '')
    }
    same(idsOf(await stage.store.list(subject, stage.now)), ids, 'list')
  },

  'a renewed session keeps its place among those that began in its second': async (stage) => {
    const subject = stage.subject()
    const ids: string[] = []
    for (let at = 0; at < 5; at++) ids.push((await stage.begin({ subject })).id)
    for (const at of [1, 3, 1]) {
      const from = stage.from(ids[at] ?? '', { until: stage.now + 9 })
      ids[at] = (await stage.begin({ subject }, { from })).id
    }
    ids.push((await stage.begin({ subject })).id)
    same(idsOf(await stage.store.list(subject, stage.now)), ids, 'list')
  },

  'a login that goes on from another second or from somebody else comes last': async (stage) => {
    const subject = stage.subject()
    const [earlier] = await stage.beginMany(subject, 1)
    const guest = await stage.begin({ subject: null })
    const other = await stage.begin({ subject: stage.subject() })
    const ids = [(await stage.begin({ subject })).id]
    for (const id of [guest.id, other.id, earlier?.id ?? '']) {
      ids.push((await stage.begin({ subject }, { from: stage.from(id) })).id)
    }
    same(idsOf(await stage.store.list(subject, stage.now)), ids, 'list')
  },

  'only live sessions are listed': async (stage) => {
    const subject = stage.subject()
    const live = await stage.begin({ subject, idle: 1000 })
    await stage.begin({ subject, idle: 10 })
    const ended = await stage.begin({ subject })
    await stage.logout(ended.id)
    same(idsOf(await stage.store.list(subject, stage.now + 11)), [live.id], 'list')
  },

  'nobody has no sessions': async (stage) => {
    same(await stage.store.list(stage.subject(), stage.now), [], 'list')
    same(await stage.store.endAll(stage.subject(), REVOKED, stage.now), [], 'endAll')
  },

  'subjects that look alike are not the same': async (stage) => {
    const subject = stage.subject()
    const alike = [
      subject,
      `${subject} `,
      subject.toUpperCase(),
      `${subject}é`,
      `${subject}e\u0301`,
    ]
    const ids: string[] = []
    for (const one of alike) ids.push((await stage.begin({ subject: one })).id)
    for (const [at, one] of alike.entries()) {
      same(idsOf(await stage.store.list(one, stage.now)), [ids[at]], 'list')
    }
  },

  'a subject may have any name, also a very long one': async (stage) => {
    const { store, now } = stage
    const long = stage.subject().padEnd(255, 'é')
    for (const subject of [`${long}a`, `${long}b`, ...COMMON_NAMES]) {
      // A run that was broken off may have left sessions under a name that is not of this case alone.
      await store.endAll(subject, REVOKED, now)
      const session = await stage.begin({ subject })
      same((await store.list(subject, now)).map(bare), [bare(session)], 'list')
      same(await store.endAll(subject, REVOKED, now), [session.id], 'endAll')
      same(await stage.peek(session.id), stage.tombstone({ reason: 'revoked', subject }), 'read')
    }
  },

  "what was listed is the caller's own": async (stage) => {
    const subject = stage.subject()
    await stage.begin({ subject })
    for (const listed of await stage.store.list(subject, stage.now)) await stage.isApart(listed)
  },

  'a touched and patched session is listed as it is now': async (stage) => {
    const subject = stage.subject()
    const session = await stage.begin({ subject })
    await stage.store.touch(session.id, stage.now + 5)
    await stage.change(session.id, { set: new Map([['cart', '[]']]) })
    const listed = await stage.store.list(subject, stage.now + 5)
    const now = { ...session, seenAt: stage.now + 5, fields: new Map([['cart', '[]']]) }
    same(listed.map(bare), [bare(now)], 'list')
  },

  'a session that goes on is listed once, under its new id and subject': async (stage) => {
    const [subject, other] = [stage.subject(), stage.subject()]
    const old = await stage.begin({ subject })
    const next = await stage.begin({ subject }, { from: stage.from(old.id) })
    same(idsOf(await stage.store.list(subject, stage.now)), [next.id], 'list')
    const last = await stage.begin({ subject: other }, { from: stage.from(next.id) })
    same(idsOf(await stage.store.list(subject, stage.now)), [], 'list of the subject before')
    same(idsOf(await stage.store.list(other, stage.now)), [last.id], 'list of the new one')
  },

  'endAll ends every session of the subject, and says which': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const sessions = await stage.beginMany(subject, 7)
    const other = await stage.begin({ subject: stage.subject() })
    const ended = await store.endAll(subject, REVOKED, now + 1)
    same(new Set(ended), new Set(idsOf(sessions)), 'endAll')
    same(ended.length, sessions.length, 'how many it ended')
    const tombstone = stage.tombstone({ reason: 'revoked', at: now + 1, subject })
    for (const { id } of sessions) same(await stage.peek(id, now + 599), tombstone, 'read')
    same(await store.list(subject, now + 1), [], 'list')
    same(await store.endAll(subject, REVOKED, now + 2), [], 'endAll again')
    await stage.states(idsOf(sessions), 'unknown', now + 603)
    await stage.holds(other)
  },

  'endAll leaves the one that it is told to leave': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const [first, mine, last] = await stage.beginMany(subject, 3)
    const ended = await store.endAll(subject, REVOKED, now, mine?.id)
    same(new Set(ended), new Set([first?.id, last?.id]), 'endAll')
    same(idsOf(await store.list(subject, now)), [mine?.id], 'list')
    const others = await store.endAll(subject, REVOKED, now, stage.id(subject))
    same(others, [mine?.id], 'endAll but one that is not there')
  },

  'a subject may have very many sessions': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const ids = idsOf(await stage.beginMany(subject, MANY))
    same(idsOf(await store.list(subject, now)), ids, 'list')
    const next = stage.session({ subject })
    const limit = { ...REVOKED, most: MANY - 9, action: 'end-oldest' } as const
    const created = await store.create(next, now, { limit })
    const oldest = created.state === 'done' ? created.ended : []
    same(new Set(oldest), new Set(ids.slice(0, 10)), 'what went for one more')
    const others = await store.endAll(subject, REVOKED, now, next.id)
    same(new Set(others), new Set(ids.slice(10)), 'endAll')
    same(idsOf(await store.list(subject, now)), [next.id], 'list afterwards')
  },

  'endAll does not name what was over or ended before': async (stage) => {
    const subject = stage.subject()
    const live = await stage.begin({ subject, idle: 1000 })
    const over = await stage.begin({ subject, idle: 10 })
    const ended = await stage.begin({ subject })
    await stage.logout(ended.id)
    same(await stage.store.endAll(subject, REVOKED, stage.now + 11), [live.id], 'endAll')
    await stage.isOver(over, stage.now + 11)
    same(await stage.peek(ended.id), stage.tombstone({ subject }), 'read of what was ended')
  },

  'create makes nothing of an id that endAll or a limit ended': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const limit = { ...REVOKED, most: 1, action: 'end-oldest' } as const
    const first = await stage.begin({ subject, createdAt: now - 1 })
    const second = await stage.begin({ subject }, { limit })
    await store.endAll(subject, REVOKED, now)
    const tombstone = stage.tombstone({ reason: 'revoked', subject })
    for (const session of [first, second]) {
      same(await store.create(session, now), { state: 'taken' }, 'create')
      same(await stage.peek(session.id), tombstone, 'read')
    }
  },

  'a subject may begin again after endAll': async (stage) => {
    const subject = stage.subject()
    await stage.beginMany(subject, 2)
    await stage.store.endAll(subject, REVOKED, stage.now)
    const { id } = await stage.begin({ subject })
    same(idsOf(await stage.store.list(subject, stage.now)), [id], 'list')
  },
}
