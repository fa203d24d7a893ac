// Stores in which what was ended does not stay so, or not for as long as was asked.
import type { CreateTerms, Ending, Patch, StoredSession } from '../../src/core/store.ts'
import { type Broken, broken } from './broken.ts'
import { PlainStore } from './plain-store.ts'

type End = 'endAll' | 'limit' | 'renewal'

/** Remembers what ended each session, for what is broken for one such end alone. */
class Remembering extends PlainStore {
  readonly #ended = new Map<string, End>()
  readonly #end: End

  constructor(end: End) {
    super()
    this.#end = end
  }

  protected isAffected(id: string): boolean {
    return this.#ended.get(id) === this.#end
  }

  override async endAll(subject: string, ending: Ending, now: number, except?: string) {
    const ended = await super.endAll(subject, ending, now, except)
    for (const id of ended) this.#ended.set(id, 'endAll')
    return ended
  }

  override async create(session: StoredSession, now: number, terms: CreateTerms = {}) {
    const created = await super.create(session, now, terms)
    if (created.state !== 'done') return created
    for (const id of created.ended) this.#ended.set(id, 'limit')
    if (terms.from !== undefined) this.#ended.set(terms.from.id, 'renewal')
    return created
  }
}

/** A verb that was under way when a session was ended writes it back alive. */
class SlowlyReviving extends Remembering {
  readonly #verb: 'patch' | 'touch' | 'read'

  constructor(verb: 'patch' | 'touch' | 'read', end: End) {
    super(end)
    this.#verb = verb
  }

  async #revived<Result>(verb: string, id: string, work: () => Promise<Result>): Promise<Result> {
    const wasLive = this.kept.get(id)?.tombstone === null
    const result = await work()
    const kept = this.kept.get(id)
    if (kept && wasLive && verb === this.#verb && this.isAffected(id)) kept.tombstone = null
    return result
  }

  override async patch(id: string, patch: Patch, now: number) {
    return this.#revived('patch', id, () => super.patch(id, patch, now))
  }

  override async touch(id: string, now: number) {
    return this.#revived('touch', id, () => super.touch(id, now))
  }

  override async read(id: string, now: number, touch: boolean) {
    return this.#revived('read', id, () => super.read(id, now, touch))
  }
}

/** An id that was ended is as good as new. */
class Overwriting extends Remembering {
  override async create(session: StoredSession, now: number, terms?: CreateTerms) {
    if (this.isAffected(session.id)) this.kept.delete(session.id)
    return super.create(session, now, terms)
  }
}

/** What was ended is handed out to a sweep. */
class Haunted extends Remembering {
  override async claim(now: number, most: number, lease: number) {
    const claimed = await super.claim(now, most, lease)
    const ended = [...this.kept.values()].filter(({ session }) => this.isAffected(session.id))
    return [...claimed, ...ended.map(({ session }) => this.out(session))].slice(0, most)
  }
}

const STAYS_ENDED = 'what endAll, a limit or a renewal ended stays ended, whatever is under way'
const IS_TAKEN = 'create makes nothing of an id that endAll or a limit ended'
const IS_NOT_CLAIMED = 'what endAll or a limit ended is never handed out'

export const BROKEN_ENDS: { readonly [name: string]: Broken } = {
  'whose slow patches revive what endAll ended': {
    open: () => new SlowlyReviving('patch', 'endAll'),
    fails: [STAYS_ENDED],
  },
  'whose slow patches revive what a limit ended': {
    open: () => new SlowlyReviving('patch', 'limit'),
    fails: [STAYS_ENDED],
  },
  'whose slow touches revive what endAll ended': {
    open: () => new SlowlyReviving('touch', 'endAll'),
    fails: [STAYS_ENDED],
  },
  'whose slow touches revive what was renewed': {
    open: () => new SlowlyReviving('touch', 'renewal'),
    fails: [STAYS_ENDED],
  },
  'whose slow reads revive what endAll ended': {
    open: () => new SlowlyReviving('read', 'endAll'),
    fails: [STAYS_ENDED],
  },
  'that overwrites what was renewed': {
    open: () => new Overwriting('renewal'),
    fails: ['create makes nothing of an id that was renewed'],
  },
  'that overwrites what endAll ended': {
    open: () => new Overwriting('endAll'),
    fails: [IS_TAKEN],
  },
  'that overwrites what a limit ended': {
    open: () => new Overwriting('limit'),
    fails: [IS_TAKEN],
  },
  'that hands out what endAll ended': {
    open: () => new Haunted('endAll'),
    fails: [IS_NOT_CLAIMED],
  },
  'that hands out what a limit ended': {
    open: () => new Haunted('limit'),
    fails: [IS_NOT_CLAIMED],
  },
  'that tells the owner nothing of an earlier end': {
    open: broken((sound) => ({
      end: async (id, ending, now, subject) => {
        const ended = await sound.end(id, ending, now, subject)
        return ended.state === 'ended' && subject !== undefined ? { state: 'unknown' } : ended
      },
    })),
    fails: ['who asks for the right subject ends its session, or is told how it ended'],
  },
  'whose endAll leaves tombstones for half a minute': {
    open: broken((sound) => ({
      endAll: (subject, ending, now, except) =>
        sound.endAll(subject, { ...ending, keep: 30 }, now, except),
    })),
    fails: ['endAll ends every session of the subject, and says which'],
  },
  'whose limit leaves tombstones for half a minute': {
    open: broken((sound) => ({
      create: (session, now, terms) => {
        const limit = terms?.limit && { ...terms.limit, keep: 30 }
        return sound.create(session, now, { ...terms, limit })
      },
    })),
    fails: ['a session beyond the limit ends the one that began first'],
  },
}
