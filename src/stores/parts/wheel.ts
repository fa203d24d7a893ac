// A timer wheel: records wait in slots of time, and a slot costs what is in it when it comes round.
// Slots are fine for what is near and coarse for what is far; whoever comes out too early goes back in.
import { Heap } from './heap.ts'
import { Links } from './links.ts'

/** No record. */
export const NONE = -1

/** How many slots of one width lie before those of the next width. */
const SLOTS = 64
const WIDEST = SLOTS ** 3

/** The beginning of the slot for a second: not after it, and the nearer the second the closer. */
export function slotFor(second: number, present: number): number {
  const ahead = second - present
  let width = 1
  while (width < WIDEST && ahead >= width * SLOTS) width *= SLOTS
  return Math.floor(second / width) * width
}

/**
 * Each record waits in one slot at most, in a chain of its own kind: a slot's first record names the
 * slot, any other the record before it. So a record moves or leaves at once, wherever it is.
 */
export class Wheel {
  readonly #next = new Links()
  /** 0: waits nowhere; above 0: the record before, plus one; below 0: the slot, complemented. */
  readonly #before = new Links()
  readonly #starts = new Heap()
  readonly #slots = new Map<number, number>()
  /** The first record of each slot. */
  readonly #first: number[] = []
  readonly #unused: number[] = []

  /** Puts a record into the slot that begins then, wherever it was before. */
  place(record: number, start: number): void {
    this.remove(record)
    const slot = this.#slots.get(start) ?? this.#open(start)
    const second = this.#first[slot] ?? NONE
    this.#first[slot] = record
    this.#before.set(record, ~slot)
    this.#next.set(record, second + 1)
    if (second !== NONE) this.#before.set(second, record + 1)
  }

  remove(record: number): void {
    const before = this.#before.get(record)
    if (before === 0) return
    const next = this.#next.get(record)
    if (before < 0) this.#first[~before] = next - 1
    else this.#next.set(before - 1, next)
    if (next !== 0) this.#before.set(next - 1, before)
    this.#before.set(record, 0)
    this.#next.set(record, 0)
  }

  /** Whether a slot that begins by then may hold something. */
  isDue(second: number): boolean {
    return this.#starts.least <= second
  }

  /** Takes a record out of the earliest slot if that begins by then, else none. */
  take(second: number): number {
    while (this.isDue(second)) {
      const record = this.#first[this.#slots.get(this.#starts.least) ?? NONE] ?? NONE
      if (record !== NONE) {
        this.remove(record)
        return record
      }
      this.#close()
    }
    return NONE
  }

  /** A new slot. Slots that emptied without having come round go now, or they would pile up. */
  #open(start: number): number {
    while (this.#first[this.#slots.get(this.#starts.least) ?? NONE] === NONE) this.#close()
    const slot = this.#unused.pop() ?? this.#first.length
    this.#first[slot] = NONE
    this.#slots.set(start, slot)
    this.#starts.push(start)
    return slot
  }

  /** Does away with the earliest slot, which is empty. */
  #close(): void {
    const start = this.#starts.least
    this.#unused.push(this.#slots.get(start) ?? NONE)
    this.#slots.delete(start)
    this.#starts.pop()
  }
}
