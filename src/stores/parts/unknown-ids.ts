// Ids that a store does not know: asked for once, and not again for a while.
import { isAhead } from '../../core/judgement.ts'

/** For so many seconds; and so many ids, of which the oldest goes first. */
const SECONDS = 10
const MOST = 4096

export class UnknownIds {
  readonly #since = new Map<string, number>()

  has(id: string, now: number): boolean {
    if (this.#since.size === 0) return false
    const since = this.#since.get(id)
    if (since === undefined) return false
    // A clock that was set back knows nothing of what came after.
    const isKnown = !isAhead(since, now) && isAhead(since + SECONDS, now)
    if (!isKnown) this.#since.delete(id)
    return isKnown
  }

  add(id: string, now: number): void {
    const [oldest] = this.#since.keys()
    if (this.#since.size >= MOST && oldest !== undefined) this.#since.delete(oldest)
    this.#since.set(id, now)
  }

  delete(id: string): void {
    this.#since.delete(id)
  }
}
