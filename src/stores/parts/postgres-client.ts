// A client of PostgreSQL by its shape: `pg` or `postgres`, whatever its version.
import { SessionError } from '../../core/errors.ts'
import { withAnswer } from './answered.ts'

export type SqlValue = string | number | boolean | null

/** `pg`: a Pool or a Client. */
export interface PgClient {
  query(query: {
    readonly name: string
    readonly text: string
    readonly values: readonly SqlValue[]
    readonly rowMode: 'array'
  }): Promise<{ readonly rows: readonly unknown[] }>
}

/** `postgres`: what `postgres(url)` makes. */
export interface PostgresClient {
  unsafe(
    text: string,
    values: SqlValue[],
    options: { readonly prepare: boolean },
  ): { values(): Promise<readonly unknown[]> }
}

/** Each row of a statement of ours is one text; clients may give columns other names. */
export type Row = readonly [answer: string]

/** One prepared statement, and what its rows mean. @throws SessionError `store-unavailable` */
export type RunSql = <Result>(
  statement: { readonly key: string; readonly text: string },
  values: SqlValue[],
  read: (rows: readonly Row[]) => Result,
) => Promise<Result>

/** @throws SessionError `bad-option` for anything else. */
export function toRunner(client: PgClient | PostgresClient): RunSql {
  if (typeof (client as PostgresClient | null)?.unsafe === 'function') {
    const sql = client as PostgresClient
    return ({ text }, values, read) =>
      sql
        .unsafe(text, values, { prepare: true })
        .values()
        .then((rows) => read(rows as readonly Row[]), explain)
  }
  if (typeof (client as PgClient | null)?.query === 'function') {
    const pool = client as PgClient
    return ({ key: name, text }, values, read) =>
      pool
        .query({ name, text, values, rowMode: 'array' })
        .then(({ rows }) => read(rows as readonly Row[]), explain)
  }
  throw new SessionError(
    'bad-option',
    'postgresStore takes a Pool of `pg`, or what `postgres(url)` of `postgres` makes.',
  )
}

/** A schema, a table, a column and a function that is not there. */
const MISSING = ['3F000', '42P01', '42703', '42883']
const CODE = /^[A-Z\d_]{2,40}$/
/** What was asked cannot be done to these values; the server is well. */
const ABOUT_DATA = /^22[A-Z\d]{3}$/
/** How our functions begin what they say themselves. */
const OURS = /^Sojourn /

/** Errors of PostgreSQL repeat what was asked, ids and values too: only their code is passed on. */
function explain(error: unknown): never {
  const { message = '', ...told } = Object(error) as { code?: unknown; message?: string }
  // What its client gave up waiting for has no code.
  const code = told.code ?? (/ timeout/i.test(` ${message}`) ? 'ETIMEDOUT' : undefined)
  if (MISSING.includes(String(code))) {
    throw new SessionError(
      'store-unavailable',
      'The table of sessions or one of its functions is missing: run `npx sojourn migration postgres | psql`.',
    )
  }
  const isCode = typeof code === 'string' && CODE.test(code)
  const said = OURS.test(message) ? message : 'PostgreSQL failed, or could not be reached.'
  const cause = Object.assign(new Error(said), isCode && { code })
  const failure = new SessionError('store-unavailable', isCode ? `${said} (${code})` : said, {
    cause,
  })
  throw ABOUT_DATA.test(String(code)) ? withAnswer(failure) : failure
}
