// Sessions for node:http and whatever is built on it with (req, res, next): Connect, Express.
import type { Sessions, Settlement } from '../core/manager.ts'
import type { Session } from '../core/session.ts'

/** The part of node:http's IncomingMessage that is used. */
export interface NodeRequest {
  headers: { cookie?: string | undefined }
}

type HeaderValue = string | number | readonly string[]

/** The part of node:http's ServerResponse that is used. */
export interface NodeResponse {
  readonly headersSent: boolean
  writeHead: (...args: never[]) => unknown
  getHeader(name: string): HeaderValue | undefined
  setHeader(name: string, value: HeaderValue): unknown
}

/** A request that carries its session. */
export type WithSession<Request, Data extends object = Record<string, unknown>> = Request & {
  session: Session<Data>
}

/** Headers as `writeHead` takes them: an object, a flat list, or a list of pairs. */
type GivenHeaders =
  | Record<string, HeaderValue | undefined>
  | readonly (HeaderValue | readonly string[])[]

/**
 * A middleware that sets `request.session` and settles it at the moment when headers leave: with
 * `writeHead`, the first `write`, `end`, `pipe` or `flushHeaders`, whatever comes first.
 */
export function sessionMiddleware<Data extends object>(sessions: Sessions<Data>) {
  return (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void): void => {
    const session = sessions.open({ cookie: request.headers.cookie })
    Object.assign(request, { session })
    settleWithHeaders(response, () => {
      const settlement = sessions.settle(session)
      sessions.commit(settlement)
      return settlement
    })
    next?.()
  }
}

/**
 * Wraps a handler for `http.createServer`, whose request then has a typed `session`. What the
 * handler throws before its headers left becomes a bare 500.
 */
export function withSession<
  Data extends object,
  Request extends NodeRequest,
  Response extends NodeResponse,
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

function fail(response: NodeResponse, error: unknown): void {
  const { writeHead, end, destroy } = response as unknown as {
    writeHead(status: number): unknown
    end(): void
    destroy(error: unknown): void
  }
  if (response.headersSent) return destroy.call(response, error)
  console.error(error)
  try {
    writeHead.call(response, 500)
    end.call(response)
  } catch (failure) {
    destroy.call(response, failure)
  }
}

/** Node sends all headers through `writeHead`, the implicit ones too: one place to stand in. */
function settleWithHeaders(response: NodeResponse, settle: () => Settlement): void {
  const { writeHead } = response
  const replaced = (...args: unknown[]): unknown => {
    // Restored first: whatever happens now, the session is settled once.
    response.writeHead = writeHead
    if (!response.headersSent) addSettlement(response, settle(), args)
    return (writeHead as (...all: unknown[]) => unknown).apply(response, args)
  }
  response.writeHead = replaced as NodeResponse['writeHead']
}

/** Adds the session's headers; what `writeHead` was given would override them, so it is merged. */
function addSettlement(response: NodeResponse, settlement: Settlement, args: unknown[]): void {
  if (!settlement.vary && settlement.setCookie === null) return
  const at = typeof args[1] === 'string' ? 2 : 1
  const given = args[at] as GivenHeaders | undefined | null
  if (given) {
    for (const [name, value] of pairs(given)) response.setHeader(name, value)
    args.length = at
  }
  if (settlement.vary) response.setHeader('Vary', withCookie(response.getHeader('Vary')))
  if (settlement.noStore) response.setHeader('Cache-Control', 'no-store')
  if (settlement.setCookie !== null) {
    response.setHeader('Set-Cookie', [
      ...list(response.getHeader('Set-Cookie')),
      settlement.setCookie,
    ])
  }
}

/** All forms of headers as pairs; a name that a list repeats keeps all its values. */
function pairs(given: GivenHeaders): Map<string, HeaderValue> {
  const merged = new Map<string, HeaderValue>()
  for (const [name, value] of Array.isArray(given) ? listed(given) : Object.entries(given)) {
    if (value === undefined) continue
    const before = Array.isArray(given) ? merged.get(name.toLowerCase()) : undefined
    merged.set(name.toLowerCase(), before === undefined ? value : [...list(before), ...list(value)])
  }
  return merged
}

function* listed(given: readonly unknown[]): Generator<[string, HeaderValue]> {
  if (Array.isArray(given[0])) yield* given as [string, HeaderValue][]
  else
    for (let at = 0; at < given.length; at += 2)
      yield [String(given[at]), given[at + 1] as HeaderValue]
}

const list = (value: HeaderValue | undefined): string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String)

function withCookie(vary: HeaderValue | undefined): string {
  const names = list(vary).flatMap((line) => line.split(',').map((name) => name.trim()))
  const known = names.some((name) => name === '*' || name.toLowerCase() === 'cookie')
  return (known ? names : [...names, 'Cookie']).filter((name) => name !== '').join(', ')
}
