// Store contract: what create and read say.
import { same } from './store-asserts.ts'
import { type Book, DONE, LOGOUT, type Stage, UNKNOWN } from './store-stage.ts'

async function isUnknown(stage: Stage, id: string): Promise<void> {
  const { store, now } = stage
  same(await store.read(id, now, true), UNKNOWN, 'read')
  same(await store.touch(id, now), UNKNOWN, 'touch')
  same(await stage.patch(id, { set: new Map([['cart', '[]']]) }), UNKNOWN, 'patch')
  same(await store.end(id, LOGOUT, now), UNKNOWN, 'end')
  same(await store.read(id, now, false), UNKNOWN, 'read after all of them')
}

/** The id with its last letter but for the end in the other case. The end says too little to count. */
const lookalike = (id: string): string =>
  id.replace(/[a-z](?=[^a-z]*.$)/i, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )

export const CREATE: Book = {
  'an id that nobody created is unknown to every verb': async (stage) => {
    await isUnknown(stage, stage.id())
  },

  'ids are told apart to the letter': async (stage) => {
    const session = await stage.begin()
    const id = lookalike(session.id)
    await isUnknown(stage, id)
    const other = await stage.begin({ id, fields: new Map([['views', '1']]) })
    await stage.holds(session)
    await stage.holds(other)
  },

  'a session is read as it was created': async (stage) => {
    const session = await stage.begin({
      subject: stage.subject(),
      createdAt: stage.now - 5000,
      seenAt: stage.now - 7,
      idle: 901,
      endsAt: stage.now + 77_777,
      throttle: 33,
      checkAt: stage.now + 55,
      fields: new Map([
        ['user', '{"name":"Ann"}'],
        ['views', '3'],
      ]),
    })
    await stage.holds(session)
  },

  'a session may have no fields and nobody to belong to': async (stage) => {
    const session = await stage.begin({ subject: null, fields: new Map() })
    await stage.holds(session)
    await stage.change(session.id, { set: new Map([['first', '1']]) })
    await stage.holds(session, { fields: new Map([['first', '1']]) })
    await stage.change(session.id, { deleted: ['first'] })
    await stage.holds(session)
  },

  'create answers that nothing was ended for it': async (stage) => {
    const created = await stage.store.create(stage.session(), stage.now)
    same(created, { ...DONE, ended: [] }, 'create')
  },

  'a session may be bounded by times far away': async (stage) => {
    const endsAt = 253_402_300_799
    const session = await stage.begin({ idle: 0, endsAt, throttle: 1e12, checkAt: endsAt })
    await stage.holds(session)
    await stage.holds(session, {}, stage.now + 100_000_000)
  },

  'create makes nothing of an id that is live': async (stage) => {
    const session = await stage.begin({ subject: stage.subject() })
    const other = stage.session({ id: session.id, fields: new Map([['stolen', '1']]) })
    same(await stage.store.create(other, stage.now), { state: 'taken' }, 'create')
    await stage.holds(session)
  },

  'create makes nothing of an id that was ended': async (stage) => {
    const session = await stage.begin()
    await stage.logout(session.id)
    same(await stage.store.create(session, stage.now), { state: 'taken' }, 'create')
    same(await stage.peek(session.id), stage.tombstone(), 'read')
  },

  'create makes nothing of an id that was renewed': async (stage) => {
    const old = await stage.begin()
    const next = await stage.begin({}, { from: stage.from(old.id, { until: stage.now + 30 }) })
    const tombstone = await stage.peek(old.id)
    same(await stage.store.create(old, stage.now), { state: 'taken' }, 'create')
    same(await stage.peek(old.id), tombstone, 'read')
    await stage.holds(next)
  },

  'create makes nothing of an id that is over': async (stage) => {
    const session = await stage.begin({ idle: 100 })
    const later = stage.now + 101
    const again = stage.session({ id: session.id, createdAt: later })
    same(await stage.store.create(again, later), { state: 'taken' }, 'create')
    await stage.isOver(session, later)
  },

  "what was handed in and what was read are the caller's own": async (stage) => {
    const given = new Map([['views', '1']])
    const { id } = await stage.begin({ fields: given })
    given.set('views', 'changed by the caller')
    same((await stage.find(id)).fields, new Map([['views', '1']]), 'the fields')
    await stage.isApart(await stage.find(id))
  },
}
