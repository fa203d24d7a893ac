// A request as the sessions are handed it: what is seldom looked at is read when it is.
import type { Activity } from '../../core/activity.ts'
import { SessionError } from '../../core/errors.ts'
import type { SessionRequest } from '../../core/request.ts'
import type { Session } from '../../core/session.ts'
import { stateOf } from '../../core/session-data.ts'
import type { Sessions } from '../../core/sessions.ts'

/** A session that is open for a request: kept on the request, since a weak map costs the collector. */
interface Opened {
  readonly sessions: object
  readonly session: object
  readonly before: Opened | undefined
}

const OPENED = Symbol('sojourn.opened')

interface Carrier {
  [OPENED]?: Opened | undefined
}

/** The session that these sessions have open for a request, where they stand in its way twice. */
export function openedFor<Found>(sessions: object, request: object): Found | undefined {
  let opened = (request as Carrier)[OPENED]
  while (opened && opened.sessions !== sessions) opened = opened.before
  return opened?.session as Found | undefined
}

/** Remembers a session until it is settled. */
export function rememberOpened(sessions: object, request: object, session: object): void {
  const carrier: Carrier = request
  carrier[OPENED] = { sessions, session, before: carrier[OPENED] }
}

/** Forgets the last one that was remembered. */
export function forgetOpened(request: object): void {
  const carrier: Carrier = request
  carrier[OPENED] = carrier[OPENED]?.before
}

/**
 * Fetches a session that is looked at for certain, so a `lazy` one too.
 *
 * @throws SessionError `store-unavailable`, also where requests go on without their session: nobody must
 * be told that they have none.
 */
export async function loadAnyway<Data extends object>(
  sessions: Sessions<Data>,
  session: Session<Data>,
): Promise<void> {
  await sessions.load(session)
  await session.load()
  if (!stateOf(session).loaded?.isDetached) return
  throw new SessionError('store-unavailable', 'The store could not be asked for the session.')
}

const asking = new WeakSet<object>()

/** Marks a request that only asks after its session: background to all that opened one for it. */
export function markAsking(request: object): void {
  asking.add(request)
}

const activityOf = (request: object): Activity | undefined =>
  asking.has(request) ? 'background' : undefined

/** A standard Request, for `Sessions.open`. What is seldom asked is looked up when it is. */
export class FetchRequest implements SessionRequest {
  readonly #request: Request

  constructor(request: Request) {
    this.#request = request
  }

  get cookie(): string | null {
    return this.#request.headers.get('cookie')
  }

  /** A proxy in front is taken at its word: all that hangs on it is a warning. */
  get plainHost(): string | undefined {
    const { url, headers } = this.#request
    if (!url.startsWith('http:') || headers.has('x-forwarded-proto')) return undefined
    return url.slice('http://'.length).split('/', 1)[0]
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

  header(name: string): string | null {
    return this.#request.headers.get(name)
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
  readonly #request: NodeRequest

  constructor(request: NodeRequest) {
    this.#request = request
  }

  get cookie(): string | undefined {
    return this.#request.headers.cookie
  }

  /** A proxy in front is taken at its word: all that hangs on it is a warning. */
  get plainHost(): string | undefined {
    const { headers, socket } = this.#request
    const encrypted = socket && 'encrypted' in socket && socket.encrypted
    return encrypted || headers['x-forwarded-proto'] ? undefined : headers.host
  }

  get method(): string | undefined {
    return this.#request.method
  }

  get url(): string | undefined {
    return this.#request.originalUrl ?? this.#request.url
  }

  get activity(): Activity | undefined {
    return activityOf(this.#request)
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name.toLowerCase()]
    return typeof value === 'string' ? value : value?.join(', ')
  }
}
