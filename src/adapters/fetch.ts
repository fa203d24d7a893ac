// Sessions for whatever speaks Request and Response: Bun, Deno, Workers, Hono, Remix, SvelteKit, Next.

import type { Session } from '../core/session.ts'
import type { Sessions, Settlement } from '../core/sessions.ts'

/** A handler that is given the request's session beside the request. */
export type SessionHandler<Data extends object, Rest extends unknown[]> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>

/**
 * Wraps a handler: opens the session, settles it when the response is made, commits before it is
 * returned. Whatever else the runtime passes (`env`, `ctx`) is handed on.
 */
export function withSession<Data extends object, Rest extends unknown[]>(
  sessions: Sessions<Data>,
  handler: SessionHandler<Data, Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { headers } = request
    const session = sessions.open({
      cookie: headers.get('cookie'),
      plainHost: plainHostOf(request),
    })
    const response = await handler(request, session, ...rest)
    const settlement = sessions.settle(session)
    const stored = sessions.commit(settlement)
    if (stored) await stored
    return addSettlement(response, settlement)
  }
}

/** A proxy in front is taken at its word: all that hangs on it is a warning. */
function plainHostOf({ url, headers }: Request): string | undefined {
  if (!url.startsWith('http:') || headers.has('x-forwarded-proto')) return undefined
  return url.slice('http://'.length).split('/', 1)[0]
}

/** The response with the session's headers; a new one where the old one's cannot be changed. */
export function addSettlement(response: Response, settlement: Settlement): Response {
  if (!settlement.vary && settlement.setCookie === null) return response
  const changeable = asChangeable(response)
  if (changeable.status === 0) return changeable
  const { headers } = changeable
  if (settlement.vary) addVary(headers)
  if (settlement.noStore) headers.set('cache-control', 'no-store')
  if (settlement.setCookie !== null) headers.append('set-cookie', settlement.setCookie)
  return changeable
}

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
