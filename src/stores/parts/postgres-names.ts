// What the tables and functions are called, and the expressions that all statements share.
import { SessionError } from '../../core/errors.ts'

export interface PostgresNames {
  readonly schema: string
  readonly table: string
  /** The name of a function of ours, with its schema. */
  of(name: string): string
}

const NAME = /^[a-z_][a-z0-9_]{0,30}$/

/** @throws SessionError `bad-option` for a name that would have to be quoted. */
export function toNames(schema = 'public'): PostgresNames {
  if (!NAME.test(schema)) {
    throw new SessionError(
      'bad-option',
      'schema must be a plain lower-case name of up to 31 letters, digits and _, such as public.',
    )
  }
  // Quoted, since some names are words of the language.
  const of = (name: string) => `"${schema}".sojourn_${name}`
  return { schema, table: of('sessions'), of }
}

/** The last second in which a row is kept. */
export const keptOf = (row: string): string =>
  `(CASE WHEN ${row}.idle = 0 THEN ${row}.ends_at ELSE LEAST(${row}.seen_at + ${row}.idle, ${row}.ends_at) END)`

/** The second in which the sweep has something to do with a row. */
export const dueOf = (row: string): string =>
  `LEAST(${keptOf(row)} + 1, COALESCE(NULLIF(${row}.check_at, 0), 9e15::bigint))`

/** In the order of `Facts` in `postgres-rows.ts`. */
const COLUMNS = [
  'subject',
  'created_at',
  'seen_at',
  'idle',
  'ends_at',
  'throttle',
  'check_at',
  'fields',
] as const

/** A row as one JSON text, what is given before it: drivers take their time over each column. */
export const factsOf = (row: string, ...before: readonly string[]): string => {
  const columns = COLUMNS.map((column) => `${row}.${column}`)
  return `json_build_array(${[...before, ...columns].join(', ')})::text AS answer`
}
