// The answers of guards and status endpoints as Responses.
import { type FreshnessProblem, PROBLEM_HEADERS } from '../../core/answers.ts'
import type { SessionStatus } from '../../core/status.ts'

/** The headers of a status: no cache may keep it. */
export const STATUS_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-store',
})

/** The 401 of a guard. */
export const toRefusal = (problem: FreshnessProblem, request: Request): Response =>
  json(problem, request, { status: problem.status, headers: PROBLEM_HEADERS })

/** The answer of a status endpoint. */
export const toStatusResponse = (status: SessionStatus, request: Request): Response =>
  json(status, request, { headers: STATUS_HEADERS })

const json = (value: object, { method }: Request, init: ResponseInit): Response =>
  new Response(method === 'HEAD' ? null : JSON.stringify(value), init)
