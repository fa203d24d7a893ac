// Store contract: what is over is handed out, at least once, and goes when it is forgotten.
import type { StoredSession } from '../core/store.ts'
import { same, that } from './store-asserts.ts'
import { type Book, bare, idsOf, LOGOUT, type Stage, UNKNOWN } from './store-stage.ts'

/** For how many seconds a case leases what it claims. */
export const LEASE = 60
/** A little less than what the contract asks every store to keep what is over. */
export const RETENTION = 3500
/** Pages without anything of a case's own, after which there is nothing more. */
const EMPTY_PAGES = 3

/** All that is handed out at that second of these ids, each as often as it is. */
export async function claimAll(
  { store }: Stage,
  ids: readonly string[],
  now: number,
  most = 50,
  lease = LEASE,
): Promise<StoredSession[]> {
  const claimed: StoredSession[] = []
  let empty = 0
  // A store that hands out the same ones again and again must not keep the case from failing.
  while (empty < EMPTY_PAGES && claimed.length <= 2 * ids.length) {
    const page = await store.claim(now, most, lease)
    that(page.length <= most, 'claim hands out no more than was asked')
    empty = page.length === 0 ? empty + 1 : 0
    claimed.push(...page.filter(({ id }) => ids.includes(id)))
  }
  return claimed
}

/** Fails unless these ids are handed out, each once, and none else of `all`. */
export async function handsOut(
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

  'a lease is as long as was asked': async (stage) => {
    const now = stage.goBack()
    const { id } = await stage.begin({ idle: 100 })
    const handedOut = async (at: number, lease: number) =>
      idsOf(await claimAll(stage, [id], now + at, 50, lease))
    same(await handedOut(101, 300), [id], 'claim')
    same(await handedOut(399, 5), [], 'claim within the lease')
    same(await handedOut(402, 5), [id], 'claim after it')
    same(await handedOut(408, 5), [id], 'claim after a shorter one')
    await stage.store.forget([id], now + 409)
  },

  'what is over by its absolute end is handed out, whatever else is to come': async (stage) => {
    const now = stage.goBack()
    const endsAt = now + 100
    const ids = idsOf([
      await stage.begin({ idle: 0, endsAt }),
      await stage.begin({ idle: 5000, endsAt }),
      await stage.begin({ idle: 0, endsAt, checkAt: now + 4000 }),
    ])
    await handsOut(stage, ids, [], now + 100)
    await handsOut(stage, ids, ids, now + 101)
    same(await stage.store.forget(ids, now + 101), 3, 'forget')
  },

  'what is over waits for its sweep, and is shown until then': async (stage) => {
    const now = stage.goBack()
    const session = await stage.begin({ idle: 100 })
    const late = now + 100 + RETENTION
    await stage.isOver(session, late)
    await handsOut(stage, [session.id], [session.id], late)
    await stage.store.forget([session.id], late)
  },

  "what a sweep was handed is the sweep's own": async (stage) => {
    const now = stage.goBack()
    const { id } = await stage.begin({ checkAt: now + 100 })
    const claimed = await claimAll(stage, [id], now + 100)
    same(idsOf(claimed), [id], 'claim')
    for (const session of claimed) await stage.isApart(session)
    await stage.logout(id)
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
}

export const SUBJECT_SWEEP: Book = {
  'what endAll or a limit ended is never handed out': async (stage) => {
    const now = stage.goBack()
    const subject = stage.subject()
    const limit = { ...LOGOUT, most: 1, action: 'end-oldest' } as const
    const usual = { subject, idle: 100, checkAt: now + 50 }
    const first = await stage.begin({ ...usual, createdAt: now - 1 })
    const second = await stage.begin(usual, { limit })
    await stage.store.endAll(subject, LOGOUT, now)
    for (const later of [60, 200, 900])
      await handsOut(stage, idsOf([first, second]), [], now + later)
  },
}
