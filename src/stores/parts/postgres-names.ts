// What the tables and functions are called, and the expressions that all statements share.
import { SessionError } from '../../core/errors.ts'

export interface PostgresNames {
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
  return { table: `${schema}.sojourn_sessions`, of: (name) => `${schema}.sojourn_${name}` }
}

/** The last second in which a row is kept. */
export const keptOf = (row: string): string =>
  `(CASE WHEN ${row}.idle = 0 THEN ${row}.ends_at ELSE LEAST(${row}.seen_at + ${row}.idle, ${row}.ends_at) END)`

/** The second in which the sweep has something to do with a row. */
export const dueOf = (row: string): string =>
  `LEAST(${keptOf(row)} + 1, COALESCE(NULLIF(${row}.check_at, 0), 9e15::bigint))`

const TIMES = [
  'created_at',
  'seen_at',
  'idle',
  'ends_at',
  'throttle',
  'check_at',
  'until',
  'clean_at',
  // Of a tombstone; of a session both are null, and left out.
  'ended',
  'next',
] as const

/** What is read of a row, in few columns, since drivers take their time over each. */
export const factsOf = (row: string): string => {
  const times = TIMES.map((column) => `${row}.${column}`).join(', ')
  return `${row}.subject, concat_ws(' ', ${times}) AS times, ${row}.fields::text AS fields`
}

export const columnsOf = (row: string): string => `${row}.id, ${factsOf(row)}`
