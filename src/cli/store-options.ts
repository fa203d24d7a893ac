// From options and the environment to a store: which one, and that no password shows.

import { type Given, type OptionSpec, UsageError, type World } from './command.ts'
import { text } from './options.ts'
import type { StorePlace } from './store-place.ts'

/** The options of every command that works on a store. */
export const STORE_OPTIONS: { readonly [name: string]: OptionSpec } = {
  store: { type: 'string', value: 'URL', help: 'the store, instead of SOJOURN_STORE' },
  prefix: {
    type: 'string',
    value: 'TEXT',
    help: "of the keys, as the program's store has it (Redis)",
  },
  schema: { type: 'string', value: 'NAME', help: "as the program's store has it (PostgreSQL)" },
  cluster: { type: 'boolean', help: 'the URL is one node of a Redis or Valkey Cluster' },
}

export const VALUES_OPTION: OptionSpec = {
  type: 'boolean',
  help: 'show the values too, which may be personal data',
}

/** For the help of these commands. */
export const STORES = `The store is named by SOJOURN_STORE in the environment, or by --store: redis://HOST, rediss://HOST,
valkey://HOST, postgres://HOST/DATABASE, postgresql://HOST/DATABASE or sqlite:PATH. A URL with a
password belongs in the environment: on the command line it is refused. It is never printed.
Times are as the store keeps them. Only the program knows its policy, which may end a session earlier.`

const NAMED = 'redis://localhost, postgres://localhost/app or sqlite:sessions.db'
const REFUSED_PASSWORD =
  'A password is never taken from the command line: it would stay in the shell history and show in the list of processes. Set SOJOURN_STORE in the environment to the whole URL.'
/** Before the @, and among what follows the question mark. */
const PASSWORD = /:\/\/[^@]*:[^@]*@|[?&][^=&]*(pass|pwd|secret|token)[^=&]*=/i
const SCHEME = /^(?:(redis|valkey)(s?)|postgres(?:ql)?):\/\//i
const FILE = /^sqlite:(?:\/\/)?(.+)$/is

/** @throws UsageError for no store, one that is not known, a password, or an option of another store. */
export function readPlace(given: Given, world: World): StorePlace {
  const typed = text(given, 'store')
  if (typed !== undefined && PASSWORD.test(typed)) throw new UsageError(REFUSED_PASSWORD)
  const named = typed ?? world.env.SOJOURN_STORE ?? ''
  if (named === '') {
    throw new UsageError(`No store: set SOJOURN_STORE in the environment, or use --store ${NAMED}.`)
  }
  const place = toPlace(named, given)
  demandUses(place, given)
  return place
}

function toPlace(named: string, given: Given): StorePlace {
  const path = FILE.exec(named)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path }
  const scheme = SCHEME.exec(named)
  if (scheme === null || !URL.canParse(named)) {
    throw new UsageError(
      `The store is named by a URL: ${NAMED}. Signs such as @ and # in a password are written as %40 and %23.`,
    )
  }
  const [head, isRedis, tls = ''] = scheme
  if (isRedis === undefined) return { kind: 'postgres', url: named, schema: text(given, 'schema') }
  return {
    kind: 'redis',
    url: `redis${tls.toLowerCase()}://${named.slice(head.length)}`,
    cluster: given.cluster === true,
    prefix: text(given, 'prefix'),
  }
}

/** @throws UsageError for options that would have no effect. */
function demandUses({ kind }: StorePlace, given: Given): void {
  const own = { redis: ['prefix', 'cluster'], postgres: ['schema'], sqlite: [] as string[] }[kind]
  const foreign = ['prefix', 'cluster', 'schema'].find(
    (name) => given[name] !== undefined && !own.includes(name),
  )
  if (foreign !== undefined) throw new UsageError(`--${foreign} belongs to another kind of store.`)
}

/** @throws UsageError for what is no whole number in these bounds. */
export function readCount(given: Given, name: string, usual: number, most: number): number {
  const count = Number(text(given, name) ?? usual)
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  throw new UsageError(`--${name} is a whole number from 1 to ${most}.`)
}
