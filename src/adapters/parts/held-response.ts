// A response of node:http that leaves after its session is stored: what a handler writes is held back
// until then.
import { isLater } from '../../core/later.ts'
import { Manager } from '../../core/manager.ts'
import type { Session } from '../../core/session.ts'
import type { Sessions, Settlement } from '../../core/sessions.ts'
import type { Awaitable } from '../../core/store.ts'
import { answerError, answerInstead, type NodeOptions } from './node-answers.ts'
import { addSettlement, mergeGiven, type NodeResponse } from './node-headers.ts'
import type { NodeRequest } from './requests.ts'
import { showAsSent } from './sent.ts'

/** The ways in which a handler writes. Node sends all headers through the first, the implicit ones too. */
const VERBS = ['writeHead', 'write', 'end', 'flushHeaders'] as const

type Verb = (typeof VERBS)[number]
type Method = (...args: unknown[]) => unknown
type Call = readonly [verb: Verb, args: unknown[]]

/**
 * `open`: nothing was settled. `waiting`: for the store. `stored`: what follows is known, and nothing
 * was written yet. `passing`: what is written goes out. `answered`: somebody else answers, and what
 * comes after the end of that is dropped.
 */
type Phase = 'open' | 'waiting' | 'stored' | 'passing' | 'answered'

/** The same for all responses of an adapter. */
export interface Way<Data extends object> {
  readonly sessions: Sessions<Data>
  readonly options: NodeOptions
  readonly verbs: readonly Verb[]
}

/** Where the cookie carries the session nothing takes time, and Node's own place for headers is enough. */
export const toWay = <Data extends object>(
  sessions: Sessions<Data>,
  options: NodeOptions,
): Way<Data> => ({
  sessions,
  options,
  verbs: sessions instanceof Manager ? ['writeHead'] : VERBS,
})

/** Made for a response before its handler sees it. */
export class HeldResponse<Data extends object> {
  readonly #way: Way<Data>
  readonly #session: Session<Data>
  readonly #request: NodeRequest
  readonly #response: NodeResponse
  readonly #methods: { readonly [verb in Verb]: Method }
  #phase: Phase = 'open'
  #settlement: Settlement | null = null
  #instead: (() => unknown) | null = null
  #held: Call[] | null = null
  #unmask: (() => void) | null = null
  #ended = false

  constructor(
    way: Way<Data>,
    session: Session<Data>,
    request: NodeRequest,
    response: NodeResponse,
  ) {
    this.#way = way
    this.#session = session
    this.#request = request
    this.#response = response
    const { writeHead, write, end, flushHeaders } = response
    this.#methods = { writeHead, write, end, flushHeaders } as { [verb in Verb]: Method }
    for (const verb of way.verbs) {
      if (response[verb] === undefined) continue
      response[verb] = ((...args: unknown[]) => this.#call(verb, args)) as never
    }
    // A pipe writes long after its handler returned, where an error would end the process.
    response.once('pipe', (source) => {
      try {
        if (this.#phase === 'open') this.#begin()
      } catch (error) {
        source.unpipe(response)
        throw error
      }
    })
  }

  /** Answers in place of a handler that is not to run. */
  refuse(error: unknown): void {
    this.#fail(error)
    this.#goOn()
  }

  #call(verb: Verb, args: unknown[]): unknown {
    const response = this.#response
    if (this.#phase === 'open') {
      if (response.headersSent) this.#phase = 'passing'
      else this.#begin()
    }
    if (this.#phase === 'waiting') return this.#hold(verb, args)
    if (this.#phase === 'stored' && this.#goOn()) return this.#drop(verb, args)
    return this.#phase === 'answered' && this.#ended
      ? this.#drop(verb, args)
      : this.#pass(verb, args)
  }

  /** Settles, once whatever happens: the response that tells of a failure has no session. */
  #begin(): void {
    this.#phase = 'passing'
    const settlement = this.#way.sessions.settle(this.#session)
    try {
      const stored = this.#way.sessions.commit(settlement)
      if (isLater(stored)) this.#await(stored)
      else this.#decide(stored)
    } catch (error) {
      this.#fail(error)
    }
  }

  #await(stored: Promise<Settlement>): void {
    this.#phase = 'waiting'
    stored.then(
      (settlement) => {
        this.#decide(settlement)
        this.#release()
      },
      (error: unknown) => {
        this.#fail(error)
        this.#release()
      },
    )
  }

  #decide(settlement: Settlement): void {
    const { problem } = settlement
    this.#phase = 'stored'
    this.#settlement = settlement
    if (problem === null) return
    this.#instead = () => answerInstead(this.#request, this.#response, problem)
  }

  #fail(error: unknown): void {
    this.#phase = 'stored'
    this.#settlement = null
    this.#instead = () => answerError(this.#request, this.#response, error, this.#way.options)
  }

  /** Lets through what is written from now on, or answers in its place and says so. */
  #goOn(): boolean {
    const instead = this.#instead
    this.#phase = instead === null ? 'passing' : 'answered'
    if (instead === null) return false
    const broken = (error: unknown) => this.#response.destroy(error)
    try {
      const answered = instead() as Awaitable<unknown>
      if (isLater(answered)) answered.then(undefined, broken)
    } catch (error) {
      broken(error)
    }
    return true
  }

  #hold(verb: Verb, args: unknown[]): unknown {
    const response = this.#response
    if (verb === 'writeHead') {
      // Whoever asks Node for its implicit headers twice has sent them once.
      if (this.#held !== null) return response
      mergeGiven(response, args)
    }
    this.#held ??= []
    this.#unmask ??= showAsSent(
      response,
      () => this.#held?.some(([held]) => held === 'end') ?? false,
    )
    this.#held.push([verb, args])
    return verb === 'write' ? false : response
  }

  /** Sends what was held, in the order in which it was written. */
  #release(): void {
    const held = this.#held
    if (held === null) return
    this.#held = null
    this.#unmask?.()
    const isRefused = this.#goOn()
    let isFlowing = true
    try {
      for (const [verb, args] of held) {
        const written = isRefused ? this.#drop(verb, args) : this.#pass(verb, args)
        if (written === false) isFlowing = false
      }
    } catch (error) {
      // What Node would have thrown at the handler, which is gone.
      this.#fail(error)
      this.#goOn()
    }
    if (isFlowing && held.some(([verb]) => verb === 'write')) this.#response.emit('drain')
  }

  #pass(verb: Verb, args: unknown[]): unknown {
    const response = this.#response
    if (verb === 'writeHead' && this.#settlement !== null && !response.headersSent) {
      addSettlement(response, this.#settlement, args)
      this.#settlement = null
    }
    const answer = this.#methods[verb].apply(response, args)
    if (verb === 'end') this.#ended = true
    return answer
  }

  /** As Node does with the body of a HEAD: the writer goes on, and nothing is sent. */
  #drop(verb: Verb, args: unknown[]): unknown {
    const done = args.findLast((arg) => typeof arg === 'function')
    if (done !== undefined) queueMicrotask(done as () => void)
    return verb === 'write' ? true : this.#response
  }
}
