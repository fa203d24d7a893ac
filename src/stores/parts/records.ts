// The sessions of a memory store, as numbers and texts in pages instead of objects: half the memory,
// and little for the garbage collector to walk through.
import type { Keeping } from '../../core/store.ts'
import { PAGE, pageOf, placeOf } from './links.ts'
import { partOfId, Shards } from './shards.ts'

/** What a record holds: nothing, a session, or the tombstone of one. */
export type Holds = 'nothing' | 'session' | 'tombstone'

const HOLDS: readonly Holds[] = ['nothing', 'session', 'tombstone']
const NUMBERS = 6

class Page {
  readonly holds = new Uint8Array(PAGE)
  readonly numbers = new Float64Array(PAGE * NUMBERS)
  readonly ordinals = new Int32Array(PAGE)
  readonly ids: string[] = new Array(PAGE).fill('')
  readonly texts: string[] = new Array(PAGE).fill('')
  readonly subjects: (string | null)[] = new Array(PAGE).fill(null)
}

/** One record, to look at and to change; not to be kept beyond the call that asked for it. */
export class Row implements Keeping {
  readonly #page: Page
  readonly #place: number

  constructor(page: Page, place: number) {
    this.#page = page
    this.#place = place
  }

  get holds(): Holds {
    return HOLDS[this.#page.holds[this.#place] ?? 0] ?? 'nothing'
  }
  set holds(holds: Holds) {
    this.#page.holds[this.#place] = HOLDS.indexOf(holds)
  }

  get id(): string {
    return this.#page.ids[this.#place] ?? ''
  }
  set id(id: string) {
    this.#page.ids[this.#place] = id
  }

  get subject(): string | null {
    return this.#page.subjects[this.#place] ?? null
  }
  set subject(subject: string | null) {
    this.#page.subjects[this.#place] = subject
  }

  /** The packed fields of a session; of a tombstone what it says. */
  get text(): string {
    return this.#page.texts[this.#place] ?? ''
  }
  set text(text: string) {
    this.#page.texts[this.#place] = text
  }

  /** Goes up from session to session, and begins anew at the least number of 32 bits. */
  get ordinal(): number {
    return this.#page.ordinals[this.#place] ?? 0
  }
  set ordinal(ordinal: number) {
    this.#page.ordinals[this.#place] = ordinal
  }

  get createdAt(): number {
    return this.#number(0)
  }
  set createdAt(second: number) {
    this.#setNumber(0, second)
  }

  get seenAt(): number {
    return this.#number(1)
  }
  set seenAt(second: number) {
    this.#setNumber(1, second)
  }

  get idle(): number {
    return this.#number(2)
  }
  set idle(seconds: number) {
    this.#setNumber(2, seconds)
  }

  get endsAt(): number {
    return this.#number(3)
  }
  set endsAt(second: number) {
    this.#setNumber(3, second)
  }

  get throttle(): number {
    return this.#number(4)
  }
  set throttle(seconds: number) {
    this.#setNumber(4, seconds)
  }

  get checkAt(): number {
    return this.#number(5)
  }
  set checkAt(second: number) {
    this.#setNumber(5, second)
  }

  #number(column: number): number {
    return this.#page.numbers[this.#place * NUMBERS + column] ?? 0
  }

  #setNumber(column: number, value: number): void {
    this.#page.numbers[this.#place * NUMBERS + column] = value
  }
}

/** Records by number and by id. A record keeps its number as long as it is there. */
export class Records {
  readonly #pages: Page[] = []
  readonly #numbers = new Shards(partOfId)
  readonly #unused: number[] = []
  #used = 0

  /** How many are there. */
  get count(): number {
    return this.#used - this.#unused.length
  }

  /** One more than the highest number. */
  get end(): number {
    return this.#used
  }

  find(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  at(record: number): Row {
    return new Row(this.#pages[pageOf(record)] as Page, placeOf(record))
  }

  /** A new record for an id that has none; it holds nothing yet. */
  add(id: string): number {
    const record = this.#unused.pop() ?? this.#used++
    this.#pages[pageOf(record)] ??= new Page()
    this.at(record).id = id
    this.#numbers.set(id, record)
    return record
  }

  remove(record: number): void {
    const row = this.at(record)
    this.#numbers.delete(row.id)
    row.id = ''
    row.text = ''
    row.subject = null
    row.holds = 'nothing'
    this.#unused.push(record)
  }
}
