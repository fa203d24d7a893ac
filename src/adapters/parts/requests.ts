// A request as the sessions are handed it: what is seldom looked at is read when it is.
import type { Activity } from '../../core/activity.ts'
import type { SessionRequest } from '../../core/request.ts'

const joined = new WeakMap<object, WeakMap<object, unknown>>()

/** The session that these sessions have open for a request, where they stand in its way twice. */
export const openedFor = <Opened>(sessions: object, request: object): Opened | undefined =>
  joined.get(sessions)?.get(request) as Opened | undefined

/** Remembers a session until it is settled; without one, forgets it. */
export function rememberOpened(sessions: object, request: object, session?: object): void {
  const known = joined.get(sessions) ?? new WeakMap<object, unknown>()
  joined.set(sessions, known)
  if (session === undefined) known.delete(request)
  else known.set(request, session)
}

const asking = new WeakSet<object>()

/** Marks a request that only asks after its session: background to all that opened one for it. */
export function markAsking(request: object): void {
  asking.add(request)
}

const activityOf = (request: object): Activity | undefined =>
  asking.has(request) ? 'background' : undefined

/** A standard Request, for `Sessions.open`. */
export class FetchRequest implements SessionRequest {
  readonly cookie: string | null
  readonly plainHost: string | undefined
  readonly header: (name: string) => string | null
  readonly #request: Request

  constructor(request: Request, plainHost?: string) {
    const { headers } = request
    this.#request = request
    this.cookie = headers.get('cookie')
    this.plainHost = plainHost
    this.header = (name) => headers.get(name)
  }

  get method(): string {
    return this.#request.method
  }

  get url(): string {
    return this.#request.url
  }

  get activity(): Activity | undefined {
    return activityOf(this.#request)
  }
}

/** The part of node:http's IncomingMessage that is used. */
export interface NodeRequest {
  headers: {
    readonly cookie?: string | undefined
    readonly host?: string | undefined
    readonly [name: string]: string | readonly string[] | undefined
  }
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** What the client asked for, where mounting rewrites `url` (Express, Connect). */
  readonly originalUrl?: string | undefined
  /** A TLSSocket says `encrypted`. */
  socket?: object | null | undefined
}

/** A request of node:http, for `Sessions.open`. */
export class IncomingRequest implements SessionRequest {
  readonly cookie: string | undefined
  readonly plainHost: string | undefined
  readonly method: string | undefined
  readonly url: string | undefined
  readonly header: (name: string) => string | undefined
  readonly #request: NodeRequest

  constructor(request: NodeRequest) {
    const { headers, method, url, originalUrl } = request
    this.#request = request
    this.cookie = headers.cookie
    this.plainHost = plainHostOf(request)
    this.method = method
    this.url = originalUrl ?? url
    this.header = (name) => {
      const value = headers[name.toLowerCase()]
      return typeof value === 'string' ? value : value?.join(', ')
    }
  }

  get activity(): Activity | undefined {
    return activityOf(this.#request)
  }
}

/** A proxy in front is taken at its word: all that hangs on it is a warning. */
function plainHostOf({ headers, socket }: NodeRequest): string | undefined {
  const encrypted = socket && 'encrypted' in socket && socket.encrypted
  return encrypted || headers['x-forwarded-proto'] ? undefined : headers.host
}
