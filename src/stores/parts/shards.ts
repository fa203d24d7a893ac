// A Map in 256 parts: where one Map of a million entries grows or shrinks, the process stands still.
const PARTS = 256

/** Record numbers by text. */
export class Shards {
  readonly #parts: Map<string, number>[] = Array.from({ length: PARTS }, () => new Map())
  readonly #partOf: (text: string) => number

  /** @param partOf any whole number of a text; its last eight bits choose the part. */
  constructor(partOf: (text: string) => number) {
    this.#partOf = partOf
  }

  get(text: string): number | undefined {
    return this.#at(text).get(text)
  }

  set(text: string, record: number): void {
    this.#at(text).set(text, record)
  }

  delete(text: string): void {
    this.#at(text).delete(text)
  }

  #at(text: string): Map<string, number> {
    return this.#parts[this.#partOf(text) & (PARTS - 1)] as Map<string, number>
  }
}

/** By its tag: the two hex digits with which a stored id begins, and any two characters else. */
export const partOfId = (id: string): number => nibble(id, 0) * 16 + nibble(id, 1)

/** By all of its characters. */
export function partOfText(text: string): number {
  let part = 0
  for (let at = 0; at < text.length; at++) part = (part * 31 + text.charCodeAt(at)) | 0
  return part ^ (part >> 8)
}

/** The worth of a hex digit. */
function nibble(id: string, at: number): number {
  const code = id.charCodeAt(at)
  return code < 58 ? code & 15 : (code + 9) & 15
}
