// Work in slices of about a millisecond, between which the process does what else there is to do.
const MILLISECONDS = 1
/** Steps between two looks at the clock. */
const STEPS = 8
/** Where the clock stands still while a program runs, a slice ends after so many steps. */
const MOST_STEPS = 8192

export class Slices {
  readonly #step: () => boolean
  #timer: ReturnType<typeof setTimeout> | null = null

  /** @param step does a little of the work, and answers whether there is more. */
  constructor(step: () => boolean) {
    this.#step = step
  }

  /** Sees to it that the work gets done; soon, but not now. It keeps no process alive. */
  start(): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => this.#run(), 0)
    const timer: { unref?: () => void } = Object(this.#timer)
    timer.unref?.()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #run(): void {
    this.#timer = null
    const end = performance.now() + MILLISECONDS
    for (let steps = 1; this.#step(); steps++) {
      if (steps >= MOST_STEPS || (steps % STEPS === 0 && performance.now() >= end)) {
        this.start()
        return
      }
    }
  }
}
