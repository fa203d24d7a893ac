// Whole numbers of 32 bits by record, in pages: growing copies nothing, so that no growth is felt.

/** Records of a page. */
export const PAGE = 1024
const SHIFT = 10

/** 0 where nothing was set. */
export class Links {
  readonly #pages: Int32Array[] = []

  get(record: number): number {
    return this.#pages[record >> SHIFT]?.[record & (PAGE - 1)] ?? 0
  }

  set(record: number, value: number): void {
    const at = record >> SHIFT
    while (this.#pages.length <= at) this.#pages.push(new Int32Array(PAGE))
    const page = this.#pages[at]
    if (page !== undefined) page[record & (PAGE - 1)] = value
  }
}

/** The page in which a record lies, and its place there. */
export const pageOf = (record: number): number => record >> SHIFT
export const placeOf = (record: number): number => record & (PAGE - 1)
