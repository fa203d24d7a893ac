// The contract of a store in the fewest lines, without expiry of what it keeps: the model that the real
// ones are held against.
import { isKept, isPast, isTouchDue, keptBy, keptUntil } from '../../src/core/judgement.ts'
import type {
  CreateTerms,
  Ending,
  FullStore,
  Patch,
  StoredSession,
  Tombstone,
} from '../../src/core/store.ts'

interface Entry {
  session: StoredSession
  /** Its place among those that began with it. */
  readonly ordinal: number
  tombstone: (Tombstone & { readonly keptUntil: number }) | null
  claimedUntil: number
}

const UNKNOWN = { state: 'unknown' } as const
/** As long as the others have by default. */
const RETENTION = 3600
const DONE = { state: 'done' } as const
const earlier = (one: number, other: number) => Math.min(one || other, other || one)

export function modelStore(): FullStore {
  const entries = new Map<string, Entry>()
  let created = 0
  const find = (id: string, now: number) => {
    const entry = entries.get(id)
    if (entry?.tombstone) return isPast(entry.tombstone.keptUntil, now) ? UNKNOWN : toStone(entry)
    return entry && isKept(entry.session, now) ? entry : UNKNOWN
  }
  const live = (now: number) =>
    [...entries.values()].filter((entry) => !entry.tombstone && isKept(entry.session, now))
  const bury = (
    entry: Entry,
    { reason, keep }: Ending,
    now: number,
    next: string | null,
    until: number,
  ) => {
    const { subject } = entry.session
    entry.tombstone = {
      state: 'ended',
      reason,
      at: now,
      subject,
      next,
      until,
      keptUntil: now + keep,
    }
  }
  const toStone = ({ tombstone }: Entry): Tombstone => {
    const { keptUntil: _, ...stone } = tombstone as NonNullable<Entry['tombstone']>
    return stone
  }
  const conflictOf = (fields: ReadonlyMap<string, string>, expect: Patch['expect']) => {
    const current = new Map([...(expect ?? [])].map(([key]) => [key, fields.get(key) ?? null]))
    const isSame = [...current].every(([key, text]) => expect?.get(key) === text)
    return isSame ? null : ({ state: 'conflict', current } as const)
  }
  const begun = (one: Entry, other: Entry) =>
    one.session.createdAt - other.session.createdAt || one.ordinal - other.ordinal
  const keepsPlace = (one: StoredSession, other: StoredSession) =>
    one.subject === other.subject && one.createdAt === other.createdAt

  return {
    create(session, now, { from, limit }: CreateTerms = {}) {
      const before = entries.get(session.id)
      const isGone = before?.tombstone && isPast(before.tombstone.keptUntil, now)
      if (before && !isGone) return { state: 'taken' }
      const source = from && find(from.id, now)
      if (source && 'state' in source) return source
      const moved = new Map(source?.session.fields)
      const conflict = source && conflictOf(moved, from?.expect)
      if (conflict) return conflict
      for (const key of from?.deleted ?? []) moved.delete(key)
      const others = live(now)
        .filter((entry) => entry.session.subject === session.subject && entry !== source)
        .sort(begun)
      const surplus = limit && session.subject !== null ? others.length - limit.most + 1 : 0
      if (limit?.action === 'refuse' && surplus > 0) return { state: 'full' }
      const ended = others.slice(0, Math.max(0, surplus))
      for (const entry of ended) if (limit) bury(entry, limit, now, null, 0)
      for (const [key, text] of session.fields) moved.set(key, text)
      const checkAt = earlier(session.checkAt, source?.session.checkAt ?? 0)
      const { fieldEnds: _, ...kept } = { ...session, checkAt, fields: moved }
      created += 1
      const ordinal = source && keepsPlace(session, source.session) ? source.ordinal : created
      entries.set(session.id, { session: kept, ordinal, tombstone: null, claimedUntil: 0 })
      if (source && from)
        bury(source, from, now, from.until === null ? null : session.id, from.until ?? 0)
      return { state: 'done', ended: ended.map((entry) => entry.session.id) }
    },
    read(id, now, touch) {
      const entry = find(id, now)
      const over = entries.get(id)
      if (over && !over.tombstone && entry === UNKNOWN)
        return { state: 'over', session: over.session }
      if ('state' in entry) return entry
      const { session } = entry
      const touched = touch && isTouchDue(session, now)
      if (touched) entry.session = { ...session, seenAt: now }
      return { state: 'live', session, touched }
    },
    patch(id, patch, now) {
      const entry = find(id, now)
      if ('state' in entry) return entry
      const { session } = entry
      const fields = new Map(session.fields)
      const conflict = conflictOf(fields, patch.expect)
      if (conflict) return conflict
      for (const key of patch.deleted) fields.delete(key)
      for (const [key, text] of patch.set) fields.set(key, text)
      const { recheck } = patch
      const rechecked = recheck && session.checkAt === recheck.from ? recheck.to : session.checkAt
      const checkAt = earlier(rechecked, patch.checkAt ?? 0)
      const seenAt = Math.max(session.seenAt, patch.seenAt ?? 0)
      entry.session = { ...session, ...patch.bounds, seenAt, checkAt, fields }
      return DONE
    },
    touch(id, now) {
      const entry = find(id, now)
      if ('state' in entry) return entry
      entry.session = { ...entry.session, seenAt: Math.max(entry.session.seenAt, now) }
      return DONE
    },
    end(id, ending, now, subject) {
      const entry = find(id, now)
      if ('state' in entry)
        return subject !== undefined && 'subject' in entry && entry.subject !== subject
          ? UNKNOWN
          : entry
      if (subject !== undefined && entry.session.subject !== subject) return UNKNOWN
      const conflict = conflictOf(entry.session.fields, ending.expect)
      if (conflict) return conflict
      bury(entry, ending, now, ending.next ?? null, ending.until ?? 0)
      return DONE
    },
    list: (subject, now) =>
      live(now)
        .filter(({ session }) => session.subject === subject)
        .sort(begun)
        .map(({ session }) => session),
    endAll(subject, ending, now, except) {
      const ended = live(now).filter(
        ({ session }) => session.subject === subject && session.id !== except,
      )
      for (const entry of ended) bury(entry, ending, now, null, 0)
      return ended.map(({ session }) => session.id)
    },
    claim(now, most, lease) {
      const due = [...entries.values()].filter(({ session, tombstone, claimedUntil }) => {
        const isOver = !isKept(session, now)
        const isDue = session.checkAt > 0 && session.checkAt <= now
        return !tombstone && (isOver || isDue) && claimedUntil <= now
      })
      const claimed = due.slice(0, most)
      for (const entry of claimed) entry.claimedUntil = now + lease
      return claimed.map(({ session }) => session)
    },
    forget(ids, now) {
      const over = [...new Set(ids)].filter((id) => {
        const entry = entries.get(id)
        return entry && !entry.tombstone && !isKept(entry.session, now)
      })
      for (const id of over) {
        const entry = entries.get(id) as Entry
        const ending = { reason: keptBy(entry.session), keep: RETENTION }
        bury(entry, ending, keptUntil(entry.session), null, 0)
      }
      return over.length
    },
    scan: (now) => ({ sessions: live(now).map(({ session }) => session), next: null }),
  }
}
