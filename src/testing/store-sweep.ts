// Store contract: what is over is handed out, at least once, and goes when it is forgotten.
import type { StoredSession } from '../core/store.ts'
import { same, that } from './store-asserts.ts'
import { type Book, bare, idsOf, type Stage, UNKNOWN } from './store-stage.ts'

const LEASE = 60
/** Pages without anything of a case's own, after which there is nothing more. */
const EMPTY_PAGES = 3

/** All that is handed out at that second of these ids, each as often as it is. */
export async function claimAll(
  { store }: Stage,
  ids: readonly string[],
  now: number,
  most = 50,
): Promise<StoredSession[]> {
  const claimed: StoredSession[] = []
  let empty = 0
  // A store that hands out the same ones again and again must not keep the case from failing.
  while (empty < EMPTY_PAGES && claimed.length <= 2 * ids.length) {
    const page = await store.claim(now, most, LEASE)
    that(page.length <= most, 'claim hands out no more than was asked')
    empty = page.length === 0 ? empty + 1 : 0
    claimed.push(...page.filter(({ id }) => ids.includes(id)))
  }
  return claimed
}

/** Fails unless these ids are handed out, each once, and none else of `all`. */
async function handsOut(
  stage: Stage,
  all: readonly string[],
  expected: readonly string[],
  now: number,
): Promise<void> {
  const ids = idsOf(await claimAll(stage, all, now))
  same(ids.sort(), [...expected].sort(), `what is claimed after ${now - stage.now} seconds`)
}

export const SWEEP: Book = {
  'what is over is handed out whole, once per lease, until it is forgotten': async (stage) => {
    const now = stage.goBack()
    const session = await stage.begin({
      subject: stage.subject(),
      idle: 100,
      fields: new Map([
        ['cart', '[1]'],
        ['__proto__', '"é"'],
      ]),
    })
    const ids = [session.id]
    await handsOut(stage, ids, [], now + 100)
    same((await claimAll(stage, ids, now + 101)).map(bare), [bare(session)], 'claim')
    await handsOut(stage, ids, [], now + 101 + LEASE - 1)
    await handsOut(stage, ids, ids, now + 101 + LEASE + 1)
    same(await stage.store.forget(ids, now + 170), 1, 'forget')
    same(await stage.store.forget(ids, now + 170), 0, 'forget again')
    await handsOut(stage, ids, [], now + 300)
    const { subject } = session
    const tombstone = stage.tombstone({ reason: 'idle', at: now + 100, subject })
    same(await stage.peek(session.id, now + 300), tombstone, 'read')
  },

  'handing out is no activity and revives nothing': async (stage) => {
    const now = stage.goBack()
    const session = await stage.begin({ idle: 100 })
    const { id } = session
    await handsOut(stage, [id], [id], now + 101)
    await stage.isOver(session, now + 101)
    same(await stage.store.touch(id, now + 102), UNKNOWN, 'touch')
    await handsOut(stage, [id], [id], now + 300)
    await stage.store.forget([id], now + 300)
  },

  'a page has no more than was asked, and the next one the others': async (stage) => {
    const now = stage.goBack()
    const ids: string[] = []
    for (let at = 0; at < 9; at++) ids.push((await stage.begin({ idle: 100 + at })).id)
    const claimed = idsOf(await claimAll(stage, ids, now + 200, 2))
    same(claimed.sort(), ids.sort(), 'all that is claimed')
    same(await stage.store.forget(ids, now + 200), 9, 'forget')
  },

  'a touched session is handed out when it is over at last': async (stage) => {
    const now = stage.goBack()
    const { id } = await stage.begin({ idle: 100, throttle: 10 })
    const other = await stage.begin({ idle: 100 })
    const ids = [id, other.id]
    await stage.store.touch(id, now + 90)
    await handsOut(stage, ids, [other.id], now + 101)
    await stage.store.read(id, now + 150, true)
    await handsOut(stage, ids, [other.id], now + 200)
    await handsOut(stage, [id], [], now + 250)
    await handsOut(stage, [id], [id], now + 251)
    same(await stage.store.forget(ids, now + 252), 2, 'forget')
  },

  'a session whose bounds were changed is handed out by the new ones': async (stage) => {
    const now = stage.goBack()
    const sooner = await stage.begin({ idle: 5000 })
    const later = await stage.begin({ idle: 100 })
    const ids = [sooner.id, later.id]
    const bounds = { endsAt: now + 9000, throttle: 5 }
    await stage.change(sooner.id, { bounds: { ...bounds, idle: 50 } })
    await stage.change(later.id, { bounds: { ...bounds, idle: 700 } })
    await handsOut(stage, ids, [], now + 50)
    await handsOut(stage, ids, [sooner.id], now + 51)
    await stage.store.forget([sooner.id], now + 52)
    await handsOut(stage, ids, [], now + 700)
    await handsOut(stage, ids, [later.id], now + 701)
    same(await stage.store.forget(ids, now + 702), 1, 'forget')
  },

  'a live session is handed out when its second has come': async (stage) => {
    const now = stage.goBack()
    const session = await stage.begin({ idle: 5000, checkAt: now + 100 })
    const ids = [session.id]
    await handsOut(stage, ids, [], now + 99)
    same((await claimAll(stage, ids, now + 100)).map(bare), [bare(session)], 'claim')
    await stage.holds(session, {}, now + 100)
    await handsOut(stage, ids, [], now + 100 + LEASE - 1)
    await handsOut(stage, ids, ids, now + 100 + LEASE + 1)
    same(await stage.store.forget(ids, now + 200), 0, 'forget of a live session')
    await stage.holds(session, {}, now + 200)
    await stage.logout(session.id, now + 200)
  },

  'a live session is handed out again when its next second has come': async (stage) => {
    const now = stage.goBack()
    const { id } = await stage.begin({ idle: 5000, checkAt: now + 100 })
    await handsOut(stage, [id], [id], now + 100)
    const recheck = { from: now + 100, to: now + 900 }
    await stage.change(id, { recheck }, now + 101)
    await handsOut(stage, [id], [], now + 899)
    await handsOut(stage, [id], [id], now + 900)
    await stage.change(id, { recheck: { from: now + 900, to: 0 } }, now + 901)
    await handsOut(stage, [id], [], now + 4000)
    await handsOut(stage, [id], [id], now + 5001)
    await stage.store.forget([id], now + 5001)
  },

  'a patch brings the second of the sweep forward': async (stage) => {
    const now = stage.goBack()
    const never = await stage.begin({ idle: 5000 })
    const far = await stage.begin({ idle: 5000, checkAt: now + 3000 })
    const ids = [never.id, far.id]
    for (const id of ids) await stage.change(id, { checkAt: now + 200 }, now + 10)
    await handsOut(stage, ids, [], now + 199)
    await handsOut(stage, ids, ids, now + 200)
    for (const id of ids) await stage.logout(id, now + 201)
  },

  'the second of the sweep moves with the fields to the session that goes on': async (stage) => {
    const now = stage.goBack()
    const old = await stage.begin({ idle: 5000, checkAt: now + 100 })
    const next = await stage.begin({ idle: 5000 }, { from: stage.from(old.id) })
    await handsOut(stage, [old.id, next.id], [next.id], now + 100)
    await stage.logout(next.id, now + 101)
  },

  'what was ended is never handed out': async (stage) => {
    const now = stage.goBack()
    const ended = await stage.begin({ idle: 100 })
    const claimed = await stage.begin({ idle: 5000, checkAt: now + 50 })
    const renewed = await stage.begin({ idle: 100 })
    const next = await stage.begin({ idle: 5000 }, { from: stage.from(renewed.id) })
    const ids = [ended.id, claimed.id, renewed.id]
    await stage.logout(ended.id)
    await handsOut(stage, ids, [claimed.id], now + 60)
    await stage.logout(claimed.id, now + 61)
    await handsOut(stage, ids, [], now + 200)
    await handsOut(stage, ids, [], now + 1000)
    await stage.logout(next.id)
  },

  'forget leaves what is live or ended, and counts what it forgot': async (stage) => {
    const now = stage.goBack()
    const subject = stage.subject()
    const live = await stage.begin({ idle: 1000 })
    const ended = await stage.begin({ subject })
    const over = await stage.begin({ subject, idle: 10 })
    await stage.logout(ended.id)
    const ids = [live.id, ended.id, over.id, stage.id(), over.id]
    same(await stage.store.forget(ids, now + 20), 1, 'forget')
    await stage.holds(live, {}, now + 20)
    same(await stage.peek(ended.id, now + 20), stage.tombstone({ subject }), 'read')
    same(await stage.store.forget([], now + 20), 0, 'forget of nothing')
    await stage.logout(live.id)
  },

  'what was forgotten says when and why it ended, and is nobody any more': async (stage) => {
    const now = stage.goBack()
    const subject = stage.subject()
    const idle = await stage.begin({ subject, idle: 10 })
    const old = await stage.begin({ subject, idle: 0, endsAt: now + 15 })
    await stage.store.forget([idle.id, old.id], now + 20)
    const tombstone = (reason: 'idle' | 'absolute', at: number) =>
      stage.tombstone({ reason, at, subject })
    same(await stage.peek(idle.id, now + 30), tombstone('idle', now + 10), 'read')
    same(await stage.peek(old.id, now + 30), tombstone('absolute', now + 15), 'read')
    same(await stage.store.touch(idle.id, now + 30), tombstone('idle', now + 10), 'touch')
    same(await stage.store.create(idle, now + 30), { state: 'taken' }, 'create')
    await handsOut(stage, [idle.id, old.id], [], now + 300)
  },
}
