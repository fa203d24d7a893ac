// Who wants the same thing takes turns: of what is to be done under one key, each waits for the last.
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work when what came before it under the same key is through, however that went. */
  take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const turn = before === undefined ? work() : before.then(work)
    const through = turn.then(nothing, nothing).then(() => {
      if (this.#last.get(key) === through) this.#last.delete(key)
    })
    this.#last.set(key, through)
    return turn
  }

  /** Does the work in the turn of both. No two can wait for each other, since all go in one order. */
  takeBoth<Result>(one: string, other: string, work: () => Promise<Result>): Promise<Result> {
    const [first = one, second = other] = [one, other].sort()
    if (first === second) return this.take(first, work)
    return this.take(first, () => this.take(second, work))
  }
}

const nothing = (): void => {}
