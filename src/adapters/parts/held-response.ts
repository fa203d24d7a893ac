// A response of node:http that leaves after its session is stored: what a handler writes is held back
// until then.
import { isLater } from '../../core/later.ts'
import { Manager } from '../../core/manager.ts'
import type { Session } from '../../core/session.ts'
import type { Sessions, Settlement } from '../../core/sessions.ts'
import { noteDrains, tellDrained } from './drains.ts'
import {
  addSettlements,
  type HeldResponse,
  innermost,
  type Method,
  type Next,
  remember,
  VERBS,
  type Verb,
  type Way,
} from './held.ts'
import {
  answerError,
  answerInstead,
  answerSafely,
  fail as bareFail,
  type NodeOptions,
} from './node-answers.ts'
import { mergeGiven, type NodeResponse, noteHeaders } from './node-headers.ts'
import type { NodeRequest } from './requests.ts'
import { showAsSent, showStatus } from './sent.ts'
import { isTrailers, keepTrailers, passTrailers } from './trailers.ts'

/** Where the cookie carries the session nothing takes time, and Node's own place for headers is enough. */
export const toWay = <Data extends object>(
  sessions: Sessions<Data>,
  options: NodeOptions,
): Way => ({
  // What the data are is between the sessions and the handler.
  sessions: sessions as unknown as Sessions,
  options,
  verbs: sessions instanceof Manager ? ['writeHead'] : VERBS,
})

/** Stands between a response and its handler, before that sees it. */
export function holdResponse(
  way: Way,
  session: Session,
  request: NodeRequest,
  response: NodeResponse,
  next?: Next,
): HeldResponse {
  const { writeHead, write, end, flushHeaders, addTrailers, setTrailer } = response
  // Node's own, where it still has one, is another name for flushHeaders.
  const flush = Object.hasOwn(response, 'flush') ? response.flush : undefined
  const given = { writeHead, write, end, flushHeaders, addTrailers, setTrailer, flush }
  const methods = given as { [verb in Verb]: Method }
  const held: HeldResponse = {
    way,
    session,
    request,
    response,
    methods,
    outer: innermost(request),
    next,
    phase: 'open',
    settlement: null,
    instead: null,
    calls: null,
    trailers: null,
    drains: null,
    unmask: null,
    ended: false,
  }
  noteHeaders(response)
  for (const verb of way.verbs) {
    if (methods[verb] === undefined) continue
    response[verb] = ((...args: unknown[]) => call(held, verb, args)) as never
  }
  if (way.verbs === VERBS) held.drains = noteDrains(response, () => !isThrough(held))
  remember(held)
  // A pipe writes long after its handler returned, where an error would end the process.
  response.once('pipe', (source) => {
    try {
      if (held.phase === 'open') begin(held)
    } catch (error) {
      source.unpipe(response)
      handOver(held, error)
    }
  })
  return held
}

/** An error that nobody would catch goes where those of a handler go; a `next` of no argument takes none. */
function handOver({ response, next }: HeldResponse, error: unknown): void {
  if (next === undefined || next.length === 0) bareFail(response, error)
  else answerSafely(response, () => next(error))
}

/** Answers in place of a handler that is not to run. */
export function refuse(held: HeldResponse, error: unknown): void {
  fail(held, error)
  goOn(held)
}

function call(held: HeldResponse, verb: Verb, args: unknown[]): unknown {
  if (held.phase === 'open' && held.response.headersSent) goOn(held)
  if (isTrailers(verb) && !isThrough(held)) return keepTrailers(held, verb, args)
  // What was written may be flushed, and nothing was yet.
  if (verb === 'flush' && !isThrough(held) && held.calls === null) return undefined
  if (held.phase === 'open') begin(held)
  if (held.phase === 'waiting') return hold(held, verb, args)
  if (held.phase === 'stored') goOn(held)
  return held.phase === 'answered' ? drop(held, verb, args) : pass(held, verb, args)
}

const isThrough = ({ phase }: HeldResponse): boolean => phase === 'passing' || phase === 'answered'

/** Settles, once whatever happens: the response that tells of a failure has no session. */
function begin(held: HeldResponse): void {
  const { sessions } = held.way
  held.phase = 'passing'
  const settlement = sessions.settle(held.session)
  try {
    const stored = sessions.commit(settlement)
    if (isLater(stored)) waitFor(held, stored)
    else decide(held, stored)
  } catch (error) {
    fail(held, error)
  }
}

function waitFor(held: HeldResponse, stored: Promise<Settlement>): void {
  held.phase = 'waiting'
  stored.then(
    (settlement) => {
      decide(held, settlement)
      release(held)
    },
    (error: unknown) => {
      fail(held, error)
      release(held)
    },
  )
}

function decide(held: HeldResponse, settlement: Settlement): void {
  const { problem } = settlement
  held.phase = 'stored'
  held.settlement = settlement
  if (problem !== null) held.instead = () => answerInstead(held.request, held.response, problem)
}

function fail(held: HeldResponse, error: unknown): void {
  held.phase = 'stored'
  held.settlement = null
  held.instead = () => answerError(held.request, held.response, error, held.way.options)
}

/** Lets through what is written from now on, or answers in its place and says so. */
function goOn(held: HeldResponse): boolean {
  const { instead } = held
  held.phase = instead === null ? 'passing' : 'answered'
  if (instead === null) {
    passTrailers(held)
    return false
  }
  answerApart(held)
  answerSafely(held.response, instead)
  return true
}

/**
 * Leads whoever answers past what others have put before our methods since. These hold on to ours: what
 * they still bring is of the handler, such as its body, compressed.
 */
function answerApart(held: HeldResponse): void {
  const { response, methods } = held
  for (const verb of held.way.verbs) {
    if (methods[verb] === undefined) continue
    response[verb] = ((...args: unknown[]) => {
      // Node asks for the headers of an answer when an outer one lets it out: after its end.
      const isOver = held.ended && (verb !== 'writeHead' || response.headersSent)
      return isOver ? drop(held, verb, args) : pass(held, verb, args)
    }) as never
  }
}

function hold(held: HeldResponse, verb: Verb, args: unknown[]): unknown {
  const { response } = held
  // Whoever stamps the headers or compresses does so now, before the body goes by.
  if (verb === 'flushHeaders' && held.calls === null) {
    const head = response.writeHead as Method
    head.call(response, response.statusCode)
  }
  if (verb === 'writeHead') {
    // Whoever asks Node for its implicit headers twice has sent them once.
    if (held.calls !== null) return response
    mergeGiven(response, args)
    showStatus(response, args)
  }
  const calls = (held.calls ??= [])
  held.unmask ??= showAsSent(response, () => calls.some(([name]) => name === 'end'))
  calls.push([verb, args])
  return verb === 'write' ? false : response
}

/** Sends what was held, in the order in which it was written. */
function release(held: HeldResponse): void {
  const { calls } = held
  if (calls === null) return
  held.unmask?.()
  let isFlowing = true
  try {
    const send = goOn(held) ? drop : pass
    for (const [verb, args] of calls) if (send(held, verb, args) === false) isFlowing = false
  } catch (error) {
    // What Node would have thrown at the handler, which is gone.
    refuse(held, error)
  }
  const hasWritten = calls.some(([verb]) => verb === 'write')
  // A response may go on for hours, as a stream of events does.
  calls.length = 0
  if (isFlowing && hasWritten) tellDrained(held.response, held.drains)
}

function pass(held: HeldResponse, verb: Verb, args: unknown[]): unknown {
  const { response } = held
  if (verb === 'writeHead' && !response.headersSent) addSettlements(held, args)
  const answer = held.methods[verb].apply(response, args)
  if (verb === 'end') held.ended = true
  return answer
}

/** As Node does with the body of a HEAD: the writer goes on, and nothing is sent. */
function drop({ response }: HeldResponse, verb: Verb, args: unknown[]): unknown {
  const done = args.findLast((arg) => typeof arg === 'function')
  if (done !== undefined) queueMicrotask(done as () => void)
  return verb === 'write' ? true : response
}
