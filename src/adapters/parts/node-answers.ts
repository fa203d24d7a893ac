// What an adapter of node:http answers itself: a guard's problem, a status, a failure.
import { problemHeaders, UNAVAILABLE } from '../../core/answers.ts'
import type { SessionError } from '../../core/errors.ts'
import { isUnavailable } from '../../core/errors.ts'
import { isLater } from '../../core/later.ts'
import type { SessionProblem } from '../../core/sessions.ts'
import type { Awaitable } from '../../core/store.ts'
import { type NodeResponse, takeBackHeaders } from './node-headers.ts'
import type { NodeRequest } from './requests.ts'

/** What of ServerResponse an answer of ours needs. */
export interface AnsweringResponse extends NodeResponse {
  end(body?: string): unknown
}

/** What an adapter of node:http may be told. */
export interface NodeOptions<
  Request extends NodeRequest = NodeRequest,
  Response extends NodeResponse = AnsweringResponse,
> {
  /**
   * Answers where the store cannot be asked or cannot keep the session. The headers of the handler
   * are gone, those from before the session stand, and the status is 503. @default a problem of RFC 9457
   */
  unavailable?(error: SessionError, request: Request, response: Response): unknown
}

export function answer(
  { method }: NodeRequest,
  response: NodeResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body?: string,
): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  const answering = response as AnsweringResponse
  answering.end(method === 'HEAD' ? undefined : body)
}

/** A problem of RFC 9457 as the whole response. */
export const answerProblem = (
  request: NodeRequest,
  response: NodeResponse,
  problem: SessionProblem,
): void =>
  answer(request, response, problem.status, problemHeaders(problem.status), JSON.stringify(problem))

/** A problem in place of what the handler wanted to answer. */
export function answerInstead(
  request: NodeRequest,
  response: NodeResponse,
  problem: SessionProblem,
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  clear(response)
  answerProblem(request, response, problem)
}

/** What went wrong with the store, in place of what the handler wanted to answer; another failure is a 500. */
export function answerError(
  request: NodeRequest,
  response: NodeResponse,
  error: unknown,
  { unavailable }: NodeOptions,
): unknown {
  if (!isUnavailable(error)) return fail(response, error)
  if (unavailable === undefined || response.headersSent) {
    return answerInstead(request, response, UNAVAILABLE)
  }
  clear(response)
  response.statusCode = UNAVAILABLE.status
  return unavailable(error, request, response as AnsweringResponse)
}

/** What a handler threw. A store that fails is told as such, such as by `session.load()`. */
export function answerThrown(
  request: NodeRequest,
  response: NodeResponse,
  error: unknown,
  options: NodeOptions,
): void {
  if (response.headersSent) fail(response, error)
  else answerSafely(response, () => answerError(request, response, error, options))
}

/** What goes wrong with an answer of ours is a bare 500: nobody else would hear of it. */
export function answerSafely(response: NodeResponse, answers: () => unknown): void {
  const broken = (error: unknown) => fail(response, error)
  try {
    const answered = answers() as Awaitable<unknown>
    if (isLater(answered)) answered.then(undefined, broken)
  } catch (error) {
    broken(error)
  }
}

/** A bare 500, or the end of the connection where headers have left. */
export function fail(response: NodeResponse, error: unknown): void {
  // What was answered in full arrives; the error would be seen nowhere else.
  if (response.headersSent && !response.writableEnded) {
    response.destroy(error)
    return
  }
  console.error(error)
  if (response.headersSent) return
  clear(response)
  response.statusCode = 500
  try {
    ;(response as AnsweringResponse).end()
  } catch (failure) {
    response.destroy(failure)
  }
}

function clear(response: NodeResponse): void {
  takeBackHeaders(response)
  const { addTrailers } = response as { addTrailers?: (trailers: object) => unknown }
  // Those that were added before are gone by it.
  addTrailers?.call(response, {})
  ;(response as { statusMessage?: string | undefined }).statusMessage = undefined
}
