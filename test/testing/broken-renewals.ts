// Stores in which a session does not go on from another as it should.
import type { CreateTerms, StoredSession } from '../../src/core/store.ts'
import type { Broken } from './broken.ts'
import { Overfull } from './broken-stores.ts'
import { type Kept, PlainStore } from './plain-store.ts'

type Inherit = (session: StoredSession, old: StoredSession) => Partial<StoredSession>

/** The new session takes over more than it should. */
class Inheriting extends PlainStore {
  readonly #inherit: Inherit

  constructor(inherit: Inherit) {
    super()
    this.#inherit = inherit
  }

  protected override inherited(session: StoredSession, old: Kept | undefined, deleted: string[]) {
    const sound = super.inherited(session, old, deleted)
    const more = old === undefined ? {} : this.#inherit({ ...session, ...sound }, old.session)
    return { ...sound, ...more }
  }
}

/** The old id leads on before the new one is there. */
class Hasty extends PlainStore {
  override async create(session: StoredSession, now: number, terms: CreateTerms = {}) {
    const created = await super.create(session, now, terms)
    const kept = this.kept.get(session.id)
    if (created.state !== 'done' || terms.from === undefined || kept === undefined) return created
    this.kept.delete(session.id)
    for (let at = 0; at < 40; at++) await this.pause()
    this.kept.set(session.id, kept)
    return created
  }
}

/** The old session lives on for a moment beside the new one. */
class Lingering extends PlainStore {
  override async create(session: StoredSession, now: number, terms: CreateTerms = {}) {
    const created = await super.create(session, now, terms)
    const old = this.kept.get(terms.from?.id ?? '')
    if (created.state !== 'done' || old === undefined) return created
    const { tombstone } = old
    old.tombstone = null
    await this.pause()
    old.tombstone = tombstone
    return created
  }
}

const BOUNDS = 'bounds and times are those of the new session'

export const BROKEN_RENEWALS: { readonly [name: string]: Broken } = {
  'whose sessions take over a later end': {
    open: () => new Inheriting(({ endsAt }, old) => ({ endsAt: Math.max(endsAt, old.endsAt) })),
    fails: [BOUNDS],
  },
  'whose sessions take over later activity': {
    open: () => new Inheriting(({ seenAt }, old) => ({ seenAt: Math.max(seenAt, old.seenAt) })),
    fails: [BOUNDS],
  },
  'whose own fields come before those that move': {
    open: () => new Inheriting(({ fields }) => ({ fields: new Map([...fields].reverse()) })),
    fails: ['fields that move come before those of the session they move to'],
  },
  'whose renewed ids lead nowhere for a moment': {
    open: () => new Hasty(),
    fails: ['who follows a renewed id arrives at its session, whenever it is renewed'],
  },
  'that lists nobody while an id is renewed': {
    open: () => new Hasty(),
    fails: ['a session that goes on is listed once at every moment'],
  },
  'whose renewed sessions linger': {
    open: () => new Lingering(),
    fails: [
      'of many sessions that go on from one, one does',
      'a session that goes on is listed once at every moment',
    ],
  },
  'that counts before its turn when a session goes on': {
    open: () => new Overfull(({ from }) => from !== undefined),
    fails: [
      'many logins at once do not exceed a limit that refuses',
      'many logins at once do not exceed a limit that ends the oldest',
    ],
  },
}
