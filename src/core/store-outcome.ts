// How the commit of a stored session ends, and what is told of it.
import { type Told, toTold } from './events.ts'
import { storedHash } from './ids.ts'
import type { EndReason } from './record.ts'
import type { SessionProblem, Settlement } from './sessions.ts'
import { UNTOUCHED } from './settling.ts'
import type { StoredFound, StoreParts } from './store-opening.ts'
import type { StorePlan } from './store-plan.ts'
import { storedKey } from './stored.ts'
import { tellDeeds } from './telling.ts'

const TOO_MANY: SessionProblem = Object.freeze({
  type: 'urn:sojourn:problem:too-many-sessions',
  title: 'Too many sessions',
  status: 409,
  detail:
    'This account has as many sessions as it may have. End one of them, then repeat the request.',
})

export const done = (settlement: Settlement): Settlement => ({ ...settlement, write: null })

/** Made once with the manager. */
export class Outcomes {
  readonly #parts: StoreParts
  readonly #answer: Settlement

  constructor(parts: StoreParts, noStore: boolean) {
    this.#parts = parts
    this.#answer = { ...UNTOUCHED, vary: true, noStore }
  }

  /** @param ended the stored ids of those that had to make room. */
  done(settlement: Settlement, plan: StorePlan, ended: readonly string[] = []): Settlement {
    const { state, loaded, second, end, create } = plan
    const subject = loaded.record.terms?.subject ?? null
    for (const id of ended) {
      this.#tellEnded({ id: null, hash: storedHash(id), subject }, 'replaced', second)
    }
    tellDeeds(this.#parts.events, state, end !== null && create === null ? null : loaded)
    return done(settlement)
  }

  /** The session was ended meanwhile, and stays so. Who logged in over it has a newer cookie. */
  refused(
    { loaded, second }: StorePlan,
    reason: EndReason,
    setCookie = this.#isNewer(loaded, reason) ? null : this.#parts.cookie.remove(),
  ): Settlement {
    const told = toTold(loaded.record)
    this.#parts.events.tell('rejected', second, told, { reason, detail: 'late-write' })
    return { ...this.#answer, setCookie, ended: reason }
  }

  /** Whether the browser has another cookie by now: of a login, or of what outlives a logout. */
  #isNewer({ record, stored }: StoredFound, reason: EndReason): boolean {
    if (reason !== 'logout') return reason === 'renewed'
    const { keptKeys } = this.#parts.fields
    return keptKeys.some((key) => record.fields.has(key) || stored?.fields.has(storedKey(key)))
  }

  /** The limit of sessions refused a login. */
  full(): Settlement {
    return { ...this.#answer, problem: TOO_MANY }
  }

  /** It refused one in a request that has logged somebody out. */
  loggedOut({ state }: StorePlan): Settlement {
    tellDeeds(this.#parts.events, state, null)
    return { ...this.full(), setCookie: this.#parts.cookie.remove() }
  }

  /** The session that this request began gave way to another. */
  gaveWay({ loaded, second }: StorePlan): void {
    this.#tellEnded(toTold(loaded.record), 'renewed', second)
  }

  #tellEnded(told: Told, reason: EndReason, at: number): void {
    this.#parts.events.tell('ended', at, told, { reason, at, field: null })
  }
}
