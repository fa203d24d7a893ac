// Store contract: a session that goes on from another: a renewed id, an authentication.
import { same } from './store-asserts.ts'
import { type Book, UNKNOWN } from './store-stage.ts'

const FIELDS = new Map([
  ['cart', '[1]'],
  ['otp', '"123"'],
  ['views', '1'],
])

export const FROM: Book = {
  'a renewed session takes the fields along, and the old id points at it': async (stage) => {
    const { now } = stage
    const subject = stage.subject()
    const old = await stage.begin({ subject, fields: FIELDS, createdAt: now - 100 })
    const next = await stage.begin(
      { subject, createdAt: now - 100, seenAt: now, fields: new Map([['views', '2']]) },
      { from: stage.from(old.id, { until: now + 30 }) },
      now,
    )
    await stage.holds(next, { fields: new Map([...FIELDS, ['views', '2']]) })
    const tombstone = { reason: 'renewed', subject, next: next.id, until: now + 30 } as const
    same(await stage.peek(old.id), stage.tombstone(tombstone), 'read of the old id')
    same(await stage.store.touch(old.id, now + 1), stage.tombstone(tombstone), 'touch of it')
  },

  'an authentication lies where its subject does, and the old id leads nowhere': async (stage) => {
    const old = await stage.begin({ subject: null, fields: FIELDS })
    const next = await stage.begin(
      { subject: stage.subject(), fields: new Map([['user', '"ann"']]) },
      { from: stage.from(old.id, { reason: 'replaced', deleted: ['otp', 'never there'] }) },
    )
    const fields = new Map([
      ['cart', '[1]'],
      ['views', '1'],
      ['user', '"ann"'],
    ])
    await stage.holds(next, { fields })
    same(await stage.peek(old.id), stage.tombstone({ reason: 'replaced' }), 'read of the old id')
  },

  'what the new session has itself stands also where it was deleted': async (stage) => {
    const old = await stage.begin({ fields: FIELDS })
    const fields = new Map([['otp', '"456"']])
    const next = await stage.begin({ fields }, { from: stage.from(old.id, { deleted: ['otp'] }) })
    await stage.holds(next, { fields: new Map([...FIELDS, ...fields]) })
  },

  'bounds and times are those of the new session': async (stage) => {
    const { now } = stage
    const old = await stage.begin({ createdAt: now - 50, idle: 60, throttle: 1 })
    await stage.store.touch(old.id, now + 5)
    const bounds = { idle: 500, endsAt: now + 9000, throttle: 9 }
    const given = { ...bounds, createdAt: now - 7, seenAt: now }
    const next = await stage.begin(given, { from: stage.from(old.id) }, now + 5)
    await stage.holds(next, {}, now + 500)
    await stage.isOver(next, now + 501)
  },

  'of both seconds for the sweep the earlier one stays': async (stage) => {
    const { now } = stage
    for (const [before, given, kept] of [
      [0, 0, 0],
      [0, 9, 9],
      [9, 0, 9],
      [5, 9, 5],
      [9, 5, 5],
    ] as const) {
      const at = (seconds: number) => (seconds === 0 ? 0 : now + seconds)
      const old = await stage.begin({ checkAt: at(before) })
      const next = await stage.begin({ checkAt: at(given) }, { from: stage.from(old.id) })
      await stage.holds(next, { checkAt: at(kept) })
    }
  },

  'nothing goes on from what was ended': async (stage) => {
    const old = await stage.begin({ fields: FIELDS })
    await stage.logout(old.id)
    const next = stage.session()
    const created = await stage.store.create(next, stage.now + 1, { from: stage.from(old.id) })
    same(created, stage.tombstone(), 'create')
    same(await stage.peek(next.id), UNKNOWN, 'read of the new id')
    same(await stage.peek(old.id), stage.tombstone(), 'read of the old id')
  },

  'nothing goes on from what is over or was never there': async (stage) => {
    const old = await stage.begin({ idle: 100 })
    const next = stage.session()
    for (const id of [old.id, stage.id()]) {
      const created = await stage.store.create(next, stage.now + 101, { from: stage.from(id) })
      same(created, UNKNOWN, 'create')
    }
    same(await stage.peek(next.id, stage.now + 101), UNKNOWN, 'read of the new id')
  },

  'an old session whose fields are not as expected stays': async (stage) => {
    const old = await stage.begin({ fields: FIELDS })
    const next = stage.session()
    const expect = new Map([
      ['views', '7'],
      ['none', null],
    ])
    const from = stage.from(old.id, { expect, deleted: ['cart'] })
    const current = new Map([
      ['views', '1'],
      ['none', null],
    ])
    same(
      await stage.store.create(next, stage.now, { from }),
      { state: 'conflict', current },
      'create',
    )
    await stage.holds(old)
    same(await stage.peek(next.id), UNKNOWN, 'read of the new id')
  },

  'an old session whose fields are as expected goes on': async (stage) => {
    const old = await stage.begin({ fields: FIELDS })
    const expect = new Map([
      ['views', '1'],
      ['none', null],
    ])
    const set = new Map([['views', '2']])
    const next = await stage.begin({ fields: set }, { from: stage.from(old.id, { expect }) })
    await stage.holds(next, { fields: new Map([...FIELDS, ...set]) })
  },

  'an old session stays where the new id is taken': async (stage) => {
    const old = await stage.begin({ fields: FIELDS })
    const taken = await stage.begin()
    const again = stage.session({ id: taken.id })
    const created = await stage.store.create(again, stage.now, { from: stage.from(old.id) })
    same(created, { state: 'taken' }, 'create')
    await stage.holds(old)
    await stage.holds(taken)
  },

  'the old id is kept as long as was asked, and no longer': async (stage) => {
    const { now } = stage
    const old = await stage.begin()
    const next = await stage.begin({}, { from: stage.from(old.id, { keep: 50, until: now + 9 }) })
    const { state } = await stage.peek(old.id, now + 48)
    same(state, 'ended', 'read before its time is up')
    same(await stage.peek(old.id, now + 52), UNKNOWN, 'read afterwards')
    await stage.holds(next, {}, now + 52)
  },

  'each of several renewals points at the next': async (stage) => {
    const ids: string[] = []
    for (let at = 0; at < 4; at++) {
      const before = ids.at(-1)
      const from = before === undefined ? undefined : stage.from(before, { until: stage.now + 9 })
      ids.push((await stage.begin({ fields: new Map([[`f${at}`, '1']]) }, { from })).id)
    }
    for (const [at, id] of ids.slice(0, -1).entries()) {
      const reading = await stage.peek(id)
      same(reading.state === 'ended' && reading.next, ids[at + 1], 'next')
    }
    same(
      [...(await stage.find(ids[3] ?? '')).fields.keys()].sort(),
      ['f0', 'f1', 'f2', 'f3'],
      'keys',
    )
  },
}
