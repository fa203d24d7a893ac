// Store contract: a patch changes what it names, all of it and nothing else.
import { same } from './store-asserts.ts'
import { type Book, UNKNOWN } from './store-stage.ts'

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

  'a patch does all that it names at once': async (stage) => {
    const { now } = stage
    const given = new Map([...FIELDS, ['c', '3']])
    const bounds = { idle: 77, endsAt: now + 5000, throttle: 7 }
    const set = new Map([
      ['b', 'two'],
      ['d', '4'],
    ])
    const changes = { ...bounds, seenAt: now + 20, checkAt: now + 300 }
    const fields = new Map([...set, ['c', '3']])
    for (const expect of [undefined, FIELDS]) {
      const session = await stage.begin({ fields: given, checkAt: now + 900 })
      const { seenAt, checkAt } = changes
      const patch = { set, deleted: ['a'], expect, seenAt, bounds, checkAt }
      await stage.change(session.id, patch, now + 20)
      await stage.holds(session, { ...changes, fields }, now + 97)
      await stage.isOver(session, now + 98, { ...changes, fields })
    }
  },

  'a patch of one thing leaves everything else as it is': async (stage) => {
    const { now } = stage
    const bounds = { idle: 77, endsAt: now + 5000, throttle: 7 }
    const set = new Map([['b', 'two']])
    for (const [patch, changes] of [
      [{ bounds }, bounds],
      [{ set }, { fields: new Map([...FIELDS, ...set]) }],
      [{ deleted: ['b'] }, { fields: new Map([['a', '1']]) }],
      [{ seenAt: now + 9 }, { seenAt: now + 9 }],
      [{ checkAt: now + 100 }, { checkAt: now + 100 }],
      [{ recheck: { from: now + 900, to: now + 950 } }, { checkAt: now + 950 }],
    ] as const) {
      const session = await stage.begin({ fields: FIELDS, checkAt: now + 900 })
      await stage.store.touch(session.id, now + 5)
      await stage.change(session.id, patch, now + 20)
      await stage.holds(session, { seenAt: now + 5, ...changes }, now + 20)
    }
  },

  'the sweep takes fields out and moves its second at once': async (stage) => {
    const { now } = stage
    const session = await stage.begin({ fields: FIELDS, checkAt: now + 10 })
    const recheck = { from: now + 10, to: now + 99 }
    await stage.change(session.id, { deleted: ['a'], expect: FIELDS, recheck })
    await stage.holds(session, { fields: new Map([['b', '2']]), checkAt: now + 99 })
  },

  'of a second that the sweep moves and one that is named the earlier one stays': async (stage) => {
    const { now } = stage
    for (const [named, kept] of [
      [200, 200],
      [800, 500],
    ] as const) {
      const session = await stage.begin({ checkAt: now + 99 })
      const recheck = { from: now + 99, to: now + 500 }
      await stage.change(session.id, { recheck, checkAt: now + named })
      await stage.holds(session, { checkAt: now + kept })
    }
  },
}
