// What was read a moment ago, so that who changes it next need not read it again. It may be out of date:
// whoever uses it has to find out.

const MOST = 256
/** Larger things are not worth the memory. */
const LARGEST = 16_384

export class Recent<Thing> {
  readonly #things = new Map<string, Thing>()

  add(id: string, thing: Thing, size: number): void {
    this.#things.delete(id)
    if (size > LARGEST) return
    const [oldest] = this.#things.keys()
    if (this.#things.size >= MOST && oldest !== undefined) this.#things.delete(oldest)
    this.#things.set(id, thing)
  }

  /** Handed out once. */
  take(id: string): Thing | null {
    const thing = this.#things.get(id) ?? null
    this.#things.delete(id)
    return thing
  }
}
