// A heap of numbers: the least one comes first.
export class Heap {
  readonly #numbers: number[] = []

  /** The least number; infinity where there is none. */
  get least(): number {
    return this.#numbers[0] ?? Number.POSITIVE_INFINITY
  }

  push(number: number): void {
    const numbers = this.#numbers
    let at = numbers.push(number) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = numbers[above] as number
      if (other <= number) break
      numbers[at] = other
      at = above
    }
    numbers[at] = number
  }

  /** Takes the least number out. */
  pop(): void {
    const numbers = this.#numbers
    const last = numbers.pop()
    if (last === undefined || numbers.length === 0) return
    let at = 0
    for (let below = 1; below < numbers.length; below = 2 * at + 1) {
      const right = below + 1
      if (right < numbers.length && (numbers[right] as number) < (numbers[below] as number)) {
        below = right
      }
      const other = numbers[below] as number
      if (last <= other) break
      numbers[at] = other
      at = below
    }
    numbers[at] = last
  }
}
