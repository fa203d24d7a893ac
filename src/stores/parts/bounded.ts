// A store that never hangs: each call has a bound, what fails is left alone, and an error says nothing of
// what was asked.
import { type Duration, toSeconds } from '../../core/duration.ts'
import { SessionError } from '../../core/errors.ts'
import type { Awaitable, Created, Ending, FullStore, Reading, Store } from '../../core/store.ts'
import { hasAnswered } from './answered.ts'
import { Circuit, type Stopwatch } from './circuit.ts'
import { Deadlines } from './deadlines.ts'
import { UnknownIds } from './unknown-ids.ts'

export interface BoundedOptions {
  /** The longest that one call may take. @default { seconds: 2 } */
  readonly timeout?: Duration | undefined
  /**
   * Whether what it keeps are sessions: then ids that it does not know are remembered for a while, and
   * one that began too late is ended. @default true
   */
  readonly keepsSessions?: boolean
  /** Monotonic milliseconds. @default performance.now() */
  readonly stopwatch?: Stopwatch | undefined
}

const TIMEOUT: Duration = Object.freeze({ seconds: 2 })
/** The words by which systems and drivers name a failure: `ECONNREFUSED`, `57P01`. */
const CODE = /^[A-Z\d_]{2,40}$/

const VERBS = ['patch', 'touch', 'end', 'list', 'endAll', 'claim', 'forget', 'scan'] as const

/**
 * The same store with the same abilities, whose calls answer in time or throw `store-unavailable`.
 *
 * @throws SessionError `bad-duration`
 */
export function bounded(store: Store, options: BoundedOptions = {}): Store {
  const { timeout = TIMEOUT, keepsSessions = true } = options
  const { stopwatch = () => performance.now() } = options
  const milliseconds = toSeconds(timeout, 'storeTimeout') * 1000
  if (!(milliseconds > 0)) {
    throw new SessionError(
      'bad-duration',
      'storeTimeout must be longer than nothing: write { seconds: 2 }.',
    )
  }
  const guard = new Guard(new Circuit(stopwatch), milliseconds)
  const unknown = new UnknownIds()
  const full = store as FullStore
  const made: Record<string, unknown> = {
    ids: store.ids,
    values: store.values,
    caveat: store.caveat,
    onEvicted: store.onEvicted?.bind(store),
    close: store.close?.bind(store),
  }
  for (const verb of VERBS) {
    const ask = full[verb] as ((...args: unknown[]) => Awaitable<unknown>) | undefined
    if (ask === undefined) continue
    made[verb] = (...args: unknown[]) => guard.ask(() => ask.apply(store, args))
  }
  made.create = (...args: Parameters<Store['create']>) => {
    unknown.delete(args[0].id)
    return guard.ask(
      () => store.create(...args),
      undefined,
      keepsSessions ? (created) => endUnheard(store, args, created) : undefined,
    )
  }
  made.read = (id: string, now: number, touch: boolean): Awaitable<Reading> => {
    if (unknown.has(id, now)) return { state: 'unknown' }
    return guard.ask(
      () => store.read(id, now, touch),
      (reading) => {
        if (keepsSessions && reading.state === 'unknown') unknown.add(id, now)
      },
    )
  }
  return made as unknown as Store
}

const UNHEARD: Ending = Object.freeze({ reason: 'revoked', keep: 60 })

/** Ends a session that nobody has a cookie of. To a renewed id the one before leads. */
async function endUnheard(
  store: Store,
  [{ id }, now, { from } = {}]: Parameters<Store['create']>,
  { state }: Created,
): Promise<void> {
  if (state === 'done' && (from?.until ?? null) === null) await store.end(id, UNHEARD, now)
}

type Heard<Answer> = (answer: Answer) => void
/** What it rejects with is nobody's. */
type TooLate<Answer> = (answer: Answer) => Promise<void>

class Guard {
  readonly #circuit: Circuit
  readonly #deadlines: Deadlines

  constructor(circuit: Circuit, milliseconds: number) {
    this.#circuit = circuit
    this.#deadlines = new Deadlines(milliseconds, () => {
      circuit.failed()
      return unavailable('The store did not answer in time.')
    })
  }

  /** An answer at once stays one. @param heard told of an answer in time. @param tooLate of one after that */
  ask<Answer>(
    call: () => Awaitable<Answer>,
    heard?: Heard<Answer>,
    tooLate?: TooLate<Answer>,
  ): Awaitable<Answer> {
    if (!this.#circuit.admits()) {
      throw unavailable('The store has failed repeatedly, and is left alone for a moment.')
    }
    let answer: Awaitable<Answer>
    try {
      answer = call()
    } catch (error) {
      throw this.#failed(error)
    }
    if (typeof (answer as Promise<Answer> | null)?.then === 'function') {
      return this.#await(answer as Promise<Answer>, heard, tooLate)
    }
    this.#circuit.succeeded()
    heard?.(answer as Answer)
    return answer
  }

  #await<Answer>(
    answer: Promise<Answer>,
    heard?: Heard<Answer>,
    tooLate?: TooLate<Answer>,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = this.#deadlines.begin(reject)
      // What comes too late is nobody's: neither an answer nor an error.
      answer.then(
        (value) => {
          if (!this.#deadlines.end(call)) {
            tooLate?.(value).catch(() => {})
            return
          }
          this.#circuit.succeeded()
          try {
            heard?.(value)
            resolve(value)
          } catch (error) {
            reject(error)
          }
        },
        (error: unknown) => {
          if (this.#deadlines.end(call)) reject(this.#failed(error))
        },
      )
    })
  }

  /** Errors of drivers repeat what was asked; only their code is passed on. */
  #failed(error: unknown): SessionError {
    const isOurs = error instanceof SessionError
    if (isOurs && (error.code !== 'store-unavailable' || hasAnswered(error))) {
      this.#circuit.succeeded()
      return error
    }
    this.#circuit.failed()
    if (isOurs) return error
    const code = (error as { code?: unknown } | null)?.code
    const word = typeof code === 'string' && CODE.test(code) ? ` (${code})` : ''
    return unavailable(`The store failed${word}.`)
  }
}

const unavailable = (message: string): SessionError =>
  new SessionError('store-unavailable', message)
