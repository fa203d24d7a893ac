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

/** Runs one prepared statement. */
export type RunSql = (name: string, text: string, values: SqlValue[]) => Promise<readonly object[]>

/** @throws SessionError `bad-option` for anything else. */
export function toRunner(client: PgClient | PostgresClient): RunSql {
  if (typeof (client as PostgresClient | null)?.unsafe === 'function') {
    const sql = client as PostgresClient
    return async (_, text, values) => sql.unsafe(text, values, { prepare: true })
  }
  if (typeof (client as PgClient | null)?.query === 'function') {
    const pool = client as PgClient
    return async (name, text, values) => (await pool.query({ name, text, values })).rows
  }
  throw new SessionError(
    'bad-option',
    'postgresStore takes a Pool of `pg`, or what `postgres(url)` of `postgres` makes.',
  )
}
