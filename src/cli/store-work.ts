// A command's work on a store: opened, asked, closed, and in one sentence what went wrong.
import { SessionError } from '../core/errors.ts'
import type { ScanStore, StoredSession } from '../core/store.ts'
import { type Given, type Outcome, UnreachableError, UsageError, type World } from './command.ts'
import { readPlace } from './store-options.ts'
import type { OpenStore } from './store-place.ts'

/** @throws UsageError, UnreachableError, or a SessionError for an option that a store refuses. */
export async function withStore(
  given: Given,
  world: World,
  work: (opened: OpenStore, now: number) => Promise<Outcome>,
): Promise<Outcome> {
  const place = readPlace(given, world)
  let opened: OpenStore | null = null
  try {
    opened = await world.openStore(place)
    return await work(opened, Math.floor(world.now()))
  } catch (error) {
    throw isMisuse(error) ? error : toUnreachable(error)
  } finally {
    await opened?.close()
  }
}

const isMisuse = (error: unknown): boolean =>
  error instanceof UsageError || (error instanceof SessionError && error.code === 'bad-option')

const PAGE = 500

/** All live sessions, page by page. One may come twice. */
export async function* everySession(store: ScanStore, now: number): AsyncGenerator<StoredSession> {
  let cursor: string | null = null
  do {
    const { sessions, next }: Awaited<ReturnType<ScanStore['scan']>> = await store.scan(
      now,
      cursor,
      PAGE,
    )
    yield* sessions
    cursor = next
  } while (cursor !== null)
}

const MISSING_TABLES = 'its tables are not there; sojourn migration postgres prints what makes them'
const REFUSED = 'it wants another user or password'
const SILENT = 'it did not answer in time'
const UNTRUSTED =
  'nobody who is known here has signed its certificate; NODE_EXTRA_CA_CERTS=ca.pem in the environment makes its authority known, for PostgreSQL also sslrootcert=ca.pem in the URL'
const READ_ONLY = 'it takes no writes; name the server that does'
const SENTENCES: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its host is not known',
  EAI_AGAIN: 'its host is not known',
  ECONNRESET: 'it cut the connection',
  ETIMEDOUT: SILENT,
  CONNECT_TIMEOUT: SILENT,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ENOENT: 'there is no such file',
  WRONGPASS: REFUSED,
  NOAUTH: REFUSED,
  NOPERM: 'this user may not do that',
  MOVED: 'it is a cluster: add --cluster',
  CLUSTERDOWN: 'its cluster is down',
  LOADING: 'it is still starting',
  READONLY: READ_ONLY,
  NOT_OURS: 'there are no sessions of ours in it',
  SQLITE_NOTADB: 'it is no SQLite file',
  SQLITE_CANTOPEN: 'its file cannot be opened',
  SQLITE_READONLY: 'its file cannot be written to',
  SQLITE_BUSY: 'another process holds it',
  '25006': READ_ONLY,
  '28000': REFUSED,
  '28P01': REFUSED,
  '3D000': 'there is no such database',
  '3F000': MISSING_TABLES,
  '42P01': MISSING_TABLES,
  '42501': 'this user may not do that',
  '53300': 'it has no connection left to give',
  '57P03': 'it is still starting',
}

/** What a driver says may hold the URL, so nothing of it is repeated but codes that are known. */
export function toUnreachable(error: unknown): UnreachableError {
  if (error instanceof UnreachableError) return error
  const known = causesOf(error).find((code) => Object.hasOwn(SENTENCES, code))
  if (known !== undefined) {
    return new UnreachableError(`The store cannot be reached: ${SENTENCES[known]} (${known}).`)
  }
  // Ours never hold anything of a URL.
  if (error instanceof SessionError) return new UnreachableError(error.message)
  const name = error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : 'no Error'
  return new UnreachableError(
    `The store cannot be reached, or does not answer as one of ours (${name}).`,
  )
}

const DEEPEST = 5
/** What node:sqlite says by number. */
const SQLITE: { readonly [errcode: number]: string } = {
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
}

/** How Redis and pg say what has no code; before Redis 7 the word of a script's error is not the first. */
function wordOf(message: string): string {
  if (/ timeout/i.test(` ${message}`)) return 'ETIMEDOUT'
  return / -?(READONLY) /.exec(message)?.[1] ?? message.split(' ')[0] ?? ''
}

/** The codes of an error and its causes. */
function causesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > DEEPEST) return []
  const { code, errcode, cause, message } = error as Error & { code?: unknown; errcode?: number }
  const inner = error instanceof AggregateError ? error.errors : []
  return [
    String(code),
    SQLITE[Number(errcode)] ?? '',
    wordOf(message),
    ...[cause, ...inner].flatMap((one) => causesOf(one, depth + 1)),
  ]
}
