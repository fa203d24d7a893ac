// Sessions for whatever speaks Request and Response: Bun, Deno, Workers, Hono, Remix, SvelteKit, Next.

import { ENDED_HEADER, UNAVAILABLE } from '../core/answers.ts'
import type { SessionError } from '../core/errors.ts'
import { isUnavailable } from '../core/errors.ts'
import { isLater } from '../core/later.ts'
import type { Freshness } from '../core/proof.ts'
import type { Session } from '../core/session.ts'
import type { Sessions, Settlement } from '../core/sessions.ts'
import { toGuard } from './parts/freshness.ts'
import {
  FetchRequest,
  forgetOpened,
  loadAnyway,
  markAsking,
  openedFor,
  rememberOpened,
} from './parts/requests.ts'
import { toProblem, toStatusResponse } from './parts/responses.ts'

/** A handler that is given the request's session beside the request. */
export type SessionHandler<Data extends object, Rest extends unknown[]> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>

/** What an adapter of `Request` and `Response` may be told. */
export interface FetchOptions {
  /**
   * Answers where the store cannot be asked or cannot keep the session. @default a problem of RFC 9457,
   * with the status 503
   */
  unavailable?(error: SessionError, request: Request): Response | Promise<Response>
}

/**
 * Wraps a handler: opens the session and fetches it, settles it when the response is made, and returns
 * that once the session is stored. Inside another of the same sessions it joins that one's session.
 * Whatever else the runtime passes (`env`, `ctx`) is handed on.
 */
export function withSession<Data extends object, Rest extends unknown[]>(
  sessions: Sessions<Data>,
  handler: SessionHandler<Data, Rest>,
  options: FetchOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const opened = openedFor<Session<Data>>(sessions, request)
    if (opened) return handler(request, opened, ...rest)
    const session = sessions.open(new FetchRequest(request))
    try {
      const loading = sessions.load(session)
      if (loading) await loading
    } catch (error) {
      return toUnavailable(error, request, options)
    }
    rememberOpened(sessions, request, session)
    let response: Response
    try {
      response = await handler(request, session, ...rest)
    } catch (error) {
      return toUnavailable(error, request, options)
    } finally {
      forgetOpened(request)
    }
    try {
      const committed = sessions.commit(sessions.settle(session))
      return release(response, isLater(committed) ? await committed : committed, request)
    } catch (error) {
      discard(response)
      return toUnavailable(error, request, options)
    }
  }
}

/**
 * Lets a request through only where a factor was proven that recently; stands inside `withSession`.
 * Others are answered 401 with a problem (`application/problem+json`) that says what is asked.
 *
 * @throws SessionError `bad-duration`, `bad-option`, when the guard is made.
 */
export function requireFresh<
  Data extends object = Record<string, unknown>,
  Rest extends unknown[] = [],
>(freshness: Freshness, handler: SessionHandler<Data, Rest>): SessionHandler<Data, Rest> {
  const guard = toGuard(freshness)
  return async (request, session, ...rest) => {
    await session.load()
    const problem = guard(session)
    return problem === null ? handler(request, session, ...rest) : toProblem(problem, request)
  }
}

/**
 * An endpoint that answers when the session ends, as JSON, to GET and HEAD. Asking is never
 * activity, also under a `withSession` that has opened the same request's session.
 */
export function sessionStatus<Data extends object>(
  sessions: Sessions<Data>,
  options: FetchOptions = {},
): (request: Request) => Promise<Response> {
  return async (request) => {
    markAsking(request)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const session = sessions.open(new FetchRequest(request))
    try {
      await loadAnyway(sessions, session)
    } catch (error) {
      return toUnavailable(error, request, options)
    }
    return toStatusResponse(sessions.status(session), request)
  }
}

/** A response whose session is stored, or what is answered in its place. */
function release(response: Response, settlement: Settlement, request: Request): Response {
  const { problem } = settlement
  if (problem === null) return addSettlement(response, settlement)
  discard(response)
  return addSettlement(toProblem(problem, request), settlement)
}

/** Ends the source of a body that nobody will read; one that is read already is left alone. */
function discard({ body }: Response): void {
  body?.cancel().catch(() => {})
}

/** What a failing store is answered by; any other error goes on to the caller. */
async function toUnavailable(
  error: unknown,
  request: Request,
  { unavailable }: FetchOptions,
): Promise<Response> {
  if (!isUnavailable(error)) throw error
  return unavailable ? unavailable(error, request) : toProblem(UNAVAILABLE, request)
}

/** The response with the session's headers; a new one where the old one's cannot be changed. */
export function addSettlement(response: Response, settlement: Settlement): Response {
  const { vary, setCookie, ended } = settlement
  if (!vary && setCookie === null && ended === null) return response
  if (response.status === 0) return response
  const own = asOwn(response)
  const { headers } = own
  if (vary) addVary(headers)
  // What only depends on the session may have been given a word of its own: `private`.
  const isOwn = setCookie === null && headers.has('cache-control')
  if (settlement.noStore && !isOwn) headers.set('cache-control', 'no-store')
  if (setCookie !== null) headers.append('set-cookie', setCookie)
  if (ended !== null) headers.set(ENDED_HEADER, ended)
  return own
}

/**
 * A response of this request alone: a handler may answer the same one twice, and no session's cookie
 * may reach the next. One below 200 (an upgrade) cannot be copied, and is nobody's constant.
 */
const asOwn = (response: Response): Response =>
  response.status < 200 ? asChangeable(response) : new Response(response.body, response)

/**
 * The response itself, or a copy where its headers cannot change: `Response.redirect()`, fetched
 * ones. `Response.error()`, of status 0, cannot be copied; nothing of it reaches a client.
 */
export function asChangeable(response: Response): Response {
  if (response.status === 0) return response
  try {
    response.headers.delete('x-sojourn-none')
    return response
  } catch {
    return new Response(response.body, response)
  }
}

function addVary(headers: Headers): void {
  const vary = headers.get('vary')
  const named = (vary ?? '').split(',').map((name) => name.trim().toLowerCase())
  if (named.includes('cookie') || named.includes('*')) return
  headers.set('vary', vary ? `${vary}, Cookie` : 'Cookie')
}
