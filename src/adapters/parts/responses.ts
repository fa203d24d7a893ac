// The answers of guards and status endpoints as Responses.
import { problemHeaders } from '../../core/answers.ts'
import type { SessionProblem } from '../../core/sessions.ts'
import type { SessionStatus } from '../../core/status.ts'

/** The headers of a status: no cache may keep it. */
export const STATUS_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-store',
})

/** A problem of RFC 9457 as the whole response. */
export const toProblem = (problem: SessionProblem, request: Request): Response =>
  json(problem, request, { status: problem.status, headers: problemHeaders(problem.status) })

/** The answer of a status endpoint. */
export const toStatusResponse = (status: SessionStatus, request: Request): Response =>
  json(status, request, { headers: STATUS_HEADERS })

const json = (value: object, { method }: Request, init: ResponseInit): Response =>
  new Response(method === 'HEAD' ? null : JSON.stringify(value), init)
