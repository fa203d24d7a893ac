// A response of node:http that is held back: what is known of it, and the others on the same request.
import type { Session } from '../../core/session.ts'
import { stateOf } from '../../core/session-data.ts'
import type { Sessions, Settlement } from '../../core/sessions.ts'
import type { Drains } from './drains.ts'
import type { NodeOptions } from './node-answers.ts'
import { addSettlement, type NodeResponse } from './node-headers.ts'
import type { NodeRequest } from './requests.ts'

/** The ways in which a handler writes. Node sends all headers through the first, the implicit ones too. */
const WRITES = ['writeHead', 'write', 'end', 'flushHeaders'] as const
/** What it says besides. Node has the second in HTTP/2 alone. */
const TRAILERS = ['addTrailers', 'setTrailer'] as const
/** A compressing middleware adds the last. */
export const VERBS = [...WRITES, ...TRAILERS, 'flush'] as const

export type Verb = (typeof VERBS)[number]
export type Method = (...args: unknown[]) => unknown
export type Call = readonly [verb: Verb, args: unknown[]]

/** What a middleware calls to go on, or to say what went wrong. */
export type Next = (error?: unknown) => unknown

/**
 * `open`: nothing was settled. `waiting`: for the store. `stored`: what follows is known, and nothing
 * was written yet. `passing`: what is written goes out. `answered`: somebody else answers, and what the
 * handler writes is dropped.
 */
type Phase = 'open' | 'waiting' | 'stored' | 'passing' | 'answered'

/** The same for all responses of an adapter. */
export interface Way {
  readonly sessions: Sessions
  readonly options: NodeOptions
  readonly verbs: readonly Verb[]
}

/** A response and how far it is. A plain object, since one is made for each request. */
export interface HeldResponse {
  readonly way: Way
  readonly session: Session
  readonly request: NodeRequest
  readonly response: NodeResponse
  /** What was there before ours: Node's own, or of whoever stands nearer to it. */
  readonly methods: { readonly [verb in Verb]: Method }
  /** The one of other sessions that stands nearer to Node. */
  readonly outer: HeldResponse | undefined
  readonly next: Next | undefined
  phase: Phase
  /** Whose headers are still to be added. */
  settlement: Settlement | null
  /** What answers in place of the handler. */
  instead: (() => unknown) | null
  calls: Call[] | null
  trailers: Call[] | null
  drains: Drains | null
  unmask: (() => void) | null
  ended: boolean
}

const HELD = Symbol('sojourn.held')

interface Carrier {
  [HELD]?: HeldResponse | undefined
}

/** The last that was held back for a request. Kept on it, since a weak map costs the collector. */
export const innermost = (request: NodeRequest): HeldResponse | undefined =>
  (request as Carrier)[HELD]

export function remember(held: HeldResponse): void {
  ;(held.request as Carrier)[HELD] = held
}

/** What these sessions hold back for a request, where they stand in its way twice; until it is settled. */
export function heldFor(sessions: object, request: NodeRequest): HeldResponse | undefined {
  let one = innermost(request)
  while (one !== undefined && (one.way.sessions !== sessions || stateOf(one.session).settled)) {
    one = one.outer
  }
  return one
}

/** What the middleware that opened a session was told. */
export function optionsFor(request: NodeRequest, session: Session): NodeOptions {
  let one = innermost(request)
  while (one !== undefined && one.session !== session) one = one.outer
  return one?.way.options ?? {}
}

/**
 * Adds the headers of the session, and of those within that never came to: where an outer one answers
 * in the handler's place, an inner one may have stored its session already.
 */
export function addSettlements(held: HeldResponse, args: unknown[]): void {
  for (let one = innermost(held.request); one !== undefined; one = one.outer) {
    if (one.settlement !== null) addSettlement(held.response, one.settlement, args)
    one.settlement = null
    if (one === held) return
  }
}
