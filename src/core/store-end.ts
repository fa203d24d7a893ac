// The end of one stored session, wherever its id has gone meanwhile.
import { after } from './later.ts'
import type { Awaitable, Ending, Store } from './store.ts'

/** Renewals in a row that one end follows. */
const MOST_STEPS = 256

/** Answers the id under which the session was ended; null where none was live. @param subject whose it must be */
export function endForGood(
  store: Store,
  id: string,
  ending: Ending,
  second: number,
  subject?: string,
  steps = MOST_STEPS,
): Awaitable<string | null> {
  return after(store.end(id, ending, second, subject), (ended) => {
    if (ended.state === 'done') return id
    const next = ended.state === 'ended' ? ended.next : null
    if (next === null || steps === 0) return null
    return endForGood(store, next, ending, second, subject, steps - 1)
  })
}
