// What was planned for a stored session, done in its order before its response is released: what begins, what
// is left, and who gives way.
import { isUnavailable } from './errors.ts'
import { isPast } from './judgement.ts'
import { after, orElse } from './later.ts'
import type { Settlement } from './sessions.ts'
import { detached } from './settling.ts'
import type { Awaitable, StoredSession, Tombstone } from './store.ts'
import { keptPatch, planJoined } from './store-again.ts'
import {
  carried,
  demandTries,
  isLeft,
  isLogout,
  isRenewal,
  LEFT,
  leave,
  leaveByLogin,
  leaveOver,
  MOST_TRIES,
} from './store-leaving.ts'
import type { StoreParts } from './store-opening.ts'
import { done, Outcomes } from './store-outcome.ts'
import { clearOver, overBy } from './store-over.ts'
import type { Creation, StorePlan } from './store-plan.ts'
import { StoreWriter } from './store-writing.ts'

/** Made once with the manager. */
export class StoreCommitter {
  readonly #parts: StoreParts
  readonly #outcomes: Outcomes
  readonly #writer: StoreWriter

  constructor(parts: StoreParts, noStore: boolean) {
    this.#parts = parts
    this.#outcomes = new Outcomes(parts, noStore)
    this.#writer = new StoreWriter(parts, this.#outcomes)
  }

  commit(settlement: Settlement, plan: StorePlan): Awaitable<Settlement> {
    return orElse(
      () => this.#run(settlement, plan),
      (error) => {
        const { second: now } = plan
        // An update that is done again may throw what the application likes.
        if (isUnavailable(error))
          this.#parts.events.emit('unavailable', { now, during: 'commit', error })
        throw error
      },
    )
  }

  #run(settlement: Settlement, plan: StorePlan): Awaitable<Settlement> {
    if (plan.loaded.isDetached) throw detached()
    const { create, second, loaded } = plan
    if (create && isLeft(plan)) return this.#outcomes.refused(plan, LEFT.reason)
    if (loaded.outlived !== null && plan.end === loaded.outlived) {
      return this.#empty(settlement, plan, loaded.outlived)
    }
    // A login that may be refused comes first: then all stays as it was. So does what outlives a session.
    if (create && (create.terms.limit || loaded.outlived !== null) && !isLogout(plan)) {
      return after(this.#begin(settlement, plan, create), (settled) =>
        settled.problem === null && settled.ended === null
          ? this.#leave(settled, plan, create)
          : settled,
      )
    }
    return after(leave(plan, this.#parts), ({ create: begun, gone }) => {
      // The answer of the other request has a cookie, or takes it.
      if (gone !== null)
        return this.#outcomes.refused(plan, gone, gone === 'logout' ? null : undefined)
      if (begun?.terms.limit) return this.#beginAfter(settlement, plan, begun)
      if (begun && !isRenewal(plan)) return this.#writer.create(settlement, plan, begun)
      if (begun === null && plan.patch === null && plan.touch === null) {
        return this.#outcomes.done(settlement, plan)
      }
      return after(overBy(plan, this.#parts), (because) => {
        if (because !== null) return this.#outcomes.refused(plan, because, null)
        if (begun) return this.#writer.create(settlement, plan, begun)
        if (plan.patch) return this.#writer.patch(settlement, plan, plan.patch.id, plan.patch.patch)
        return after(this.#parts.store.touch(plan.touch ?? '', second), () => done(settlement))
      })
    })
  }

  /** Begins a session before the one before is ended, unless another login has left that already. */
  #begin(settlement: Settlement, plan: StorePlan, create: Creation): Awaitable<Settlement> {
    return after(carried(plan, create, this.#parts), ({ create: begun, gone }) =>
      begun === null
        ? this.#outcomes.refused(plan, gone ?? LEFT.reason)
        : this.#make(settlement, plan, begun),
    )
  }

  /** Begins a session where the one before was logged out, which it stays. */
  #beginAfter(settlement: Settlement, plan: StorePlan, create: Creation): Awaitable<Settlement> {
    return after(this.#make(settlement, plan, create), (settled) =>
      settled.problem === null ? settled : this.#outcomes.loggedOut(plan),
    )
  }

  /** Begins a session within its limit, where there is one. */
  #make(settlement: Settlement, plan: StorePlan, create: Creation): Awaitable<Settlement> {
    const { limit } = create.terms
    const make = () => this.#writer.create(settlement, plan, create)
    if (limit === undefined) return make()
    const clear = () => clearOver(create.session, limit, plan.second, this.#parts)
    if (!this.#parts.touchable) return after(clear(), make)
    return after(make(), (settled) =>
      settled.problem === null
        ? settled
        : after(clear(), (hasRoom) => (hasRoom ? make() : settled)),
    )
  }

  /** Ends the session before one that has begun. Of several that went on from one that was over, one stays. */
  #leave(settled: Settlement, plan: StorePlan, create: Creation): Awaitable<Settlement> {
    const { outlived } = plan.loaded
    const { session } = create
    if (outlived === null && plan.end === null) return settled
    if (outlived !== null && !plan.isLogin) {
      return after(leaveOver(plan, outlived, session.id, this.#parts), (instead) =>
        instead === null || (instead.next === null && instead.reason !== LEFT.reason)
          ? settled
          : this.#giveWayTo(settled, plan, session, instead, MOST_TRIES),
      )
    }
    const leaving =
      outlived === null
        ? leave(plan, this.#parts)
        : leaveByLogin(plan, create, outlived, this.#parts)
    // Who has begun a session may have ended others for it, and does not give way any more.
    return after(leaving, (left) => this.#catchUp(settled, plan, session.id, left.create))
  }

  /** Nothing is kept of what outlived its session; where another request has gone on from it, nothing there. */
  #empty(settlement: Settlement, plan: StorePlan, outlived: string): Awaitable<Settlement> {
    return after(leaveOver(plan, outlived, null, this.#parts), (instead) => {
      const isOver = instead?.reason === 'idle' || instead?.reason === 'absolute'
      return instead === null || (isOver && instead.next === null)
        ? this.#outcomes.done(settlement, plan)
        : this.#giveWayTo(done(settlement), plan, null, instead, MOST_TRIES)
    })
  }

  /** What others wrote of what is handed on, after it was. */
  #catchUp(
    settled: Settlement,
    { second }: StorePlan,
    id: string,
    last: Creation | null,
  ): Awaitable<Settlement> {
    const patch = last && keptPatch(last.session, this.#parts)
    return patch === null
      ? settled
      : after(this.#parts.store.patch(id, patch, second), () => settled)
  }

  /** What this request did goes to the session that stays, where one does; the one that it began goes. */
  #giveWayTo(
    settled: Settlement,
    plan: StorePlan,
    begun: StoredSession | null,
    { next, until, reason }: Tombstone,
    tries: number,
  ): Awaitable<Settlement> {
    demandTries(tries)
    if (next === null || isPast(until, plan.second)) {
      const because = next === null ? reason : LEFT.reason
      return after(this.#giveWay(plan, begun), () => this.#outcomes.refused(plan, because, null))
    }
    return after(this.#parts.store.read(next, plan.second, false), (reading) => {
      if (reading.state === 'ended')
        return this.#giveWayTo(settled, plan, begun, reading, tries - 1)
      if (reading.state !== 'live') return settled
      return after(this.#giveWay(plan, begun), () => {
        const joined = planJoined(plan, reading.session, this.#parts)
        if (joined === null) return this.#outcomes.refused(plan, 'unreadable')
        const kept = { ...settled, setCookie: null }
        return joined.patch ? this.#writer.patch(kept, joined, next, joined.patch.patch) : kept
      })
    })
  }

  /** Ends the session that this request has begun, if it has. */
  #giveWay(plan: StorePlan, begun: StoredSession | null): Awaitable<void> {
    if (begun === null) return
    return after(this.#parts.store.end(begun.id, LEFT, plan.second), () =>
      this.#outcomes.gaveWay(plan),
    )
  }
}
