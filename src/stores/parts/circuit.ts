// Whether a store may be asked at all: one that fails is left alone for a while, then tried.

/** Failures in a row after which the store is left alone. */
const MOST_FAILURES = 5
/** How long it is left alone, in milliseconds: longer each time. */
const PAUSE = { first: 1000, most: 30_000 }

/** A monotonic clock, in milliseconds. */
export type Stopwatch = () => number

export class Circuit {
  readonly #stopwatch: Stopwatch
  #failures = 0
  #pause = PAUSE.first
  #closedAgainAt = 0
  #isProbing = false

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch
  }

  /** Whether a call may go out. While the store is tried, one call at a time may. */
  admits(): boolean {
    if (this.#failures < MOST_FAILURES) return true
    if (this.#isProbing || this.#stopwatch() < this.#closedAgainAt) return false
    this.#isProbing = true
    return true
  }

  succeeded(): void {
    this.#failures = 0
    this.#pause = PAUSE.first
    this.#isProbing = false
  }

  failed(): void {
    this.#failures += 1
    if (this.#failures < MOST_FAILURES) return
    // Calls that were under way when it opened do not make the pause longer.
    if (this.#isProbing) this.#pause = Math.min(this.#pause * 2, PAUSE.most)
    this.#isProbing = false
    this.#closedAgainAt = this.#stopwatch() + this.#pause
  }
}
