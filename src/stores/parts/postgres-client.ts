// A client of PostgreSQL by its shape: `pg` or `postgres`, whatever its version.
import { SessionError } from '../../core/errors.ts'

export type SqlValue = string | number | boolean | null

/** `pg`: a Pool or a Client. */
export interface PgClient {
  query(query: {
    readonly name: string
    readonly text: string
    readonly values: readonly SqlValue[]
  }): PromiseLike<{ readonly rows: readonly object[] }>
}

/** `postgres`: what `postgres(url)` makes. */
export interface PostgresClient {
  unsafe(
    text: string,
    values: SqlValue[],
    options: { readonly prepare: boolean },
  ): PromiseLike<readonly object[]>
}

/** Runs one prepared statement. @throws SessionError `store-unavailable` before a migration. */
export type RunSql = (
  name: string,
  text: string,
  values: SqlValue[],
) => PromiseLike<readonly object[]>

/** @throws SessionError `bad-option` for anything else. */
export function toRunner(client: PgClient | PostgresClient): RunSql {
  if (typeof (client as PostgresClient | null)?.unsafe === 'function') {
    const sql = client as PostgresClient
    return (_, text, values) =>
      sql.unsafe(text, values, { prepare: true }).then((rows) => rows, explain)
  }
  if (typeof (client as PgClient | null)?.query === 'function') {
    const pool = client as PgClient
    return (name, text, values) =>
      pool.query({ name, text, values }).then(({ rows }) => rows, explain)
  }
  throw new SessionError(
    'bad-option',
    'postgresStore takes a Pool of `pg`, or what `postgres(url)` of `postgres` makes.',
  )
}

/** A schema, a table, a column and a function that is not there. */
const MISSING = ['3F000', '42P01', '42703', '42883']

function explain(error: unknown): never {
  if (!MISSING.includes(String((error as { code?: unknown } | null)?.code))) throw error
  throw new SessionError(
    'store-unavailable',
    'The table of sessions or one of its functions is missing: run `npx sojourn migration postgres | psql`.',
  )
}
