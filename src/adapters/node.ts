// Sessions for node:http and whatever is built on it with (req, res, next): Connect, Express.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { SessionError } from '../core/errors.ts'
import { isLater } from '../core/later.ts'
import type { Freshness } from '../core/proof.ts'
import { Session } from '../core/session.ts'
import { stateOf } from '../core/session-data.ts'
import type { Sessions } from '../core/sessions.ts'
import { toGuard } from './parts/freshness.ts'
import { heldFor, optionsFor } from './parts/held.ts'
import { holdResponse, refuse, toWay } from './parts/held-response.ts'
import {
  type AnsweringResponse,
  answer,
  answerError,
  answerProblem,
  answerSafely,
  answerThrown,
  type NodeOptions,
} from './parts/node-answers.ts'
import type { NodeResponse } from './parts/node-headers.ts'
import { IncomingRequest, loadAnyway, markAsking, type NodeRequest } from './parts/requests.ts'
import { STATUS_HEADERS } from './parts/responses.ts'

export type { AnsweringResponse, NodeOptions } from './parts/node-answers.ts'
export type { NodeResponse } from './parts/node-headers.ts'
export type { NodeRequest } from './parts/requests.ts'

/** A request that carries its session. */
export type WithSession<Request, Data extends object = Record<string, unknown>> = Request & {
  session: Session<Data>
}

/**
 * A middleware that sets `request.session` and settles it at the moment when headers leave: with
 * `writeHead`, the first `write`, `end`, `pipe` or `flushHeaders`, whatever comes first. With a store,
 * `next` is called once the session is fetched, and what is written is held back until it is stored.
 * Behind another of the same sessions it joins that one's session.
 */
export function sessionMiddleware<Data extends object>(
  sessions: Sessions<Data>,
  options: NodeOptions = {},
) {
  const way = toWay(sessions, options)
  return (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void): void => {
    const joined = heldFor(sessions, request)
    if (joined) {
      Object.assign(request, { session: joined.session })
      next?.()
      return
    }
    const session = sessions.open(new IncomingRequest(request))
    Object.assign(request, { session })
    const held = holdResponse(way, session as Session, request, response, next)
    const loading = startLoading(sessions, session)
    if (isLater(loading)) {
      loading
        .then(
          () => next?.(),
          (error) => refuse(held, error),
        )
        .catch((error) => answerThrown(request, response, error, options))
    } else next?.()
  }
}

/** What fails at once fails as what fails later does. */
function startLoading<Data extends object>(
  sessions: Sessions<Data>,
  session: Session<Data>,
): void | Promise<void> {
  try {
    return sessions.load(session)
  } catch (error) {
    return Promise.reject(error)
  }
}

/**
 * Wraps a handler for `http.createServer`, whose request then has a typed `session`. What the
 * handler throws before its headers left becomes a bare 500, or a 503 where it is the store that fails.
 */
export function withSession<
  Data extends object,
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  sessions: Sessions<Data>,
  handler: (request: WithSession<Request, Data>, response: Response) => unknown,
  options: NodeOptions<Request, Response> = {},
): (request: Request, response: Response) => void {
  // The middleware hands back what it was handed.
  const told = options as NodeOptions
  const middleware = sessionMiddleware(sessions, told)
  return (request, response) => {
    middleware(request, response, () => {
      const run = async () => handler(request as WithSession<Request, Data>, response)
      run().catch((error: unknown) => answerThrown(request, response, error, told))
    })
  }
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
    const session = sessionOf(request)
    const judge = () => {
      const problem = guard(session)
      if (problem === null) next()
      else answerProblem(request, response, problem)
    }
    if (isLoaded(session)) judge()
    else {
      const told = optionsFor(request, session)
      session
        .load()
        .then(judge)
        .catch((error) => answerThrown(request, response, error, told))
    }
  }
}

/** A `lazy` session may not be; a guard is what needs it. */
function isLoaded(session: Session): boolean {
  const { loaded, source } = stateOf(session)
  return loaded !== null || source.fetch === undefined
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
export function sessionStatus<Data extends object>(
  sessions: Sessions<Data>,
  options: NodeOptions = {},
) {
  return (request: NodeRequest, response: AnsweringResponse): void => {
    markAsking(request)
    const { method = 'GET' } = request
    if (method !== 'GET' && method !== 'HEAD') {
      answer(request, response, 405, { allow: 'GET, HEAD' })
      return
    }
    const session = sessions.open(new IncomingRequest(request))
    const tell = () =>
      answer(request, response, 200, STATUS_HEADERS, JSON.stringify(sessions.status(session)))
    loadAnyway(sessions, session)
      .then(tell)
      .catch((error) =>
        answerSafely(response, () => answerError(request, response, error, options)),
      )
  }
}
