// A client of PostgreSQL by its shape: `pg` or `postgres`, whatever its version.
import { SessionError } from '../../core/errors.ts'

export type SqlValue = string | number | boolean | null

/** `pg`: a Pool or a Client. */
export interface PgClient {
  query(query: {
    readonly name: string
    readonly text: string
    readonly values: readonly SqlValue[]
  }): Promise<{ readonly rows: readonly object[] }>
}

/** `postgres`: what `postgres(url)` makes. */
export interface PostgresClient {
  unsafe(
    text: string,
    values: SqlValue[],
    options: { readonly prepare: boolean },
  ): Promise<readonly object[]>
}

/** One prepared statement, and what its rows mean. @throws SessionError `store-unavailable` before a migration. */
export type RunSql = <Row extends object, Result>(
  statement: { readonly key: string; readonly text: string },
  values: SqlValue[],
  read: (rows: readonly Row[]) => Result,
) => Promise<Result>

/** @throws SessionError `bad-option` for anything else. */
export function toRunner(client: PgClient | PostgresClient): RunSql {
  if (typeof (client as PostgresClient | null)?.unsafe === 'function') {
    const sql = client as PostgresClient
    return ({ text }, values, read) =>
      sql.unsafe(text, values, { prepare: true }).then((rows) => read(rows as never), explain)
  }
  if (typeof (client as PgClient | null)?.query === 'function') {
    const pool = client as PgClient
    return ({ key: name, text }, values, read) =>
      pool.query({ name, text, values }).then(({ rows }) => read(rows as never), explain)
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
