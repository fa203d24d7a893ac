// Sessions in PostgreSQL, one row each; every verb is one prepared statement.
import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import { isKept, isTouchDue } from '../core/judgement.ts'
import type {
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  FullStore,
  Patch,
  Patched,
  Reading,
  StoredSession,
} from '../core/store.ts'
import {
  type PgClient,
  type PostgresClient,
  type RunSql,
  type SqlValue,
  toRunner,
} from './parts/postgres-client.ts'
import { migrationOf } from './parts/postgres-migration.ts'
import { toNames } from './parts/postgres-names.ts'
import {
  isOutdated,
  type ReadRow,
  type Row,
  toJson,
  toReading,
  toSession,
} from './parts/postgres-rows.ts'
import { type Statements, toStatements } from './parts/postgres-statements.ts'
import { Hints } from './parts/touch-hints.ts'

export type { PgClient, PostgresClient } from './parts/postgres-client.ts'

export interface PostgresStoreOptions {
  /** The schema that the migration was made for. @default 'public' */
  readonly schema?: string
  /** How long a session that is over is kept for the sweep and for its user. @default '1h' */
  readonly retention?: Duration
}

/**
 * The table and the functions, as SQL that may be run again: `sojourn migration postgres` prints it.
 *
 * @throws SessionError `bad-option` for a schema whose name would have to be quoted.
 */
export const postgresMigration = ({ schema }: Pick<PostgresStoreOptions, 'schema'> = {}): string =>
  migrationOf(toNames(schema))

/**
 * A store for several machines. The table may be hash-partitioned by `id`: every verb but the listing
 * by subject and the sweep finds its row by it.
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
  readonly #hints = new Hints()

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

  /** Where this process knows that no touch can be due, the statement is a bare SELECT. */
  async read(id: string, now: number, touch: boolean): Promise<Reading> {
    const isQuiet = !touch || this.#hints.isQuiet(id, now, touch)
    const [row] = await this.#ask<ReadRow>(
      isQuiet ? 'read' : 'readTouch',
      isQuiet ? [id] : [id, now],
    )
    const reading = toReading(row, id, now)
    if (reading.state !== 'live') {
      this.#hints.forget(id)
      return reading
    }
    const { session, touched } = reading
    this.#hints.learn(id, touched ? { ...session, seenAt: now } : session)
    // Somebody else has shortened the throttle.
    const isMissed = isQuiet && touch && isTouchDue(session, now)
    return isMissed ? this.read(id, now, touch) : reading
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

  end(id: string, { reason, keep }: Ending, now: number, subject?: string): Promise<EndedNow> {
    return this.#call('end', { id, reason, keep, now, subject })
  }

  async list(subject: string, now: number): Promise<StoredSession[]> {
    return this.#sessions('list', [subject, now])
  }

  endAll(subject: string, ending: Ending, now: number, except?: string): Promise<string[]> {
    return this.#call('endAll', { subject, ...ending, now, except })
  }

  async claim(now: number, most: number, lease: number): Promise<StoredSession[]> {
    return this.#sessions('claim', [now, most, Math.max(1, lease)])
  }

  async forget(ids: readonly string[], now: number): Promise<number> {
    return (await this.#ask('forget', [toJson(ids), now])).length
  }

  async scan(now: number, after: string | null, most: number) {
    const sessions = await this.#sessions('scan', [now, after ?? '', most])
    const last = sessions.length < most ? undefined : sessions.at(-1)
    return { sessions: sessions.filter((session) => isKept(session, now)), next: last?.id ?? null }
  }

  async #sessions(name: keyof Statements, values: SqlValue[]): Promise<StoredSession[]> {
    return (await this.#ask<Row>(name, values)).map(toSession)
  }

  async #call<Answer>(name: keyof Statements, given: object): Promise<Answer> {
    const [row] = await this.#ask<{ readonly answer: string }>(name, [toJson(given)])
    return toAnswer(row?.answer ?? '{"state":"unknown"}') as Answer
  }

  async #ask<Found>(name: keyof Statements, values: SqlValue[]): Promise<readonly Found[]> {
    try {
      const { key, text } = this.#statements[name]
      return (await this.#run(key, text, values)) as readonly Found[]
    } catch (error) {
      if (!isOutdated(error)) throw error
      throw new SessionError(
        'store-unavailable',
        'The table of sessions or one of its functions is missing: run `npx sojourn migration postgres | psql`.',
      )
    }
  }
}

function toAnswer(text: string): unknown {
  const answer = JSON.parse(text) as { current?: Record<string, string | null> }
  return answer.current === undefined
    ? answer
    : { ...answer, current: new Map(Object.entries(answer.current)) }
}
