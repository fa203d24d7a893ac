// Store contract: what create and read say.
import { same } from './store-asserts.ts'
import { type Book, DONE, UNKNOWN } from './store-stage.ts'

export const CREATE: Book = {
  'an id that nobody created is unknown to every verb': async (stage) => {
    const { store, now } = stage
    const id = stage.id()
    same(await store.read(id, now, true), UNKNOWN, 'read')
    same(await store.touch(id, now), UNKNOWN, 'touch')
    same(await stage.patch(id, { set: new Map([['cart', '[]']]) }), UNKNOWN, 'patch')
    same(await store.end(id, { reason: 'logout', keep: 60 }, now), UNKNOWN, 'end')
    same(await store.read(id, now, false), UNKNOWN, 'read after all of them')
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

  'create makes nothing of an id that is over': async (stage) => {
    const session = await stage.begin({ idle: 100 })
    const later = stage.now + 101
    const again = stage.session({ id: session.id, createdAt: later })
    same(await stage.store.create(again, later), { state: 'taken' }, 'create')
    await stage.isOver(session, later)
  },

  'what was handed out does not change afterwards': async (stage) => {
    const given = new Map([['views', '1']])
    const session = await stage.begin({ fields: given })
    given.set('views', 'changed by the caller')
    const before = await stage.find(session.id)
    await stage.change(session.id, { set: new Map([['views', '2']]), seenAt: stage.now + 9 })
    same(before.fields, new Map([['views', '1']]), 'the fields that were read before')
    same(before.seenAt, stage.now, 'the activity that was read before')
  },
}
