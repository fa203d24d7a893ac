// The two commands by which a stored session is written: given way to others, and done again on what they
// left; never a session out of one that is over.
import { SessionError } from './errors.ts'
import { after } from './later.ts'
import type { Settlement } from './sessions.ts'
import type { Awaitable, Created, CreateTerms, Patch, Patched, StoredSession } from './store.ts'
import { freshFields, planAgain, withoutRenewal } from './store-again.ts'
import { demandTries, MOST_TRIES } from './store-leaving.ts'
import type { StoreParts } from './store-opening.ts'
import { done, type Outcomes } from './store-outcome.ts'
import type { Creation, StorePlan } from './store-plan.ts'

/** Made once with the manager. */
export class StoreWriter {
  readonly #parts: StoreParts
  readonly #outcomes: Outcomes

  constructor(parts: StoreParts, outcomes: Outcomes) {
    this.#parts = parts
    this.#outcomes = outcomes
  }

  /** Changes a session, also under the id that it has by now. */
  patch(
    settlement: Settlement,
    plan: StorePlan,
    id: string,
    patch: Patch,
    tries = MOST_TRIES,
  ): Awaitable<Settlement> {
    return after(this.#parts.store.patch(id, patch, plan.second), (patched: Patched) => {
      if (patched.state === 'done') return this.#outcomes.done(settlement, plan)
      demandTries(tries)
      if (patched.state === 'conflict') {
        const gone = () =>
          this.patch(settlement, plan, id, { ...patch, expect: undefined }, tries - 1)
        return this.#again(settlement, plan, id, gone, tries - 1)
      }
      const next = patched.state === 'ended' ? patched.next : null
      return next === null
        ? this.#outcomes.refused(plan, patched.state === 'ended' ? patched.reason : 'unknown')
        : this.patch({ ...settlement, setCookie: null }, plan, next, patch, tries - 1)
    })
  }

  /** Begins a session, or goes on from one. */
  create(
    settlement: Settlement,
    plan: StorePlan,
    { session, terms }: Creation,
    tries = MOST_TRIES,
  ): Awaitable<Settlement> {
    const again = (session: StoredSession, terms: CreateTerms) => {
      demandTries(tries)
      return this.create(settlement, plan, { session, terms }, tries - 1)
    }
    const { store } = this.#parts
    return after(store.create(session, plan.second, terms), (created: Created) => {
      const { from } = terms
      switch (created.state) {
        case 'done':
          return this.#outcomes.done(settlement, plan, created.ended)
        case 'full':
          return this.#outcomes.full()
        case 'taken':
          return this.#found(settlement, plan, session)
        case 'conflict': {
          const blind = from && { ...from, expect: undefined }
          const gone = () => again(session, { ...terms, from: blind })
          return this.#again(settlement, plan, from?.id ?? '', gone, tries - 1)
        }
        default:
      }
      const next = created.state === 'ended' ? created.next : null
      const reason = created.state === 'ended' ? created.reason : 'unknown'
      if (next !== null && plan.isTimed) return this.#leaveRenewed(settlement, plan, next)
      if (next !== null && from) return again(session, { ...terms, from: { ...from, id: next } })
      // Who logs in while the session before is ended elsewhere begins anew, without its data.
      return plan.isLogin && reason !== 'renewed'
        ? again({ ...session, fields: freshFields(plan, this.#parts) }, { limit: terms.limit })
        : this.#outcomes.refused(plan, reason)
    })
  }

  /** Nobody else has an id of 256 bits that is new: a client that lost its connection has sent it twice. */
  #found(settlement: Settlement, plan: StorePlan, { id }: StoredSession): Awaitable<Settlement> {
    return after(this.#parts.store.read(id, plan.second, false), ({ state }) => {
      if (state === 'live') return this.#outcomes.done(settlement, plan)
      throw new SessionError('store-unavailable', 'The store has another session under a new id.')
    })
  }

  /** Somebody else has renewed the id: their response carries it, and this one's changes go there. */
  #leaveRenewed(settlement: Settlement, plan: StorePlan, next: string): Awaitable<Settlement> {
    const kept = { ...settlement, setCookie: null }
    return plan.patch ? this.patch(kept, withoutRenewal(plan), next, plan.patch.patch) : done(kept)
  }

  /** Others have changed what this request started from: it is done again, on what stands there now. */
  #again(
    settlement: Settlement,
    plan: StorePlan,
    id: string,
    gone: () => Awaitable<Settlement>,
    tries: number,
  ): Awaitable<Settlement> {
    demandTries(tries)
    return after(this.#parts.store.read(id, plan.second, false), (reading) => {
      const renewed = reading.state === 'ended' ? reading.next : null
      if (renewed !== null) {
        if (plan.isTimed) return this.#leaveRenewed(settlement, plan, renewed)
        const kept = plan.create ? settlement : { ...settlement, setCookie: null }
        return this.#again(kept, plan, renewed, gone, tries - 1)
      }
      if (reading.state !== 'live') return gone()
      const next = planAgain(plan, reading.session, this.#parts)
      if (next === null) return this.#outcomes.refused(plan, 'unreadable')
      if (plan.create && next.create) return this.create(settlement, next, next.create, tries)
      if (next.patch === null) return this.#outcomes.done(settlement, next)
      return this.patch(settlement, next, next.patch.id, next.patch.patch, tries)
    })
  }
}
