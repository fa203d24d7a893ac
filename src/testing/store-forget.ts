// Store contract: what is forgotten is nobody any more, and says for a while when and why it ended.
import { same } from './store-asserts.ts'
import type { Book } from './store-stage.ts'
import { handsOut, RETENTION } from './store-sweep.ts'

export const FORGET: Book = {
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
    const old = await stage.begin({ subject: null, idle: 0, endsAt: now + 15 })
    await stage.store.forget([idle.id, old.id], now + 20)
    const idledOut = stage.tombstone({ reason: 'idle', at: now + 10, subject })
    const aged = stage.tombstone({ reason: 'absolute', at: now + 15 })
    for (const later of [30, RETENTION]) {
      same(await stage.peek(idle.id, now + later), idledOut, 'read')
      same(await stage.peek(old.id, now + later), aged, 'read')
    }
    same(await stage.store.touch(idle.id, now + 30), idledOut, 'touch')
    same(await stage.store.create(idle, now + 30), { state: 'taken' }, 'create')
    await handsOut(stage, [idle.id, old.id], [], now + 300)
  },
}
