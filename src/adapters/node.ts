// Sessions for node:http and whatever is built on it with (req, res, next): Connect, Express.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { PROBLEM_HEADERS } from '../core/answers.ts'
import { SessionError } from '../core/errors.ts'
import type { Freshness } from '../core/proof.ts'
import { Session } from '../core/session.ts'
import { stateOf } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { toGuard } from './parts/freshness.ts'
import { type NodeResponse, settleWithHeaders } from './parts/node-headers.ts'
import { IncomingRequest, markAsking, type NodeRequest } from './parts/requests.ts'
import { STATUS_HEADERS } from './parts/responses.ts'

export type { NodeResponse } from './parts/node-headers.ts'
export type { NodeRequest } from './parts/requests.ts'

/** A request that carries its session. */
export type WithSession<Request, Data extends object = Record<string, unknown>> = Request & {
  session: Session<Data>
}

/**
 * A middleware that sets `request.session` and settles it at the moment when headers leave: with
 * `writeHead`, the first `write`, `end`, `pipe` or `flushHeaders`, whatever comes first. Behind another
 * of the same sessions it joins that one's session.
 */
export function sessionMiddleware<Data extends object>(sessions: Sessions<Data>) {
  return (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void): void => {
    const session = sessions.open(new IncomingRequest(request))
    if (isOpenFor(request, session)) {
      next?.()
      return
    }
    Object.assign(request, { session })
    settleWithHeaders(response, () => {
      const settlement = sessions.settle(session)
      sessions.commit(settlement)
      return settlement
    })
    next?.()
  }
}

/** Whether the request carries a session of the same sessions already, still to be settled. */
function isOpenFor<Data extends object>(request: object, session: Session<Data>): boolean {
  const before = 'session' in request ? request.session : null
  if (!(before instanceof Session)) return false
  const { source, settled } = stateOf(before)
  return source === stateOf(session).source && !settled
}

/**
 * Wraps a handler for `http.createServer`, whose request then has a typed `session`. What the
 * handler throws before its headers left becomes a bare 500.
 */
export function withSession<
  Data extends object,
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  sessions: Sessions<Data>,
  handler: (request: WithSession<Request, Data>, response: Response) => unknown,
): (request: Request, response: Response) => void {
  const middleware = sessionMiddleware(sessions)
  return (request, response) => {
    middleware(request, response)
    const run = async () => handler(request as WithSession<Request, Data>, response)
    run().catch((error: unknown) => fail(response, error))
  }
}

/** What of ServerResponse only a bare 500 needs. */
interface FailingResponse extends NodeResponse {
  statusCode: number
  statusMessage?: string | undefined
  getHeaderNames(): string[]
  removeHeader(name: string): void
  end(): void
  destroy(error: unknown): void
}

function fail(response: NodeResponse, error: unknown): void {
  const failing = response as FailingResponse
  if (failing.headersSent) {
    failing.destroy(error)
    return
  }
  console.error(error)
  for (const name of failing.getHeaderNames()) failing.removeHeader(name)
  failing.statusCode = 500
  failing.statusMessage = undefined
  try {
    failing.end()
  } catch (failure) {
    failing.destroy(failure)
  }
}

/** What of ServerResponse an answer of ours needs. */
export interface AnsweringResponse extends NodeResponse {
  statusCode: number
  end(body?: string): unknown
}

/**
 * A middleware, behind `sessionMiddleware`, that lets a request through only where a factor was
 * proven that recently. Others are answered 401 with a problem (`application/problem+json`) that
 * says what is asked.
 *
 * @throws SessionError `bad-duration`, `bad-option`, when the guard is made.
 */
export function requireFresh(freshness: Freshness) {
  const guard = toGuard(freshness)
  return (
    request: NodeRequest,
    response: AnsweringResponse,
    next: (error?: unknown) => void,
  ): void => {
    const problem = guard(sessionOf(request))
    if (problem === null) next()
    else answer(request, response, problem.status, PROBLEM_HEADERS, JSON.stringify(problem))
  }
}

function sessionOf(request: object): Session {
  if ('session' in request && request.session instanceof Session) return request.session
  throw new SessionError(
    'bad-option',
    'requireFresh found no request.session: put sessionMiddleware(sessions) before it.',
  )
}

/**
 * An endpoint that answers when the session ends, as JSON, to GET and HEAD. Asking is never
 * activity, also behind a `sessionMiddleware` that has opened the same request's session.
 */
export function sessionStatus<Data extends object>(sessions: Sessions<Data>) {
  return (request: NodeRequest, response: AnsweringResponse): void => {
    markAsking(request)
    const { method = 'GET' } = request
    if (method !== 'GET' && method !== 'HEAD') {
      answer(request, response, 405, { allow: 'GET, HEAD' })
      return
    }
    const status = sessions.status(sessions.open(new IncomingRequest(request)))
    answer(request, response, 200, STATUS_HEADERS, JSON.stringify(status))
  }
}

function answer(
  { method }: NodeRequest,
  response: AnsweringResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body?: string,
): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(method === 'HEAD' ? undefined : body)
}
