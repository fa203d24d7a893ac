// A store without any haste, to break on purpose: every verb waits for its turn, looks, waits a little
// more and writes. The tests of the contract take one thing away from it at a time.
import { isKept, isPast, isTouchDue, keptBy, keptUntil } from '../../src/core/judgement.ts'
import type {
  CreateTerms,
  Ending,
  FullStore,
  Patch,
  Reading,
  SessionLimit,
  SingleEnding,
  StoredSession,
  Tombstone,
  Unknown,
} from '../../src/core/store.ts'
import { conflictOf, earlier, keepsPlace, overlay } from '../../src/stores/parts/changes.ts'

export const UNKNOWN: Unknown = { state: 'unknown' }
const DONE = { state: 'done' } as const

export interface Kept {
  session: StoredSession
  /** Its place among those that began with it. */
  readonly ordinal: number
  tombstone: Tombstone | null
  goneAt: number
  leasedUntil: number
}

export class PlainStore implements FullStore {
  protected readonly kept = new Map<string, Kept>()
  #turn: Promise<unknown> = Promise.resolve()

  /** One after the other. */
  protected atomically<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  /** The round trip between a look and a write. */
  protected async pause(): Promise<void> {
    for (let at = 0; at < 3; at++) await null
  }

  protected look(id: string, now: number): Kept | Tombstone | Unknown {
    const kept = this.kept.get(id)
    if (kept === undefined) return UNKNOWN
    if (kept.tombstone !== null) return isPast(kept.goneAt, now) ? UNKNOWN : kept.tombstone
    return isKept(kept.session, now) ? kept : UNKNOWN
  }

  /** What to do with a live session, in one's turn. */
  protected onLive<Result>(
    id: string,
    now: number,
    work: (kept: Kept) => Result,
  ): Promise<Result | Tombstone | Unknown> {
    return this.atomically(async () => {
      const found = this.look(id, now)
      await this.pause()
      return 'state' in found ? found : work(found)
    })
  }

  /** A session as it is handed out: nothing that is kept, and no ends of fields. */
  protected out({ fieldEnds, ...session }: StoredSession): StoredSession {
    return { ...session, fields: new Map(session.fields) }
  }

  async read(id: string, now: number, touch: boolean): Promise<Reading> {
    const kept = this.kept.get(id)
    if (kept?.tombstone === null && !isKept(kept.session, now)) {
      return { state: 'over', session: this.out(kept.session) }
    }
    return this.onLive(id, now, (kept) => {
      const { session } = kept
      const touched = touch && isTouchDue(session, now)
      if (touched) kept.session = { ...session, seenAt: now }
      return { state: 'live', session: this.out(session), touched } as const
    })
  }

  async touch(id: string, now: number) {
    return this.onLive(id, now, (kept) => {
      kept.session = { ...kept.session, seenAt: Math.max(kept.session.seenAt, now) }
      return DONE
    })
  }

  async patch(id: string, patch: Patch, now: number) {
    return this.onLive(id, now, (kept) => {
      const conflict = conflictOf(kept.session.fields, patch.expect)
      if (conflict !== null) return conflict
      kept.session = this.patched(kept.session, patch)
      return DONE
    })
  }

  protected patched(session: StoredSession, patch: Patch): StoredSession {
    const { set, deleted, seenAt = 0, bounds, checkAt = 0, recheck } = patch
    const moved = recheck?.from === session.checkAt ? recheck.to : session.checkAt
    return {
      ...session,
      ...bounds,
      seenAt: Math.max(session.seenAt, seenAt),
      checkAt: earlier(moved, checkAt),
      fields: overlay(session.fields, deleted, set),
    }
  }

  async end(id: string, ending: SingleEnding, now: number, subject?: string) {
    const whose = this.kept.get(id)?.session.subject
    if (subject !== undefined && whose !== subject) return UNKNOWN
    return this.onLive(id, now, (kept) => {
      const conflict = conflictOf(kept.session.fields, ending.expect)
      if (conflict !== null) return conflict
      this.bury(kept, ending, now, ending.next, ending.until)
      return DONE
    })
  }

  protected bury(
    kept: Kept,
    { reason, keep }: Ending,
    now: number,
    next: string | null = null,
    until = 0,
  ): void {
    const { subject } = kept.session
    kept.tombstone = { state: 'ended', reason, at: now, subject, next, until }
    kept.goneAt = now + keep
  }

  async create(session: StoredSession, now: number, terms: CreateTerms = {}) {
    const { from, limit } = terms
    return this.atomically(async () => {
      if (this.kept.has(session.id)) return { state: 'taken' } as const
      const old = from && this.look(from.id, now)
      if (old !== undefined && 'state' in old) return old
      const conflict = old === undefined ? null : conflictOf(old.session.fields, from?.expect)
      if (conflict !== null) return conflict
      const surplus = limit ? this.surplus(session.subject, limit, now, from?.id) : []
      await this.pause()
      if (surplus === null) return { state: 'full' } as const
      for (const kept of surplus) this.bury(kept, limit as SessionLimit, now)
      if (from !== undefined && old !== undefined) {
        const next = from.until === null ? null : session.id
        this.bury(old, from, now, next, from.until ?? 0)
      }
      this.kept.set(session.id, {
        ordinal: old && keepsPlace(session, old.session) ? old.ordinal : this.kept.size,
        session: { ...session, ...this.inherited(session, old, from?.deleted ?? []) },
        tombstone: null,
        goneAt: 0,
        leasedUntil: 0,
      })
      return { ...DONE, ended: surplus.map((kept) => kept.session.id) }
    })
  }

  protected inherited(
    session: StoredSession,
    old: Kept | undefined,
    deleted: readonly string[],
  ): Pick<StoredSession, 'fields' | 'checkAt'> {
    return {
      fields: overlay(old?.session.fields ?? new Map(), deleted, session.fields),
      checkAt: earlier(session.checkAt, old?.session.checkAt ?? 0),
    }
  }

  /** The sessions that must go for one more; null where that is refused. */
  protected surplus(
    subject: string | null,
    { most, action }: SessionLimit,
    now: number,
    except?: string,
  ): Kept[] | null {
    if (subject === null) return []
    const others = this.liveOf(subject, now).filter(({ session }) => session.id !== except)
    const surplus = others.slice(0, Math.max(0, others.length + 1 - most))
    return action === 'refuse' && surplus.length > 0 ? null : surplus
  }

  protected liveOf(subject: string, now: number): Kept[] {
    return [...this.kept.values()]
      .filter(({ session, tombstone }) => tombstone === null && session.subject === subject)
      .filter(({ session }) => isKept(session, now))
      .sort(
        (one, other) =>
          one.session.createdAt - other.session.createdAt || one.ordinal - other.ordinal,
      )
  }

  async list(subject: string, now: number): Promise<StoredSession[]> {
    return this.atomically(async () =>
      this.liveOf(subject, now).map(({ session }) => this.out(session)),
    )
  }

  async endAll(subject: string, ending: Ending, now: number, except?: string): Promise<string[]> {
    return this.atomically(async () => {
      const going = this.liveOf(subject, now).filter(({ session }) => session.id !== except)
      await this.pause()
      for (const kept of going) this.bury(kept, ending, now)
      return going.map(({ session }) => session.id)
    })
  }

  async claim(now: number, most: number, lease: number): Promise<StoredSession[]> {
    return this.atomically(async () => {
      const due = [...this.kept.values()]
        .filter(({ tombstone, leasedUntil }) => tombstone === null && isPast(leasedUntil, now))
        .filter(({ session }) => isPast(earlier(keptUntil(session), session.checkAt - 1), now))
        .slice(0, most)
      for (const kept of due) kept.leasedUntil = now + lease
      return due.map(({ session }) => this.out(session))
    })
  }

  async forget(ids: readonly string[], now: number): Promise<number> {
    return this.atomically(async () => {
      const over = [...new Set(ids)].filter((id) => {
        const kept = this.kept.get(id)
        return kept !== undefined && kept.tombstone === null && !isKept(kept.session, now)
      })
      for (const id of over) {
        const kept = this.kept.get(id) as Kept
        this.bury(kept, { reason: keptBy(kept.session), keep: 3600 }, keptUntil(kept.session))
      }
      return over.length
    })
  }

  async scan(now: number, after: string | null, most: number) {
    const ids = [...this.kept.keys()].sort().filter((id) => after === null || id > after)
    const page = ids.slice(0, most)
    const live = page.map((id) => this.look(id, now)).filter((found) => !('state' in found))
    const next = ids.length > most ? (page.at(-1) ?? null) : null
    return { sessions: live.map((kept) => this.out((kept as Kept).session)), next }
  }
}
