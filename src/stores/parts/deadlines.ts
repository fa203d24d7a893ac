// One timer for all calls under way: their bounds are equally long, so the oldest is the first to end.

/** Told when its time is over. */
export type OverdueCall = () => void

export class Deadlines {
  readonly #milliseconds: number
  /** In the order in which they were begun, each with the moment when it is over. */
  readonly #calls = new Map<OverdueCall, number>()
  #timer: ReturnType<typeof setTimeout> | null = null

  /** @param milliseconds how long each call may take. */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  begin(overdue: OverdueCall): void {
    this.#calls.set(overdue, performance.now() + this.#milliseconds)
    if (this.#timer === null) this.#arm(this.#milliseconds)
  }

  /** Answers whether it was in time. */
  end(overdue: OverdueCall): boolean {
    return this.#calls.delete(overdue)
  }

  /** A timer that is left over ends nothing, and keeps no process alive. */
  #arm(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), milliseconds)
    // Where timers are numbers, a process does not wait for them either.
    const timer = this.#timer as { unref?: () => void }
    timer.unref?.()
  }

  #look(): void {
    this.#timer = null
    for (const [overdue, end] of this.#calls) {
      const left = end - performance.now()
      if (left > 0) {
        this.#arm(left)
        return
      }
      this.#calls.delete(overdue)
      overdue()
    }
  }
}
