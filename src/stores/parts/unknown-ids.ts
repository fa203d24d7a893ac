// Ids that a store does not know: asked for once, and not again for a while.
import { isPast } from '../../core/judgement.ts'

/** For so many seconds; and so many ids, of which the oldest goes first. */
const SECONDS = 10
const MOST = 4096

export class UnknownIds {
  readonly #until = new Map<string, number>()

  has(id: string, now: number): boolean {
    const until = this.#until.get(id)
    if (until === undefined) return false
    const isStale = isPast(until, now)
    if (isStale) this.#until.delete(id)
    return !isStale
  }

  add(id: string, now: number): void {
    const [oldest] = this.#until.keys()
    if (this.#until.size >= MOST && oldest !== undefined) this.#until.delete(oldest)
    this.#until.set(id, now + SECONDS - 1)
  }

  delete(id: string): void {
    this.#until.delete(id)
  }
}
