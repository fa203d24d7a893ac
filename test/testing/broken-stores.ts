// Stores that are broken on purpose, each in one way that a real one was, and the cases that say so.
import type { CreateTerms, Patch, StoredSession } from '../../src/core/store.ts'
import type { Broken } from './broken.ts'
import { type Kept, PlainStore } from './plain-store.ts'

/** A patch to nothing makes a session. */
export class Upserting extends PlainStore {
  override async patch(id: string, patch: Patch, now: number) {
    if (!this.kept.has(id)) {
      const bounds = { idle: 0, endsAt: now + 999, throttle: 0 }
      const session = { id, subject: null, createdAt: now, seenAt: now, checkAt: 0, ...bounds }
      await this.create({ ...session, fields: patch.set }, now)
    }
    return super.patch(id, patch, now)
  }
}

/** A late write brings back what was ended. */
class Reviving extends PlainStore {
  protected override look(id: string, now: number) {
    const kept = this.kept.get(id)
    return kept?.tombstone ? kept : super.look(id, now)
  }
}

/** Nobody waits for a turn. */
class Unlocked extends PlainStore {
  protected override atomically<Result>(work: () => Promise<Result>): Promise<Result> {
    return work()
  }
}

/** The whole session is written back as it was read before one's turn. */
class LosingUpdates extends PlainStore {
  override async patch(id: string, patch: Patch, now: number) {
    const before = this.kept.get(id)?.session
    const patched = await super.patch(id, patch, now)
    const kept = this.kept.get(id)
    if (patched.state === 'done' && kept && before) kept.session = this.patched(before, patch)
    return patched
  }
}

/** The limit is looked at before one's turn. */
export class Overfull extends PlainStore {
  readonly #isBroken: (terms: CreateTerms) => boolean

  constructor(isBroken: (terms: CreateTerms) => boolean = () => true) {
    super()
    this.#isBroken = isBroken
  }

  override async create(session: StoredSession, now: number, terms: CreateTerms = {}) {
    if (!this.#isBroken(terms)) return super.create(session, now, terms)
    const { limit, from } = terms
    const surplus = limit && this.surplus(session.subject, limit, now, from?.id)
    if (surplus === null) return { state: 'full' } as const
    const created = await super.create(session, now, { from })
    if (created.state !== 'done' || limit === undefined) return created
    for (const kept of surplus ?? []) this.bury(kept, limit, now)
    return { ...created, ended: (surplus ?? []).map((kept) => kept.session.id) }
  }
}

/** The index of a subject's sessions comes after the answer. */
class LaggingIndex extends PlainStore {
  readonly #indexed = new Set<string>()

  override async create(session: StoredSession, now: number, terms?: CreateTerms) {
    const created = await super.create(session, now, terms)
    const index = async () => {
      for (let at = 0; at < 20; at++) await null
      this.#indexed.add(session.id)
    }
    if (created.state === 'done') index()
    return created
  }

  protected override liveOf(subject: string, now: number): Kept[] {
    return super.liveOf(subject, now).filter(({ session }) => this.#indexed.has(session.id))
  }
}

export const BROKEN_STORES: { readonly [name: string]: Broken } = {
  'that upserts': {
    open: () => new Upserting(),
    fails: ['an id that nobody created is unknown to every verb'],
  },
  'that revives': {
    open: () => new Reviving(),
    fails: [
      'an ended session answers its tombstone to every verb',
      'what was ended stays ended, whatever is under way',
      'nothing goes on from what was ended',
    ],
  },
  'that is not atomic': {
    open: () => new Unlocked(),
    fails: [
      'of many calls that end a session one has done it',
      'of many sessions that go on from one, one does',
      'of many creates of one id one is done',
      'many logins at once do not exceed a limit that refuses',
    ],
  },
  'that loses updates': {
    open: () => new LosingUpdates(),
    fails: [
      'patches of different fields are all kept',
      'patches, touches and reads at once do not undo each other',
    ],
  },
  'that counts before its turn': {
    open: () => new Overfull(),
    fails: [
      'many logins at once do not exceed a limit that refuses',
      'many logins at once do not exceed a limit that ends the oldest',
    ],
  },
  'whose index lags': {
    open: () => new LaggingIndex(),
    fails: ['endAll misses nothing that had begun, while others begin'],
  },
}
