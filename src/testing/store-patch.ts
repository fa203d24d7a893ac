// Store contract: a patch changes what it names, all of it or nothing.
import type { Patch } from '../core/store.ts'
import { same } from './store-asserts.ts'
import { type Book, DONE, UNKNOWN } from './store-stage.ts'

const FIELDS = new Map([
  ['a', '1'],
  ['b', '2'],
])

export const PATCH: Book = {
  'a patch sets, replaces and deletes, and leaves the rest': async (stage) => {
    const session = await stage.begin({
      subject: stage.subject(),
      fields: new Map([...FIELDS, ['c', '3']]),
    })
    const set = new Map([
      ['b', 'two'],
      ['d', 'four'],
    ])
    await stage.change(session.id, { set, deleted: ['c', 'never there'] }, stage.now + 30)
    await stage.holds(session, { fields: new Map([...FIELDS, ...set]) })
  },

  'a patch of nothing is done on a live session': async (stage) => {
    const session = await stage.begin()
    await stage.change(session.id, {})
    await stage.holds(session)
  },

  'a patch to what is over is unknown and revives nothing': async (stage) => {
    const session = await stage.begin({ idle: 100 })
    const { id } = session
    const bounds = { idle: 0, endsAt: stage.now + 99_999, throttle: 0 }
    const patched = await stage.patch(id, { bounds, seenAt: stage.now + 101 }, stage.now + 101)
    same(patched, UNKNOWN, 'patch')
    await stage.isOver(session, stage.now + 101)
  },

  'a patch brings other bounds': async (stage) => {
    const session = await stage.begin()
    const bounds = { idle: 77, endsAt: stage.now + 5000, throttle: 7 }
    await stage.change(session.id, { bounds })
    await stage.holds(session, bounds)
    await stage.holds(session, bounds, stage.now + 77)
    await stage.isOver(session, stage.now + 78, bounds)
  },

  'a patch may keep a session for longer': async (stage) => {
    const session = await stage.begin({ idle: 100, endsAt: stage.now + 200 })
    const bounds = { idle: 0, endsAt: stage.now + 9000, throttle: 5 }
    await stage.change(session.id, { bounds }, stage.now + 100)
    await stage.holds(session, bounds, stage.now + 9000)
  },

  'a patch may be activity': async (stage) => {
    const session = await stage.begin({ idle: 100, throttle: 60 })
    await stage.change(session.id, { seenAt: stage.now + 20 }, stage.now + 20)
    await stage.holds(session, { seenAt: stage.now + 20 }, stage.now + 120)
  },

  'of two seconds for the sweep the earlier one stays': async (stage) => {
    const session = await stage.begin({ checkAt: 0 })
    const { id } = session
    for (const [given, kept] of [
      [0, 0],
      [500, 500],
      [900, 500],
      [0, 500],
      [300, 300],
    ] as const) {
      await stage.change(id, { checkAt: given === 0 ? 0 : stage.now + given })
      await stage.holds(session, { checkAt: kept === 0 ? 0 : stage.now + kept })
    }
    await stage.change(id, { set: new Map([['a', '1']]) })
    same((await stage.find(id)).checkAt, stage.now + 300, 'checkAt after a patch without one')
  },

  'the sweep moves its second only where it is still the same': async (stage) => {
    const session = await stage.begin({ checkAt: stage.now + 10 })
    const { id } = session
    await stage.change(id, { recheck: { from: stage.now + 11, to: stage.now + 99 } })
    await stage.holds(session)
    await stage.change(id, { recheck: { from: stage.now + 10, to: stage.now + 99 } })
    await stage.holds(session, { checkAt: stage.now + 99 })
    await stage.change(id, { recheck: { from: stage.now + 99, to: 0 } })
    await stage.holds(session, { checkAt: 0 })
  },

  'a patch is done where the fields are as expected': async (stage) => {
    const { id } = await stage.begin({ fields: FIELDS })
    const expect = new Map([
      ['a', '1'],
      ['new', null],
    ])
    await stage.change(id, { set: new Map([['new', 'x']]), deleted: ['a'], expect })
    const fields = new Map([
      ['b', '2'],
      ['new', 'x'],
    ])
    same((await stage.find(id)).fields, fields, 'fields')
  },

  'one field that is not as expected, and nothing changes': async (stage) => {
    const session = await stage.begin({ fields: FIELDS, checkAt: stage.now + 900 })
    const patch: Patch = {
      set: new Map([['b', 'lost']]),
      deleted: ['a'],
      expect: new Map([
        ['a', '1'],
        ['b', 'old'],
        ['c', null],
      ]),
      seenAt: stage.now + 5,
      checkAt: stage.now + 1,
      bounds: { idle: 1, endsAt: stage.now + 1, throttle: 1 },
      recheck: { from: stage.now + 900, to: 0 },
    }
    const current = new Map([...FIELDS, ['c', null]])
    same(await stage.patch(session.id, patch), { state: 'conflict', current }, 'patch')
    await stage.holds(session)
  },

  'a text is expected to the letter, and nothing is not an empty text': async (stage) => {
    const fields = new Map([
      ['empty', ''],
      ['one', '1'],
      ['case', 'Ann'],
    ])
    const session = await stage.begin({ fields })
    for (const [key, text] of [
      ['empty', null],
      ['missing', ''],
      ['one', '1.0'],
      ['one', '1 '],
      ['one', null],
      ['case', 'ann'],
    ] as const) {
      const expect = new Map([[key, text]])
      const current = new Map([[key, fields.get(key) ?? null]])
      const patched = await stage.patch(session.id, { set: new Map([[key, 'x']]), expect })
      same(patched, { state: 'conflict', current }, `patch that expects another text of ${key}`)
    }
    await stage.holds(session)
    await stage.change(session.id, { set: new Map([['empty', 'x']]), expect: fields })
  },

  'expecting something of a dead session is no conflict': async (stage) => {
    const { id } = await stage.begin({ fields: FIELDS, idle: 100 })
    const other = await stage.begin({ fields: FIELDS })
    await stage.logout(other.id)
    const expect = new Map([['a', 'another']])
    same(await stage.patch(other.id, { expect }), stage.tombstone(), 'patch of what was ended')
    same(await stage.patch(id, { expect }, stage.now + 101), UNKNOWN, 'patch of what is over')
    same(await stage.patch(stage.id(), { expect }), UNKNOWN, 'patch of nothing')
  },

  'a patch that only expects says whether it is so': async (stage) => {
    const { id } = await stage.begin({ fields: FIELDS })
    same(await stage.patch(id, { expect: new Map([['a', '1']]) }), DONE, 'patch')
    const { state } = await stage.patch(id, { expect: new Map([['a', '2']]) })
    same(state, 'conflict', 'patch that expects another text')
  },
}
