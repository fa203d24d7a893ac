// One timer for all calls under way: their bounds are equally long, so the oldest is the first to end.

/** A call under way, in a ring between those that were begun before and after it. Alone once it has ended. */
export class Call {
  readonly reject: (error: unknown) => void
  readonly endsAt: number
  before: Call = this
  after: Call = this

  constructor(reject: (error: unknown) => void, endsAt: number) {
    this.reject = reject
    this.endsAt = endsAt
  }
}

/** Timers know no more milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

export class Deadlines {
  readonly #milliseconds: number
  readonly #overdue: () => unknown
  /** Where the ring begins and ends; no call itself. */
  readonly #ring = new Call(() => {}, 0)
  #timer: ReturnType<typeof setTimeout> | null = null

  /**
   * @param milliseconds how long each call may take.
   * @param overdue answers what a call is rejected with.
   */
  constructor(milliseconds: number, overdue: () => unknown) {
    this.#milliseconds = milliseconds
    this.#overdue = overdue
  }

  begin(reject: (error: unknown) => void): Call {
    const ring = this.#ring
    const call = new Call(reject, performance.now() + this.#milliseconds)
    call.before = ring.before
    call.after = ring
    ring.before.after = call
    ring.before = call
    if (this.#timer === null) this.#arm(this.#milliseconds)
    return call
  }

  /** Answers whether it was in time. */
  end(call: Call): boolean {
    if (call.after === call) return false
    call.before.after = call.after
    call.after.before = call.before
    call.before = call
    call.after = call
    return true
  }

  /** A timer that is left over ends nothing, and keeps no process alive. */
  #arm(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(milliseconds, LONGEST_TIMER))
    // Where timers are numbers, a process does not wait for them either.
    const timer = this.#timer as { unref?: () => void }
    timer.unref?.()
  }

  #look(): void {
    this.#timer = null
    for (let call = this.#ring.after; call !== this.#ring; call = this.#ring.after) {
      const left = call.endsAt - performance.now()
      if (left > 0) {
        this.#arm(left)
        return
      }
      this.end(call)
      call.reject(this.#overdue())
    }
  }
}
