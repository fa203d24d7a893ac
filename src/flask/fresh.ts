// Views about the life of the session: one that asks for a fresh proof, one that says when it ends.
import { toGuard } from '../adapters/parts/freshness.ts'
import { markAsking } from '../adapters/parts/requests.ts'
import { toProblem, toStatusResponse } from '../adapters/parts/responses.ts'
import { statusOf } from '../core/answers.ts'
import type { Freshness } from '../core/proof.ts'
import { currentRequest } from './context.ts'
import type { Returned } from './responses.ts'

type Wrapped<Values> = (variables: Values, request: Request) => Returned | Promise<Returned>

/**
 * A view that is reached only where a factor was proven that recently. Others are answered 401 with
 * a problem (`application/problem+json`) that says what is asked.
 *
 * @throws SessionError `bad-duration`, `bad-option`, when the view is made.
 */
export function requireFresh<Values>(freshness: Freshness, view: Wrapped<Values>): Wrapped<Values> {
  const guard = toGuard(freshness)
  return (variables, request) => {
    const problem = guard(currentRequest('requireFresh').session)
    return problem === null ? view(variables, request) : toProblem(problem, request)
  }
}

/** A view that answers when the session ends, as JSON. Asking is never activity. */
export function sessionStatus(): Response {
  const { request, session, sessions } = currentRequest('sessionStatus')
  markAsking(request)
  return toStatusResponse(sessions?.status(session) ?? statusOf(session, 'end'), request)
}
