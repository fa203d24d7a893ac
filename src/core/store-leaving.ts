// The session before: ended, with what it hands on to the next.
import { SessionError } from './errors.ts'
import { TOMBSTONE_SECONDS } from './keeping.ts'
import { after } from './later.ts'
import type { Awaitable, Ending, StoredSession } from './store.ts'
import { carriedFields, keptTexts } from './store-again.ts'
import { endForGood } from './store-end.ts'
import type { StoreParts } from './store-opening.ts'
import type { Creation, StorePlan } from './store-plan.ts'

const LOGOUT = { reason: 'logout', keep: TOMBSTONE_SECONDS } as const
/** Somebody else has logged in, in the same browser: its cookie is a newer one. */
const LEFT = { reason: 'renewed', keep: TOMBSTONE_SECONDS } as const
/** How often one request gives way to others that change the same value, or renew the same id. */
export const MOST_TRIES = 256

/** @throws SessionError `store-unavailable` where none are left. */
export function demandTries(tries: number): void {
  if (tries > 0) return
  throw new SessionError(
    'store-unavailable',
    'The session was changed by others as often as this request tried to change it.',
  )
}

/** Ends the session before. Answers what begins after it. */
export function leave(plan: StorePlan, parts: StoreParts): Awaitable<Creation | null> {
  const { end, create, loaded, second, isLogin } = plan
  const { store, fields } = parts
  if (end !== null) {
    const ending = isLogin ? LEFT : LOGOUT
    return create && fields.keptKeys.length > 0
      ? handOn(plan, create, ending, end, parts, MOST_TRIES)
      : after(endForGood(store, end, ending, second), () => create)
  }
  if (loaded.outlived === null) return create
  const over = { reason: loaded.ended?.reason ?? 'idle', keep: TOMBSTONE_SECONDS }
  return after(store.end(loaded.outlived, over, second), () => create)
}

/** Ends a session that hands something on: what others have written last, up to its end. */
function handOn(
  plan: StorePlan,
  create: Creation,
  ending: Ending,
  id: string,
  parts: StoreParts,
  tries: number,
): Awaitable<Creation> {
  demandTries(tries)
  const { store } = parts
  const again = (next: string) => handOn(plan, create, ending, next, parts, tries - 1)
  return after(store.read(id, plan.second, false), (reading) => {
    if (reading.state === 'ended' && reading.next !== null) return again(reading.next)
    if (reading.state !== 'live') return create
    const { session } = reading
    const expect = keptTexts(session, parts)
    return after(store.end(id, { ...ending, expect }, plan.second), (ended) => {
      const isOther = ended.state === 'conflict' || (ended.state === 'ended' && ended.next !== null)
      return isOther ? again(id) : handed(plan, create, session, parts)
    })
  })
}

/** What a login hands on that may be refused: the session before is not ended yet. */
export function carried(plan: StorePlan, create: Creation, parts: StoreParts): Awaitable<Creation> {
  const { end, second } = plan
  if (end === null || parts.fields.keptKeys.length === 0) return create
  return after(parts.store.read(end, second, false), (reading) =>
    reading.state === 'live' ? handed(plan, create, reading.session, parts) : create,
  )
}

function handed(
  plan: StorePlan,
  create: Creation,
  from: StoredSession,
  parts: StoreParts,
): Creation {
  const fields = carriedFields(plan, create.session.fields, from, parts)
  return { ...create, session: { ...create.session, fields } }
}
