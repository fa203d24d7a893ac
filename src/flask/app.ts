// The small face of Flask: routes, hooks and error pages around Flask's session.
import { addSettlement, asChangeable } from '../adapters/fetch.ts'
import { FetchRequest } from '../adapters/parts/requests.ts'
import type { Duration } from '../core/duration.ts'
import type { SessionEvents } from '../core/events.ts'
import type { SecretKey } from '../core/keys.ts'
import type { Clock } from '../core/lifetime.ts'
import { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import { UNTOUCHED } from '../core/settling.ts'
import { type Config, createConfig } from './config.ts'
import { requests } from './context.ts'
import { errorPage, escapeHtml, HttpError, makeResponse, type Returned } from './responses.ts'
import { type AnyView, Router } from './router.ts'
import type { Variables } from './rules.ts'
import { announce, type RunningServer, type RunOptions, serve } from './serve.ts'
import { checkConfig, createFlaskSessions, createNullSession } from './sessions.ts'
import { TestClient, type TestClientOptions } from './test-client.ts'

type Awaitable<T> = T | Promise<T>

/** A view: gets the rule's variables and the request, returns what `makeResponse` takes. */
export type View<Rule extends string = string> = (
  variables: Variables<Rule>,
  request: Request,
) => Awaitable<Returned>

export type BeforeRequest = (request: Request) => Awaitable<Returned | undefined> | Awaitable<void>
export type AfterRequest = (response: Response) => Awaitable<Response | undefined> | Awaitable<void>
export type ErrorHandler = (error: unknown) => Awaitable<Returned>

export interface RouteOptions {
  /** @default ['GET'], which answers HEAD too */
  readonly methods?: readonly string[]
}

/** An application in Flask's manner, with Flask's session to the byte. */
export class Flask {
  /** Flask's configuration. It may change until, and between, requests. */
  readonly config: Config
  readonly #clock: Clock
  readonly #router = new Router()
  readonly #before: BeforeRequest[] = []
  readonly #after: AfterRequest[] = []
  readonly #errorPages = new Map<number, ErrorHandler>()
  readonly #listeners: ((sessions: Sessions) => void)[] = []
  #sessions: Sessions | null | undefined
  #debug = false

  /** @param options.clock epoch seconds; hand in your own to move time in tests. */
  constructor({ clock = () => Date.now() / 1000 }: { readonly clock?: Clock } = {}) {
    this.#clock = clock
    this.config = createConfig(() => {
      this.#sessions = undefined
    })
  }

  get secretKey(): SecretKey | null {
    return this.config.secretKey
  }

  set secretKey(secretKey: SecretKey | null) {
    this.config.secretKey = secretKey
  }

  get permanentSessionLifetime(): Duration {
    return this.config.permanentSessionLifetime
  }

  set permanentSessionLifetime(lifetime: Duration) {
    this.config.permanentSessionLifetime = lifetime
  }

  /** Adds a view under a rule such as `/user/<int:id>`. */
  route<Rule extends string>(rule: Rule, view: View<Rule>): this
  route<Rule extends string>(rule: Rule, options: RouteOptions, view: View<Rule>): this
  route<Rule extends string>(
    rule: Rule,
    first: RouteOptions | View<Rule>,
    second?: View<Rule>,
  ): this {
    const view = (second ?? first) as AnyView
    const { methods = ['GET'] } = second === undefined ? {} : (first as RouteOptions)
    this.#router.add(rule, methods, view)
    return this
  }

  get = <Rule extends string>(rule: Rule, view: View<Rule>) =>
    this.route(rule, { methods: ['GET'] }, view)
  post = <Rule extends string>(rule: Rule, view: View<Rule>) =>
    this.route(rule, { methods: ['POST'] }, view)
  put = <Rule extends string>(rule: Rule, view: View<Rule>) =>
    this.route(rule, { methods: ['PUT'] }, view)
  patch = <Rule extends string>(rule: Rule, view: View<Rule>) =>
    this.route(rule, { methods: ['PATCH'] }, view)
  delete = <Rule extends string>(rule: Rule, view: View<Rule>) =>
    this.route(rule, { methods: ['DELETE'] }, view)

  /** Runs before each view; what it returns, if anything, is the answer instead. */
  beforeRequest(hook: BeforeRequest): this {
    this.#before.push(hook)
    return this
  }

  /** Runs after each view, the last one first; may return another response. */
  afterRequest(hook: AfterRequest): this {
    this.#after.unshift(hook)
    return this
  }

  /** The page for a status; 500 also gets whatever a view threw. */
  errorHandler(status: number, handler: ErrorHandler): this {
    this.#errorPages.set(status, handler)
    return this
  }

  /** Listens to the events of the sessions, such as `ended`. */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): this {
    const attach = (sessions: Sessions) => {
      sessions.on(name, listener)
    }
    this.#listeners.push(attach)
    if (this.#sessions) attach(this.#sessions)
    return this
  }

  /** Answers one request: hand this to Bun, Deno, Workers or a test. */
  fetch = async (request: Request): Promise<Response> => {
    const sessions = this.#current()
    const session = sessions?.open(new FetchRequest(request)) ?? createNullSession(this.#clock())
    return requests.run({ request, session, sessions, flashes: null }, async () => {
      const answered = withoutBody(request, await this.#finish(await this.#answer(request)))
      if (sessions === null) return answered
      try {
        return addSettlement(answered, sessions.settle(session))
      } catch (error) {
        const failed = withoutBody(request, await this.#failed(error))
        return addSettlement(failed, { ...UNTOUCHED, vary: session.accessed })
      }
    })
  }

  /** A client inside the process, with a cookie jar. */
  testClient(options?: TestClientOptions): TestClient {
    const editSession = (cookie: string, edit: (session: Session) => void) => {
      const sessions = this.#current()
      const session = sessions?.open({ cookie }) ?? createNullSession(this.#clock())
      edit(session)
      return sessions?.settle(session).setCookie ?? null
    }
    return new TestClient({ clock: this.#clock, fetch: this.fetch, editSession }, options)
  }

  /**
   * Serves over node:http until Ctrl-C, and says where. Port 5000, or the next free one.
   * @throws SessionError for a configuration under which no session could be written.
   */
  async run(options: RunOptions = {}): Promise<RunningServer> {
    checkConfig(this.config, this.#clock)
    this.#debug = options.debug ?? false
    return announce(await serve(this.fetch, options))
  }

  #current(): Sessions | null {
    if (this.#sessions === undefined) {
      this.#sessions = createFlaskSessions(this.config, this.#clock)
      for (const attach of this.#listeners) if (this.#sessions) attach(this.#sessions)
    }
    return this.#sessions
  }

  async #answer(request: Request): Promise<Response> {
    try {
      for (const hook of this.#before) {
        const returned = await hook(request)
        // `() => session.set('a', 1)` returns the session and means nothing by it.
        const nothing = returned === undefined || returned === null || returned instanceof Session
        if (!nothing) return makeResponse(returned)
      }
      return await this.#router.dispatch(request)
    } catch (error) {
      return this.#failed(error)
    }
  }

  async #finish(response: Response): Promise<Response> {
    let current = response
    try {
      for (const hook of this.#after) current = asChangeable((await hook(current)) ?? current)
      return current
    } catch (error) {
      return this.#failed(error)
    }
  }

  async #failed(error: unknown): Promise<Response> {
    if (!(error instanceof HttpError)) {
      console.error(error)
      return this.#page(500, error)
    }
    const response = await this.#page(error.status, error)
    for (const [name, value] of Object.entries(error.headers)) response.headers.set(name, value)
    return response
  }

  async #page(status: number, error: unknown): Promise<Response> {
    const handler = this.#errorPages.get(status)
    if (handler === undefined) return errorPage(status, this.#details(error))
    try {
      return makeResponse(await handler(error), status)
    } catch (failure) {
      console.error(failure)
      return errorPage(500, this.#details(failure))
    }
  }

  #details(error: unknown): string {
    if (error instanceof HttpError) {
      return error.described ? `<p>${escapeHtml(error.message)}</p>\n` : ''
    }
    const shown = error instanceof Error ? error.stack : error
    return this.#debug ? `<pre>${escapeHtml(String(shown))}</pre>\n` : ''
  }
}

const withoutBody = (request: Request, response: Response): Response =>
  request.method === 'HEAD' && response.body !== null ? new Response(null, response) : response
