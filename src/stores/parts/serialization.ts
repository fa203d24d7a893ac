// The two ways in which Flask-Session writes a mapping down, by one shape. Types and bounds only.

/** How deep containers may lie in one another. Python gives up at about twice that. */
export const DEEPEST = 500

/** Half of a surrogate pair, which is no UTF-8. */
export const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** A mapping taken apart. */
export interface Mapping {
  /** The bytes of each value, by key, in the mapping's order. */
  readonly entries: ReadonlyMap<string, string>
  /** Members whose keys are no text, key and value as they stand: passed on, and shown to nobody. */
  readonly others: readonly string[]
}

/** Bytes are texts of one character each (`byte-texts.ts`). */
export interface Serialization {
  /** Null for what is no mapping in this format. Never throws. */
  split(bytes: string): Mapping | null
  join(mapping: Mapping): string
  /** @throws SessionError `not-serializable`, naming where. */
  write(value: unknown, key: string): string
  /** What would come of a value in Flask's own hands. @throws SessionError `not-serializable` */
  writeAsFlask(value: unknown, key: string): string
  /** Undefined for what is no value. Never throws. */
  read(bytes: string): unknown
}
