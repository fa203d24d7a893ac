// Store contract: what holds while many calls are under way at once.
import type { From } from '../core/store.ts'
import { same } from './store-asserts.ts'
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

const leadingOn = (stage: Stage, id: string): From => stage.from(id, { until: stage.now + 30 })

/** Whom a request under an id serves, if need be by the session that goes on from it. */
async function userServed(stage: Stage, id: string): Promise<string | undefined> {
  const reading = await stage.store.read(id, stage.now + 1, true)
  const next = reading.state === 'ended' ? reading.next : null
  const there = next === null ? reading : await stage.peek(next)
  return there.state === 'live' ? there.session.fields.get('user') : undefined
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
      sessions.map(async (session) =>
        stage.store.create(session, stage.now, { from: leadingOn(stage, old.id) }),
      ),
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

  'who follows a renewed id arrives at its session, whenever it is renewed': async (stage) => {
    // Of one subject, so that both ids lie together.
    const subject = stage.subject()
    const old = await stage.begin({ subject, fields: new Map([['user', '"ann"']]) })
    const next = stage.session({ subject, fields: new Map() })
    const renew = async () =>
      stage.store.create(next, stage.now, { from: leadingOn(stage, old.id) })
    const users = await together(20, async (at) => {
      if (at === 7) same((await renew()).state, 'done', 'create')
      const served = new Set<unknown>()
      for (let round = 0; round < 6; round++) served.add(await userServed(stage, old.id))
      return [...served]
    })
    same(new Set(users.flat()), new Set(['"ann"']), 'who is served')
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
