// PostgreSQL through pg or postgres, whichever is installed.
import { toRunner } from '../stores/parts/postgres-client.ts'
import { toNames } from '../stores/parts/postgres-names.ts'
import { type PgClient, type PostgresClient, postgresStore } from '../stores/postgres.ts'
import { ANSWER_TIMEOUT, CONNECT_TIMEOUT, firstOf, type Load, type Module } from './store-driver.ts'
import type { OpenStore, PostgresPlace } from './store-place.ts'

export async function openPostgres(place: PostgresPlace, load: Load): Promise<OpenStore> {
  const { name, module } = await firstOf(['pg', 'postgres'], load)
  const { client, close } = name === 'pg' ? openPg(module, place) : openPostgresJs(module, place)
  const { schema } = place
  try {
    const store = postgresStore(client, { schema })
    return { store, size: () => sizeOf(client, schema), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** With its indexes, and of all partitions where it has some. */
const SIZE = `SELECT COALESCE(
  (SELECT SUM(pg_total_relation_size(relid)) FROM pg_partition_tree($1::text::regclass)),
  pg_total_relation_size($1::text::regclass))::text AS bytes`

const sizeOf = (client: Client, schema: string | undefined): Promise<number> =>
  toRunner(client)({ key: 'sojourn_size', text: SIZE }, [toNames(schema).table], ([row]) =>
    Number(row?.[0]),
  )

type Client = PgClient | PostgresClient

interface Connection {
  readonly client: Client
  close(): Promise<void>
}

interface Pg {
  readonly Pool: new (
    options: object,
  ) => PgClient & {
    on(event: 'error', listener: () => void): unknown
    end(): Promise<void>
  }
}

function openPg(module: Module, { url }: PostgresPlace): Connection {
  const { Pool } = module as unknown as Pg
  const pool = new Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    // Else a pool that waits for an answer does not end.
    query_timeout: ANSWER_TIMEOUT,
    max: 1,
  })
  pool.on('error', () => {})
  return { client: pool, close: () => pool.end().catch(() => {}) }
}

type PostgresJs = (
  url: string,
  options: object,
) => PostgresClient & { end(options: object): Promise<void> }

const SECOND = 1000

function openPostgresJs(module: Module, { url }: PostgresPlace): Connection {
  const sql = (module.default as PostgresJs)(url, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT / SECOND,
    onnotice: () => {},
  })
  return { client: sql, close: () => sql.end({ timeout: 1 }).catch(() => {}) }
}
