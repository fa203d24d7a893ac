// Store contract: until when a session is live, and what activity changes in that.
import type { StoredSession } from '../core/store.ts'
import { same } from './store-asserts.ts'
import { type Book, DONE, LOGOUT, type Stage, UNKNOWN } from './store-stage.ts'

/** Live in its last second; in the next one it is only shown, as what it was. */
async function isOverAfter(
  stage: Stage,
  session: StoredSession,
  last: number,
  seenAt = session.seenAt,
): Promise<void> {
  const { store } = stage
  const { id } = session
  const next = last + 1
  same((await stage.peek(id, last)).state, 'live', 'read in its last second')
  await stage.isOver(session, next, { seenAt })
  same(await store.touch(id, next), UNKNOWN, 'touch')
  same(await stage.patch(id, { set: new Map([['cart', 'late']]) }, next), UNKNOWN, 'patch')
  same(await store.end(id, LOGOUT, next), UNKNOWN, 'end')
  await stage.isOver(session, next, { seenAt })
}

export const BOUNDS: Book = {
  'a session is over after so many idle seconds': async (stage) => {
    const session = await stage.begin({ idle: 100 })
    await isOverAfter(stage, session, stage.now + 100)
  },

  'a session is over when its absolute end has gone by': async (stage) => {
    const session = await stage.begin({ idle: 0, endsAt: stage.now + 50 })
    await isOverAfter(stage, session, stage.now + 50)
  },

  'of the idle bound and the absolute end the earlier one counts': async (stage) => {
    const session = await stage.begin({ idle: 1000, endsAt: stage.now + 50 })
    await isOverAfter(stage, session, stage.now + 50)
  },

  'an idle bound of 0 is none': async (stage) => {
    const session = await stage.begin({ idle: 0, endsAt: stage.now + 90_000_000 })
    await stage.holds(session, {}, stage.now + 80_000_000)
  },

  'a read that is no activity changes nothing': async (stage) => {
    const session = await stage.begin({ throttle: 0 })
    const reading = await stage.store.read(session.id, stage.now + 999, false)
    same(reading.state === 'live' && reading.touched, false, 'touched')
    await stage.holds(session, {}, stage.now + 999)
  },

  'a read within the throttle is not written down': async (stage) => {
    const session = await stage.begin({ throttle: 60 })
    const reading = await stage.store.read(session.id, stage.now + 60, true)
    same(reading.state === 'live' && reading.touched, false, 'touched')
    await stage.holds(session, {}, stage.now + 60)
  },

  'a read beyond the throttle touches, and shows the session as it was before': async (stage) => {
    const session = await stage.begin({ throttle: 60 })
    const later = stage.now + 61
    const reading = await stage.store.read(session.id, later, true)
    same(reading.state === 'live' && reading.touched, true, 'touched')
    same(reading.state === 'live' && reading.session.seenAt, stage.now, 'seenAt before the touch')
    same((await stage.find(session.id, later)).seenAt, later, 'seenAt after the touch')
    const next = await stage.store.read(session.id, later + 60, true)
    same(next.state === 'live' && next.touched, false, 'touched again within the throttle')
  },

  'a throttle of 0 lets every later second touch': async (stage) => {
    const session = await stage.begin({ throttle: 0 })
    const first = await stage.store.read(session.id, stage.now, true)
    same(first.state === 'live' && first.touched, false, 'touched in the same second')
    const second = await stage.store.read(session.id, stage.now + 1, true)
    same(second.state === 'live' && second.touched, true, 'touched a second later')
  },

  'of the throttle, too, what was written last counts': async (stage) => {
    const { id, idle, endsAt } = await stage.begin({ throttle: 600 })
    const touched = async (throttle: number, ago: number) => {
      await stage.store.touch(id, stage.now)
      await stage.change(id, { bounds: { idle, endsAt, throttle } })
      const reading = await stage.store.read(id, stage.now + ago, true)
      return reading.state === 'live' && reading.touched
    }
    same(await touched(900, 900), false, 'touched within a throttle that was raised')
    same(await touched(10, 11), true, 'touched beyond one that was lowered')
  },

  'touch is activity also within the throttle': async (stage) => {
    const session = await stage.begin({ throttle: 60 })
    same(await stage.store.touch(session.id, stage.now + 1), DONE, 'touch')
    await stage.holds(session, { seenAt: stage.now + 1 })
  },

  'activity never goes back': async (stage) => {
    const session = await stage.begin({ throttle: 0 })
    await stage.store.touch(session.id, stage.now + 50)
    same(await stage.store.touch(session.id, stage.now + 20), DONE, 'touch')
    await stage.store.read(session.id, stage.now + 30, true)
    await stage.change(session.id, { seenAt: stage.now + 40 })
    await stage.holds(session, { seenAt: stage.now + 50 })
  },

  'a touch keeps a session, and again from there': async (stage) => {
    const session = await stage.begin({ idle: 100, throttle: 10 })
    same(await stage.store.touch(session.id, stage.now + 90), DONE, 'touch')
    await stage.store.read(session.id, stage.now + 180, true)
    await isOverAfter(stage, session, stage.now + 280, stage.now + 180)
  },

  'no touch keeps a session beyond its absolute end': async (stage) => {
    const session = await stage.begin({ idle: 100, endsAt: stage.now + 120 })
    await stage.store.touch(session.id, stage.now + 99)
    await isOverAfter(stage, session, stage.now + 120, stage.now + 99)
  },

  'touches leave the fields and everything else alone': async (stage) => {
    const session = await stage.begin({ subject: stage.subject(), checkAt: stage.now + 500 })
    await stage.store.read(session.id, stage.now + 100, true)
    await stage.store.touch(session.id, stage.now + 200)
    await stage.holds(session, { seenAt: stage.now + 200 })
  },
}
