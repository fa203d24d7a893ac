// One person's browser, as far as a session cares: it keeps a cookie, sends it, and loses it.
import { SessionError } from '../core/errors.ts'
import type { Clock } from '../core/lifetime.ts'
import type { Ended } from '../core/record.ts'
import type { Session } from '../core/session.ts'
import type { Sessions, Settlement } from '../core/sessions.ts'

export interface VisitorOptions {
  /** The clock of the sessions, by which cookies expire. @default Date.now() / 1000 */
  readonly clock?: Clock
  /** Goes on sending cookies that have expired, as a thief would. @default false */
  readonly ignoreExpires?: boolean
}

/** A new browser without a cookie. */
export const createVisitor = <Data extends object>(
  sessions: Sessions<Data>,
  options: VisitorOptions = {},
): Visitor<Data> => new Visitor(sessions, options)

/** Made by `createVisitor`. Path, domain and https are not played: every visit is to the one site. */
export class Visitor<Data extends object = Record<string, unknown>> {
  readonly #sessions: Sessions<Data>
  readonly #clock: Clock
  readonly #ignoreExpires: boolean
  #kept: { readonly pair: string; readonly expires: number | null } | null = null

  constructor(sessions: Sessions<Data>, options: VisitorOptions) {
    this.#sessions = sessions
    this.#clock = options.clock ?? (() => Date.now() / 1000)
    this.#ignoreExpires = options.ignoreExpires ?? false
  }

  /** What the browser would send now: `name=value`, or undefined. */
  get cookie(): string | undefined {
    const kept = this.#kept
    if (kept === null) return undefined
    const lives = this.#ignoreExpires || kept.expires === null || kept.expires > this.#clock()
    return lives ? kept.pair : undefined
  }

  /** Why the session of the kept cookie would not be served now. No visit: nothing slides. */
  get ended(): Ended | null {
    const session = this.#sessions.open({ cookie: this.cookie, activity: 'background' })
    const loading = this.#sessions.load(session)
    if (isThenable(loading)) {
      Promise.resolve(loading).catch(() => {})
      throw new SessionError(
        'bad-option',
        'These sessions take time to fetch: look at session.ended in an async visit.',
      )
    }
    return session.ended
  }

  /**
   * One request. Answers what the handler answers; for an async one, once the session is saved. A
   * handler that throws saves nothing. Without a handler, the request does not ask for its session.
   *
   * @throws SessionError `bad-option` for a handler that is not async where saving takes time.
   */
  visit(): undefined
  visit<Result>(handler: (session: Session<Data>) => Result): Result
  visit(handler?: (session: Session<Data>) => unknown): unknown {
    const session = this.#sessions.open({ cookie: this.cookie })
    const loading = this.#sessions.load(session)
    if (isThenable(loading)) return this.#visitLater(session, loading, handler)
    const result = handler?.(session)
    if (isThenable(result)) {
      return Promise.resolve(result).then(async (value) => {
        await this.#settle(session)
        return value
      })
    }
    const saved = this.#settle(session)
    if (!isThenable(saved)) return result
    Promise.resolve(saved).catch(() => {})
    throw new SessionError(
      'bad-option',
      'These sessions take time to save. Make the handler async and await the visit.',
    )
  }

  /** Where the session takes time to fetch. */
  async #visitLater(
    session: Session<Data>,
    loading: PromiseLike<void>,
    handler?: (session: Session<Data>) => unknown,
  ): Promise<unknown> {
    await loading
    const result = await handler?.(session)
    await this.#settle(session)
    return result
  }

  /** Ends the browser: cookies without an end of their own go, permanent ones stay. */
  closeBrowser(): void {
    if (this.#kept?.expires === null) this.#kept = null
  }

  /** Drops the cookie, as who clears the browser's data. The server hears nothing of it. */
  forget(): void {
    this.#kept = null
  }

  #settle(session: Session<Data>): void | Promise<void> {
    const keep = ({ setCookie }: Settlement) => {
      if (setCookie !== null) this.#keep(setCookie)
    }
    const committed = this.#sessions.commit(this.#sessions.settle(session))
    return isThenable(committed) ? committed.then(keep) : keep(committed)
  }

  /** Keeps a cookie; one that is taken back goes, also from who ignores Expires. */
  #keep(line: string): void {
    const [pair = ''] = line.split(';')
    const [, expires] = /; Expires=([^;]+)/i.exec(line) ?? []
    const isTakenBack = /; Max-Age=0(?:;|$)/i.test(line)
    this.#kept = isTakenBack
      ? null
      : { pair, expires: expires === undefined ? null : Date.parse(expires) / 1000 }
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
