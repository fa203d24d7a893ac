// Store contract: what holds while many calls are under way at once.
import type { SessionLimit } from '../core/store.ts'
import { same, that } from './store-asserts.ts'
import { type Book, countOf, DONE, idsOf, LOGOUT, type Stage, together } from './store-stage.ts'
import { claimAll } from './store-sweep.ts'

const MOST_TRIES = 10_000

/** Adds one to a field, again and again until nobody else was faster. */
async function increment(stage: Stage, id: string): Promise<void> {
  let text = '0'
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const set = new Map([['count', `${Number(text) + 1}`]])
    const patched = await stage.patch(id, { set, expect: new Map([['count', text]]) })
    if (patched.state === 'done') return
    same(patched.state, 'conflict', 'patch')
    text = (patched.state === 'conflict' && patched.current.get('count')) || text
  }
  throw new Error('patch: expected to be done at last but was always too late')
}

export const RACES: Book = {
  'patches of different fields are all kept': async (stage) => {
    const session = await stage.begin({ fields: new Map([['first', '1']]) })
    await together(40, (at) => stage.change(session.id, { set: new Map([[`f${at}`, `${at}`]]) }))
    const fields = new Map([['first', '1']])
    for (let at = 0; at < 40; at++) fields.set(`f${at}`, `${at}`)
    await stage.holds(session, { fields })
  },

  'patches, touches and reads at once do not undo each other': async (stage) => {
    const session = await stage.begin({ throttle: 0, fields: new Map() })
    const fields = new Map<string, string>()
    await together(30, async (at) => {
      fields.set(`f${at}`, '1')
      const later = stage.now + at
      if (at % 3 === 0) await stage.store.touch(session.id, later)
      if (at % 3 === 1) await stage.store.read(session.id, later, true)
      await stage.change(session.id, { set: new Map([[`f${at}`, '1']]) })
    })
    await stage.holds(session, { seenAt: stage.now + 28, fields })
  },

  'a counter loses no increment': async (stage) => {
    const { id } = await stage.begin({ fields: new Map([['count', '0']]) })
    await together(12, async () => {
      for (let at = 0; at < 5; at++) await increment(stage, id)
    })
    same((await stage.find(id)).fields.get('count'), '60', 'the count')
  },

  'of many calls that end a session one has done it': async (stage) => {
    const { id } = await stage.begin()
    const states = await together(12, async (at) => {
      const reason = at % 2 === 0 ? 'logout' : 'revoked'
      return (await stage.store.end(id, { reason, keep: 600 }, stage.now)).state
    })
    same(countOf(states, 'done'), 1, 'how many ended it')
    same(countOf(states, 'ended'), 11, 'how many came too late')
  },

  'what was ended stays ended, whatever is under way': async (stage) => {
    const { id } = await stage.begin({ throttle: 0 })
    let isEnded = false
    let late = 0
    await together(60, async (at) => {
      if (at === 20) {
        same(await stage.store.end(id, LOGOUT, stage.now), DONE, 'end')
        isEnded = true
      }
      // Only what begins after the end was answered must find it.
      for (let round = 0; round < 4; round++) {
        const [before, later] = [isEnded, stage.now + at]
        const patch = await stage.patch(id, { set: new Map([[`f${at}`, 'x']]), seenAt: later })
        const touch = await stage.store.touch(id, later)
        const read = await stage.store.read(id, later, true)
        const states = [patch.state, touch.state, read.state]
        if (before && states.some((state) => state !== 'ended')) late++
      }
    })
    same(late, 0, 'how many calls found it alive after its end')
    same(await stage.peek(id), stage.tombstone(), 'read')
  },

  'of many creates of one id one is done': async (stage) => {
    const id = stage.id()
    const states = await together(20, async (at) => {
      const session = stage.session({ id, fields: new Map([['by', `${at}`]]) })
      return (await stage.store.create(session, stage.now)).state
    })
    same(countOf(states, 'done'), 1, 'how many were done')
    same(countOf(states, 'taken'), 19, 'how many came too late')
    const by = (await stage.find(id)).fields.get('by')
    same(by, `${states.indexOf('done')}`, 'whose fields are there')
  },

  'of many sessions that go on from one, one does': async (stage) => {
    const old = await stage.begin({ fields: new Map([['cart', '[1]']]) })
    const sessions = Array.from({ length: 20 }, () => stage.session({ fields: new Map() }))
    const answers = await Promise.all(
      sessions.map(async (session) => {
        const from = stage.from(old.id, { until: stage.now + 30 })
        return stage.store.create(session, stage.now, { from })
      }),
    )
    const winners = sessions.filter((_, at) => answers[at]?.state === 'done')
    same(winners.length, 1, 'how many were done')
    const next = winners[0]?.id
    const tombstone = stage.tombstone({ reason: 'renewed', next, until: stage.now + 30 })
    for (const answer of answers) if (answer.state !== 'done') same(answer, tombstone, 'create')
    for (const { id } of sessions) {
      same((await stage.peek(id)).state, id === next ? 'live' : 'unknown', 'read')
    }
    same((await stage.find(next ?? '')).fields, old.fields, 'the fields that moved')
  },

  'a patch to a session that goes on moves along or is refused': async (stage) => {
    const old = await stage.begin({ fields: new Map() })
    const next = stage.session({ fields: new Map() })
    const done = new Map<string, string>()
    await together(30, async (at) => {
      if (at === 15) await stage.store.create(next, stage.now, { from: stage.from(old.id) })
      const patched = await stage.patch(old.id, { set: new Map([[`f${at}`, '1']]) })
      if (patched.state === 'done') done.set(`f${at}`, '1')
    })
    await stage.holds(next, { fields: done })
  },
}

const limit = (action: SessionLimit['action']): SessionLimit => ({
  most: 3,
  action,
  reason: 'replaced',
  keep: 600,
})

/** Logs in many times at once, and looks again and again how many sessions there are. */
async function logInAtOnce(stage: Stage, subject: string, action: SessionLimit['action']) {
  let most = 0
  const answers = await together(30, async () => {
    const session = stage.session({ subject })
    const created = await stage.store.create(session, stage.now, { limit: limit(action) })
    most = Math.max(most, (await stage.store.list(subject, stage.now)).length)
    return { id: session.id, created }
  })
  that(most <= 3, `the limit of 3 is never exceeded (${most})`)
  return answers
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
}

export const SWEEP_RACES: Book = {
  'several sweeps at once are handed each session once': async (stage) => {
    const now = stage.goBack()
    const sessions = await together(24, () => stage.begin({ idle: 100 }))
    const ids = idsOf(sessions)
    const claimed = await together(6, () => claimAll(stage, ids, now + 101, 5))
    same(idsOf(claimed.flat()).sort(), ids.sort(), 'what all of them were handed')
    const counts = await together(3, async () => stage.store.forget(ids, now + 101))
    same(
      counts.reduce((sum, count) => sum + count, 0),
      24,
      'how many were forgotten',
    )
  },
}
