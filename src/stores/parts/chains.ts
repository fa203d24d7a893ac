// Which records are whose: those of a subject hang together in a chain.
import { Links } from './links.ts'
import { partOfText, Shards } from './shards.ts'

export class Chains {
  readonly #first = new Shards(partOfText)
  /** The records beside each, plus one; 0 for none. */
  readonly #next = new Links()
  readonly #before = new Links()

  /** A record that hangs in the subject's chain, if there is any. */
  first(subject: string): number | undefined {
    return this.#first.get(subject)
  }

  add(subject: string, record: number): void {
    const first = this.#first.get(subject)
    this.#first.set(subject, record)
    if (first === undefined) return
    this.#next.set(record, first + 1)
    this.#before.set(first, record + 1)
  }

  remove(subject: string, record: number): void {
    const [next, before] = [this.#next.get(record), this.#before.get(record)]
    if (next !== 0) this.#before.set(next - 1, before)
    if (before !== 0) this.#next.set(before - 1, next)
    else if (next !== 0) this.#first.set(subject, next - 1)
    else this.#first.delete(subject)
    this.#next.set(record, 0)
    this.#before.set(record, 0)
  }

  /** All of the subject's records, which may come and go meanwhile. */
  of(subject: string): number[] {
    const records: number[] = []
    for (let record = this.#first.get(subject); record !== undefined; ) {
      records.push(record)
      const next = this.#next.get(record)
      record = next === 0 ? undefined : next - 1
    }
    return records
  }
}
