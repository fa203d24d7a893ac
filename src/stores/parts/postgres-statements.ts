// The statements: constants but for the schema, each prepared under a name of its own.
import { NEVER } from './postgres-language.ts'
import { factsOf, keptOf, type PostgresNames } from './postgres-names.ts'

export interface Statement {
  /** The name that it is prepared under: 63 characters at most, or PostgreSQL cuts it. */
  readonly key: string
  /** Each row that it answers is one text, `answer`. */
  readonly text: string
}

export type Statements = ReturnType<typeof toStatements>

export function toStatements({ schema, table, of }: PostgresNames) {
  const call = (name: string) => `SELECT ${of(name)}($1::text::jsonb)::text AS answer`
  const live = `s.ended IS NULL AND $2::bigint <= ${keptOf('s')}`
  const texts = {
    create: call('create'),
    patch: call('patch'),
    touch: call('touch'),
    end: call('end'),
    endAll: call('end_all'),
    read: readText(table, of('slide')),
    list: `SELECT ${factsOf('s', 's.id')} FROM ${table} AS s
WHERE s.subject = $1 AND ${live} ORDER BY s.created_at, s.ordinal`,
    claim: `SELECT ${factsOf('s', 's.id')} FROM ${of('claim')}($1::bigint, $2::bigint, $3::bigint) AS s`,
    // In one order, so that two sweeps do not wait for each other.
    forget: `UPDATE ${table} AS s SET seen_at = ${keptOf('s')}, clean_at = ${keptOf('s')} + $3::bigint,
  ended = CASE WHEN s.idle = 0 OR ${keptOf('s')} = s.ends_at THEN 'absolute' ELSE 'idle' END,
  look_at = ${NEVER}, fields = '{}'
WHERE s.id = ANY (ARRAY(
  SELECT o.id FROM ${table} AS o
  WHERE o.id = ANY (ARRAY(SELECT jsonb_array_elements_text($1::text::jsonb)))
  AND o.ended IS NULL AND $2::bigint > ${keptOf('o')} ORDER BY o.id FOR UPDATE
)) RETURNING s.id AS answer`,
    scan: `SELECT ${factsOf('s', 's.id')} FROM ${table} AS s
WHERE s.id > $1 AND ${live} ORDER BY s.id LIMIT $3::bigint`,
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { key: `sojourn_${name}_${schema}`, text }]),
  ) as { readonly [name in keyof typeof texts]: Statement }
}

/**
 * A bare SELECT while the throttle lets nothing be written: then the function is not called. What is read is
 * the row as it was before. Without a second `$2` is null, and nothing is due.
 */
const readText = (table: string, slide: string): string => {
  const touched = `CASE WHEN $2::bigint - s.seen_at > s.throttle THEN ${slide}(s.id, $2::bigint) ELSE false END`
  return `SELECT ${factsOf('s', 's.ended', 's.next', 's.until', 's.clean_at', touched)}
FROM ${table} AS s WHERE s.id = $1`
}
