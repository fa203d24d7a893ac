// Store contract: what holds for the sessions of a subject while many calls are under way at once.
import type { SessionLimit } from '../core/store.ts'
import { same, that } from './store-asserts.ts'
import { type Book, idsOf, LOGOUT, type Stage, together } from './store-stage.ts'

const limit = (action: SessionLimit['action']): SessionLimit => ({
  most: 3,
  action,
  reason: 'replaced',
  keep: 600,
})

/** Logs in many times at once, every other time over a visitor's session, and looks how many there are. */
async function logInAtOnce(stage: Stage, subject: string, action: SessionLimit['action']) {
  const visitors = await together(15, () => stage.begin({ subject: null }))
  let most = 0
  const answers = await together(30, async (at) => {
    const session = stage.session({ subject })
    const visitor = at % 2 === 0 ? undefined : visitors[(at - 1) / 2]
    const terms = { from: visitor && stage.from(visitor.id), limit: limit(action) }
    const created = await stage.store.create(session, stage.now, terms)
    most = Math.max(most, (await stage.store.list(subject, stage.now)).length)
    return { id: session.id, visitor, created }
  })
  that(most <= 3, `the limit of 3 is never exceeded (${most})`)
  for (const { visitor, created } of answers) {
    const state = created.state === 'done' ? 'ended' : 'live'
    if (visitor !== undefined)
      same((await stage.peek(visitor.id)).state, state, 'read of a visitor')
  }
  return answers
}

/** What a request does that does not know of the end: one of three things, by turns. */
async function use(stage: Stage, id: string, at: number): Promise<void> {
  const later = stage.now + at
  if (at % 3 === 0) await stage.patch(id, { set: new Map([[`f${at}`, '1']]), seenAt: later })
  if (at % 3 === 1) await stage.store.touch(id, later)
  if (at % 3 === 2) await stage.store.read(id, later, true)
}

export const SUBJECT_RACES: Book = {
  'many logins at once do not exceed a limit that refuses': async (stage) => {
    const subject = stage.subject()
    const answers = await logInAtOnce(stage, subject, 'refuse')
    const done = answers.filter(({ created }) => created.state === 'done')
    same(done.length, 3, 'how many were done')
    const full = answers.filter(({ created }) => created.state === 'full')
    same(full.length, 27, 'how many were refused')
    const listed = idsOf(await stage.store.list(subject, stage.now))
    same(new Set(listed), new Set(idsOf(done)), 'list')
  },

  'many logins at once do not exceed a limit that ends the oldest': async (stage) => {
    const subject = stage.subject()
    const answers = await logInAtOnce(stage, subject, 'end-oldest')
    const ended: string[] = []
    for (const { created } of answers) {
      same(created.state, 'done', 'create')
      if (created.state === 'done') ended.push(...created.ended)
    }
    same(new Set(ended).size, ended.length, 'how many were ended, each once')
    const listed = idsOf(await stage.store.list(subject, stage.now))
    same(listed.length, 3, 'how many are left')
    same(new Set([...ended, ...listed]), new Set(idsOf(answers)), 'what was ended or is left')
    await stage.states(ended, 'ended')
  },

  "logins that go on from each other's sessions do not wait for each other": async (stage) => {
    const only = { ...limit('end-oldest'), most: 1 }
    await together(8, async () => {
      const subjects = [stage.subject(), stage.subject()]
      let ids = idsOf(await Promise.all(subjects.map((subject) => stage.begin({ subject }))))
      for (let round = 0; round < 8; round++) {
        const begun = subjects.map((subject) => stage.session({ subject }))
        const others = [...ids].reverse()
        await Promise.all(
          begun.map(async (session, at) =>
            stage.store.create(session, stage.now, {
              from: stage.from(others[at] ?? ''),
              limit: only,
            }),
          ),
        )
        const listed = await Promise.all(
          subjects.map(async (subject) => stage.store.list(subject, stage.now)),
        )
        for (const { length } of listed)
          that(length <= 1, `the limit of 1 is not exceeded (${length})`)
        ids = subjects.map((_, at) => listed[at]?.[0]?.id ?? begun[at]?.id ?? '')
      }
    })
  },

  'endAll misses nothing that had begun, while others begin': async (stage) => {
    const subject = stage.subject()
    const before = await together(15, () => stage.begin({ subject }))
    const late: string[] = []
    const [ended] = await Promise.all([
      stage.store.endAll(subject, LOGOUT, stage.now),
      together(15, async () => late.push((await stage.begin({ subject })).id)),
    ])
    await stage.states(idsOf(before), 'ended')
    for (const { id } of before) that(ended.includes(id), 'endAll names what it ended')
    const listed = new Set(idsOf(await stage.store.list(subject, stage.now)))
    for (const id of late) {
      same(listed.has(id), !ended.includes(id), 'a session that began meanwhile is listed')
    }
  },

  'endAll and single ends name each session once': async (stage) => {
    const subject = stage.subject()
    const sessions = await stage.beginMany(subject, 12)
    const all = [0, 1].map(async () => stage.store.endAll(subject, LOGOUT, stage.now))
    const single = sessions.map(async ({ id }) => {
      const { state } = await stage.store.end(id, LOGOUT, stage.now)
      return state === 'done' ? [id] : []
    })
    const named = (await Promise.all([...all, ...single])).flat()
    same(named.sort(), idsOf(sessions).sort(), 'what was ended')
  },

  'endAll misses nobody whose id is renewed meanwhile': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const sessions = await together(20, () => stage.begin({ subject }))
    const renewed = await together(20, async (at) => {
      if (at === 7) await store.endAll(subject, LOGOUT, now)
      const next = stage.session({ subject })
      await store.create(next, now, { from: stage.from(sessions[at]?.id ?? '') })
      return next
    })
    same(await store.list(subject, now), [], 'list')
    for (const { id } of [...sessions, ...renewed]) {
      that((await stage.peek(id)).state !== 'live', 'none of them is live')
    }
  },

  'a session that goes on is listed once at every moment': async (stage) => {
    const subject = stage.subject()
    const old = await stage.begin({ subject })
    const counts = new Set<number>()
    await together(12, async (at) => {
      if (at === 4) await stage.begin({ subject }, { from: stage.from(old.id) })
      for (let round = 0; round < 6; round++) {
        counts.add((await stage.store.list(subject, stage.now)).length)
      }
    })
    same(counts, new Set([1]), 'how many were listed')
  },

  'what endAll, a limit or a renewal ended stays ended, whatever is under way': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const next = () => stage.session({ subject, createdAt: now + 1 })
    const only = { ...limit('end-oldest'), most: 1 }
    const ends = {
      endAll: async () => store.endAll(subject, LOGOUT, now),
      limit: async () => store.create(next(), now, { limit: only }),
      renewal: async (id: string) => store.create(next(), now, { from: stage.from(id) }),
    }
    for (const [name, end] of Object.entries(ends)) {
      const { id } = await stage.begin({ subject, throttle: 0 })
      await together(40, async (at) => {
        if (at === 13) await end(id)
        for (let round = 0; round < 3; round++) await use(stage, id, at)
      })
      same((await stage.peek(id)).state, 'ended', `read after ${name}`)
      const listed = idsOf(await store.list(subject, now))
      that(!listed.includes(id), `no list names it after ${name}`)
    }
  },
}
