// Sessions that a store still has although the policy has ended or locked them, or a schema refuses them: kept
// for what outlives them, or written under a longer policy.
import { type Judgement, judge } from './judgement.ts'
import { judgeStored } from './keeping.ts'
import { after } from './later.ts'
import type { SessionState } from './session-state.ts'
import type { Awaitable, SessionLimit, Store, StoredSession, SubjectStore } from './store.ts'
import { type StoredFound, type StoreParts, toFind } from './store-opening.ts'

/** A request that is about to write. */
interface Writing {
  readonly state: SessionState
  readonly loaded: StoredFound
  readonly second: number
}

/**
 * Why a session is over or locked by now, that was neither when it was read: the store would take the
 * change. It is asked again only where nobody else may have been active.
 */
export function overBy(
  { loaded, state, second }: Writing,
  parts: StoreParts,
): Awaitable<'idle' | 'absolute' | null> {
  const { stored, limits, touched } = loaded
  if (stored === null || limits === null) return null
  const { createdAt } = stored
  const seenAt = touched ? Math.floor(state.now) : stored.seenAt
  if (isOpen(judge({ createdAt, seenAt }, limits.all, second))) return null
  return after(parts.store.read(stored.id, second, false), (reading) => {
    const judged = reading.state === 'live' ? judgeStored(reading.session, parts, second) : null
    if (judged === null || isOpen(judged.judgement)) return null
    const { locked, because } = judged.judgement
    return because === 'absolute' && !locked ? because : 'idle'
  })
}

/** Ends those that a limit would count. Answers whether there were any. */
export function clearOver(
  { subject }: StoredSession,
  { most, keep }: SessionLimit,
  second: number,
  parts: StoreParts,
): Awaitable<boolean> {
  // Who limits has a store that lists.
  const store = parts.store as Store & SubjectStore
  return after(store.list(subject ?? '', second), async (sessions) => {
    if (sessions.length < most) return false
    let isAny = false
    for (const stored of sessions) {
      const found = toFind(stored, parts, second)
      if (!('missed' in found)) continue
      isAny = true
      const { missed: reason, at } = found
      await store.end(stored.id, { reason, keep: keep + second - at }, at)
    }
    return isAny
  })
}

const isOpen = ({ live, locked }: Judgement): boolean => live && !locked
