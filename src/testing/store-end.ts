// Store contract: what is ended stays ended, and says why.
import type { EndReason } from '../core/record.ts'
import { same } from './store-asserts.ts'
import { type Book, DONE, LOGOUT, UNKNOWN } from './store-stage.ts'

const REASONS: readonly EndReason[] = [
  'logout',
  'revoked',
  'replaced',
  'renewed',
  'idle',
  'absolute',
]

export const END: Book = {
  'an ended session answers its tombstone to every verb': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const { id } = await stage.begin({ subject })
    same(await store.end(id, LOGOUT, now), DONE, 'end')
    const tombstone = stage.tombstone({ subject })
    same(await store.read(id, now + 1, true), tombstone, 'read')
    same(await store.touch(id, now + 2), tombstone, 'touch')
    same(await stage.patch(id, { set: new Map([['a', '1']]) }, now + 3), tombstone, 'patch')
    same(await store.end(id, LOGOUT, now + 4), tombstone, 'end again')
    const goesOn = { from: stage.from(id) }
    same(await store.create(stage.session(), now + 5, goesOn), tombstone, 'create from it')
    same(await stage.peek(id, now + 6), tombstone, 'read after all of them')
  },

  'the first reason for an end stays': async (stage) => {
    const { id } = await stage.begin()
    await stage.logout(id)
    const again = await stage.store.end(id, { reason: 'revoked', keep: 9999 }, stage.now + 100)
    same(again, stage.tombstone(), 'end again')
    same(await stage.peek(id, stage.now + 200), stage.tombstone(), 'read')
    same(await stage.peek(id, stage.now + 700), UNKNOWN, 'read after the time of the first end')
  },

  'each reason is kept as it was given': async (stage) => {
    for (const reason of REASONS) {
      const { id } = await stage.begin()
      await stage.store.end(id, { reason, keep: 60 }, stage.now)
      same(await stage.peek(id), stage.tombstone({ reason }), 'read')
    }
  },

  'a tombstone is kept as long as was asked, and no longer': async (stage) => {
    const { id } = await stage.begin()
    await stage.store.end(id, { reason: 'logout', keep: 300 }, stage.now + 10)
    const tombstone = stage.tombstone({ at: stage.now + 10 })
    same(await stage.peek(id, stage.now + 308), tombstone, 'read before its time is up')
    const late = stage.now + 312
    same(await stage.store.read(id, late, true), UNKNOWN, 'read afterwards')
    same(await stage.store.touch(id, late), UNKNOWN, 'touch')
    same(await stage.patch(id, {}, late), UNKNOWN, 'patch')
    same(await stage.store.end(id, LOGOUT, late), UNKNOWN, 'end')
  },

  'a tombstone outlives the time that the session would have had': async (stage) => {
    const { id } = await stage.begin({ idle: 10, endsAt: stage.now + 20 })
    await stage.logout(id)
    same(await stage.peek(id, stage.now + 599), stage.tombstone(), 'read')
  },

  'a tombstone says when the end was': async (stage) => {
    const { id } = await stage.begin()
    await stage.logout(id, stage.now + 77)
    same(await stage.peek(id, stage.now + 90), stage.tombstone({ at: stage.now + 77 }), 'read')
  },

  'who asks for one subject does not end what is of another': async (stage) => {
    const { store, now } = stage
    const session = await stage.begin({ subject: stage.subject() })
    const nobodys = await stage.begin({ subject: null })
    same(await store.end(session.id, LOGOUT, now, stage.subject()), UNKNOWN, "another's")
    same(await store.end(nobodys.id, LOGOUT, now, stage.subject()), UNKNOWN, "nobody's")
    await stage.holds(session)
    await stage.holds(nobodys)
    await stage.logout(session.id)
    same(await store.end(session.id, LOGOUT, now, stage.subject()), UNKNOWN, 'what was ended')
  },

  'a session ends only where its fields have the texts that are expected': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const session = await stage.begin({ subject, fields: new Map([['cart', '[1]']]) })
    const { id } = session
    const expecting = (text: string | null, other: string | null) =>
      new Map([
        ['cart', text],
        ['other', other],
      ])
    const conflict = {
      state: 'conflict',
      current: new Map([
        ['cart', '[1]'],
        ['other', null],
      ]),
    }
    for (const expect of [expecting('[2]', null), expecting(null, null), expecting('[1]', '')]) {
      same(await store.end(id, { ...LOGOUT, expect }, now), conflict, 'end')
    }
    await stage.holds(session)
    const mine = { ...LOGOUT, expect: expecting('[1]', null) }
    same(await store.end(id, mine, now, stage.subject()), UNKNOWN, "another's")
    same(await store.end(id, mine, now, subject), DONE, 'end')
    const ending = { ...LOGOUT, expect: expecting('[2]', null) }
    same(await store.end(id, ending, now), stage.tombstone({ subject }), 'end again')
  },

  'an end may say which session goes on from it': async (stage) => {
    const { store, now } = stage
    const { id } = await stage.begin()
    const next = await stage.begin()
    const until = now + 30
    same(await store.end(id, { ...LOGOUT, next: next.id, until }, now), DONE, 'end')
    const tombstone = stage.tombstone({ next: next.id, until })
    same(await stage.peek(id), tombstone, 'read')
    same(await stage.peek(id, until + 1), tombstone, 'read when the way is over')
    same(await store.end(id, { ...LOGOUT, next: id, until }, now), tombstone, 'end again')
    await stage.holds(next)
  },

  'who asks for the right subject ends its session, or is told how it ended': async (stage) => {
    const { store, now } = stage
    const subject = stage.subject()
    const { id } = await stage.begin({ subject })
    same(await store.end(id, LOGOUT, now, subject), DONE, 'end')
    same(await stage.peek(id), stage.tombstone({ subject }), 'read')
    const again = await store.end(id, { reason: 'revoked', keep: 600 }, now + 1, subject)
    same(again, stage.tombstone({ subject }), 'end again')
  },
}
