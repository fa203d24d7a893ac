// Store contract: a live session is handed out, too, when the second has come that was named for it.
import { same } from './store-asserts.ts'
import { type Book, bare } from './store-stage.ts'
import { claimAll, handsOut, LEASE } from './store-sweep.ts'

export const CHECKS: Book = {
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
}
