// Store contract: what expects texts that are not there does nothing, and is told what is.
import type { Patch } from '../core/store.ts'
import { same } from './store-asserts.ts'
import { type Book, DONE, LOGOUT, UNKNOWN } from './store-stage.ts'

const FIELDS = new Map([
  ['a', '1'],
  ['b', '2'],
])

export const EXPECT: Book = {
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

  'to expect no text is to ask nothing': async (stage) => {
    const expect = new Map<string, string | null>()
    const old = await stage.begin({ fields: FIELDS })
    await stage.change(old.id, { set: new Map([['c', '3']]), expect })
    const from = stage.from(old.id, { expect })
    const next = await stage.begin({ fields: new Map() }, { from })
    await stage.holds(next, { fields: new Map([...FIELDS, ['c', '3']]) })
    same(await stage.store.end(next.id, { ...LOGOUT, expect }, stage.now), DONE, 'end')
  },
}
