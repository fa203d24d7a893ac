// The statements: constants but for the schema, each prepared under a name of its own.
import { columnsOf, factsOf, keptOf, type PostgresNames } from './postgres-names.ts'

export interface Statement {
  /** The name that it is prepared under. */
  readonly key: string
  readonly text: string
}

const VERBS = ['create', 'patch', 'touch', 'end'] as const

export type Statements = ReturnType<typeof toStatements>

export function toStatements({ table, of }: PostgresNames) {
  const call = (name: string) => `SELECT ${of(name)}($1::text::jsonb)::text AS answer`
  const verbs = Object.fromEntries(VERBS.map((name) => [name, call(name)])) as {
    [verb in (typeof VERBS)[number]]: string
  }
  const live = `s.ended IS NULL AND $2::bigint <= ${keptOf('s')}`
  const texts = {
    ...verbs,
    endAll: call('end_all'),
    read: `SELECT ${factsOf('s')} FROM ${table} AS s WHERE s.id = $1`,
    // What is read is the row as it was before the touch.
    readTouch: `WITH touched AS (
  UPDATE ${table} AS s SET seen_at = $2::bigint
  WHERE s.id = $1 AND ${live} AND $2::bigint - s.seen_at > s.throttle RETURNING 1
) SELECT ${factsOf('s')}, EXISTS (SELECT 1 FROM touched) AS touched
FROM ${table} AS s WHERE s.id = $1`,
    list: `SELECT ${columnsOf('s')} FROM ${table} AS s
WHERE s.subject = $1 AND ${live} ORDER BY s.created_at, s.id`,
    claim: `SELECT ${columnsOf('s')} FROM ${of('claim')}($1::bigint, $2::bigint, $3::bigint) AS s`,
    forget: `DELETE FROM ${table} AS s
WHERE s.id IN (SELECT jsonb_array_elements_text($1::text::jsonb))
AND s.ended IS NULL AND $2::bigint > ${keptOf('s')} RETURNING 1`,
    scan: `SELECT ${columnsOf('s')} FROM ${table} AS s
WHERE s.id > $2 AND s.ended IS NULL AND $1::bigint <= ${keptOf('s')} ORDER BY s.id LIMIT $3::bigint`,
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { key: `sojourn_${name}_${table}`, text }]),
  ) as { readonly [name in keyof typeof texts]: Statement }
}
