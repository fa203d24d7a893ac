// What every candidate gets: a login session, requests and responses without sockets, and the shape
// in which it is measured.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** What a login leaves: 188 bytes of JSON. */
export interface Login {
  _fresh: boolean
  _id: string
  _user_id: string
  csrf_token: string
  locale: string
  views: number
}

/** A login session of a numbered visitor; every visitor's JSON has the same length. */
export function createLogin(visitor: number): Login {
  const digits = (length: number) =>
    ((visitor + 17) * 2654435761).toString(16).repeat(length).slice(0, length)
  return {
    _fresh: true,
    _id: digits(64),
    _user_id: '42',
    csrf_token: digits(40),
    locale: 'en_GB',
    views: 10,
  }
}

/** What one visit answers: the value that was read, and the Set-Cookie value if there is one. */
export interface Answer {
  readonly views: unknown
  readonly setCookie: SetCookie
}

export type SetCookie = string | readonly string[] | undefined

export type Action = 'read' | 'write' | 'new' | 'untouched'

/** One visit: the Cookie header in, the answer out. */
export type Visit = (header: string | undefined, login: Login) => Answer | Promise<Answer>

/** What a candidate's figures are net of. */
export type Plumbing = 'none' | 'http' | 'http-async'

export interface Candidate {
  readonly name: string
  readonly kind: 'limit' | 'ours' | 'peer'
  readonly plumbing: Plumbing
  readonly visits: { readonly [action in Action]?: Visit }
  /** A Cookie header that carries the login, where it is not the answer of `new`. */
  readonly header?: (login: Login) => string | Promise<string>
  /** At most so many multiples of the limit. */
  /** The candidate that its goals are multiples of, in place of the limit. */
  readonly beside?: string
  readonly goals?: { readonly [action in Action]?: number }
}

export type Request = IncomingMessage & { session?: unknown }
export type Response = ServerResponse & { finishedBy?: (response: ServerResponse) => void }

const socket = new Socket()

/** An incoming request without a connection. */
export function createRequest(header: string | undefined): Request {
  const request: Request = new IncomingMessage(socket)
  request.method = 'GET'
  request.url = '/'
  request.headers =
    header === undefined ? { host: 'a.example' } : { host: 'a.example', cookie: header }
  return request
}

/** A response whose `end` can be waited for: what patches `end` calls this one last. */
export function createResponse(request: Request, finished?: () => void): Response {
  const response: Response = new ServerResponse(request)
  if (finished) {
    response.end = function end(this: ServerResponse, ...args: unknown[]) {
      Reflect.apply(ServerResponse.prototype.end, this, args)
      finished()
      return this
    } as Response['end']
  }
  return response
}

export const setCookieOf = (response: ServerResponse): SetCookie =>
  response.getHeader('set-cookie') as SetCookie

/** The Cookie header that a browser would answer to a Set-Cookie value. */
export function toHeader(setCookie: SetCookie): string {
  const lines = typeof setCookie === 'string' ? [setCookie] : (setCookie ?? [])
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}

type Middleware = (request: Request, response: Response, next: () => void) => void

/** A request and its response through a middleware, all in one go. */
export function exchange(
  middleware: Middleware | null,
  header: string | undefined,
  handle: (request: Request) => unknown,
): Answer {
  const request = createRequest(header)
  const response = createResponse(request)
  let views: unknown
  const next = () => {
    views = handle(request)
    response.writeHead(200)
    response.end('ok')
  }
  if (middleware === null) next()
  else middleware(request, response, next)
  return { views, setCookie: setCookieOf(response) }
}

/** The same for what answers later. */
export function exchangeLater(
  middleware: Middleware | null,
  header: string | undefined,
  handle: (request: Request) => unknown,
): Promise<Answer> {
  return new Promise((resolve) => {
    const request = createRequest(header)
    let views: unknown
    const response = createResponse(request, () =>
      resolve({ views, setCookie: setCookieOf(response) }),
    )
    const next = () => {
      views = handle(request)
      response.end('ok')
    }
    if (middleware === null) next()
    else middleware(request, response, next)
  })
}
