// Sessions in PostgreSQL, one row each; every verb is one prepared statement.
import { type Duration, toSeconds } from '../core/duration.ts'
import type {
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  FullStore,
  Patch,
  Patched,
  Reading,
  SingleEnding,
  StoredSession,
} from '../core/store.ts'
import {
  type PgClient,
  type PostgresClient,
  type Row,
  type RunSql,
  type SqlValue,
  toRunner,
} from './parts/postgres-client.ts'
import { migrationOf } from './parts/postgres-migration.ts'
import { toNames } from './parts/postgres-names.ts'
import { toAnswer, toJson, toReading, toSession } from './parts/postgres-rows.ts'
import { type Statements, toStatements } from './parts/postgres-statements.ts'

export type { PgClient, PostgresClient } from './parts/postgres-client.ts'

export interface PostgresStoreOptions {
  /** The schema that the migration was made for. @default 'public' */
  readonly schema?: string
  /** How long a session that is over is kept for the sweep and for its user. @default '1h' */
  readonly retention?: Duration
}

/**
 * The table and the functions, as SQL that may be run again: `sojourn migration postgres` prints it.
 * To hash-partition the table, write `) PARTITION BY HASH (id);` for `) WITH (fillfactor = 70);` before it
 * is run for the first time, and behind it for each partition
 * `CREATE TABLE sojourn_sessions_0 PARTITION OF sojourn_sessions FOR VALUES WITH (MODULUS 16, REMAINDER 0)
 * WITH (fillfactor = 70);`.
 *
 * @throws SessionError `bad-option` for a schema whose name would have to be quoted.
 */
export const postgresMigration = ({ schema }: Pick<PostgresStoreOptions, 'schema'> = {}): string =>
  migrationOf(toNames(schema))

/**
 * A store for several machines. Every verb is one statement and a transaction of its own, under READ
 * COMMITTED; in a partitioned table all but those by subject and the sweep go to one partition.
 *
 * @param client a Pool of `pg`, or what `postgres(url)` makes.
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export const postgresStore = (
  client: PgClient | PostgresClient,
  { schema, retention = '1h' }: PostgresStoreOptions = {},
): FullStore => new PostgresStore(client, schema, toSeconds(retention, 'retention'))

class PostgresStore implements FullStore {
  readonly #run: RunSql
  readonly #statements: Statements
  readonly #retention: number

  constructor(client: PgClient | PostgresClient, schema: string | undefined, retention: number) {
    this.#run = toRunner(client)
    this.#statements = toStatements(toNames(schema))
    this.#retention = Math.ceil(retention)
  }

  create(session: StoredSession, now: number, { from, limit }: CreateTerms = {}): Promise<Created> {
    const { fields, fieldEnds: _, ...rest } = session
    const retention = this.#retention
    return this.#call('create', {
      ...rest,
      fields: Object.fromEntries(fields),
      now,
      retention,
      from: from && { ...from, expect: from.expect && Object.fromEntries(from.expect) },
      limit,
    })
  }

  read(id: string, now: number, touch: boolean): Promise<Reading> {
    const values = [id, touch ? now : null]
    return this.#ask('read', values, ([row]) => toReading(row?.[0], id, now))
  }

  patch(id: string, patch: Patch, now: number): Promise<Patched> {
    const { set, deleted, expect, seenAt, bounds, checkAt, recheck } = patch
    const asked = expect && Object.fromEntries(expect)
    const texts = { set: Object.fromEntries(set), deleted, expect: asked }
    return this.#call('patch', { id, now, ...texts, seenAt, bounds, checkAt, ...recheck })
  }

  touch(id: string, now: number): Promise<EndedNow> {
    return this.#call('touch', { id, now })
  }

  end(
    id: string,
    { expect, ...ending }: SingleEnding,
    now: number,
    subject?: string,
  ): Promise<Patched> {
    const asked = expect && Object.fromEntries(expect)
    return this.#call('end', { ...ending, id, now, subject, expect: asked })
  }

  list(subject: string, now: number): Promise<StoredSession[]> {
    return this.#sessions('list', [subject, now])
  }

  endAll(subject: string, ending: Ending, now: number, except?: string): Promise<string[]> {
    return this.#call('endAll', { subject, ...ending, now, except })
  }

  claim(now: number, most: number, lease: number): Promise<StoredSession[]> {
    return this.#sessions('claim', [now, most, Math.max(1, lease)])
  }

  forget(ids: readonly string[], now: number): Promise<number> {
    return this.#ask('forget', [toJson(ids), now, this.#retention], ({ length }) => length)
  }

  async scan(now: number, after: string | null, most: number) {
    const sessions = await this.#sessions('scan', [after ?? '', now, most])
    const last = sessions.length < most ? undefined : sessions.at(-1)
    return { sessions, next: last?.id ?? null }
  }

  #sessions(name: keyof Statements, values: SqlValue[]): Promise<StoredSession[]> {
    return this.#ask(name, values, (rows) => rows.map(([answer]) => toSession(answer)))
  }

  #call<Answer>(name: keyof Statements, given: object): Promise<Answer> {
    const read = ([row]: readonly Row[]) => toAnswer(row?.[0] ?? '{"state":"unknown"}')
    return this.#ask(name, [toJson(given)], read) as Promise<Answer>
  }

  #ask<Result>(
    name: keyof Statements,
    values: SqlValue[],
    read: (rows: readonly Row[]) => Result,
  ): Promise<Result> {
    return this.#run(this.#statements[name], values, read)
  }
}
