// What this process knows of sessions that it has seen: whether a touch can be due.
import { isTouchDue } from '../../core/judgement.ts'
import type { Keeping } from '../../core/store.ts'

const MOST = 10_000

type Hint = Pick<Keeping, 'seenAt' | 'throttle'>

/**
 * Most reads touch nothing, and then a plain read is enough, at half the price of one that may. A hint says so
 * beforehand. It only chooses the command: a wrong one costs a second command, and nothing else.
 */
export class Hints {
  readonly #hints = new Map<string, Hint>()

  /** Whether the session was seen, and activity at `now` would not be written down. */
  isQuiet(id: string, now: number, touch: boolean): boolean {
    const hint = this.#hints.get(id)
    return hint !== undefined && !(touch && isTouchDue(hint as Keeping, now))
  }

  learn(id: string, { seenAt, throttle }: Hint): void {
    const hint = this.#hints.get(id)
    if (hint?.seenAt === seenAt && hint.throttle === throttle) return
    if (hint === undefined && this.#hints.size >= MOST) {
      for (const oldest of this.#hints.keys()) {
        this.#hints.delete(oldest)
        break
      }
    }
    this.#hints.set(id, { seenAt, throttle })
  }

  forget(id: string): void {
    this.#hints.delete(id)
  }
}
