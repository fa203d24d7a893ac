// The small face of Flask: routes, hooks and error pages around Flask's session. Hono routes.
import { Hono } from 'hono'
import { addSettlement } from '../adapters/fetch.ts'
import type { Duration } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import type { SessionEvents } from '../core/events.ts'
import type { SecretKey } from '../core/keys.ts'
import type { Clock } from '../core/lifetime.ts'
import type { Sessions } from '../core/manager.ts'
import type { Session } from '../core/session.ts'
import { type Config, DEFAULT_CONFIG } from './config.ts'
import { currentRequest, requests } from './context.ts'
import { errorPage, escape, HttpError, makeResponse, type Returned } from './responses.ts'
import { parseRule, type Variables } from './rules.ts'
import { announce, type RunningServer, type RunOptions, serve } from './serve.ts'
import { checkConfig, createFlaskSessions, createNullSession } from './sessions.ts'
import { TestClient, type TestClientOptions } from './test-client.ts'

type Awaitable<T> = T | Promise<T>

/** A view: gets the rule's variables and the request, returns what `makeResponse` takes. */
export type View<Rule extends string = string> = (
  variables: Variables<Rule>,
  request: Request,
) => Awaitable<Returned>

export type BeforeRequest = (request: Request) => Awaitable<Returned | undefined | void>
export type AfterRequest = (response: Response) => Awaitable<Response | undefined | void>
export type ErrorHandler = (error: unknown) => Awaitable<Returned>

export interface RouteOptions {
  /** @default ['GET'], which answers HEAD too */
  readonly methods?: readonly string[]
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** An application in Flask's manner, with Flask's session to the byte. */
export class Flask {
  /** Flask's configuration. It may change until, and between, requests. */
  readonly config: Config
  readonly #clock: Clock
  readonly #hono = new Hono({ strict: true })
  readonly #before: BeforeRequest[] = []
  readonly #after: AfterRequest[] = []
  readonly #errorPages = new Map<number, ErrorHandler>()
  readonly #listeners: ((sessions: Sessions) => void)[] = []
  #sessions: Sessions | null | undefined
  #debug = false

  /** @param options.clock epoch seconds; hand in your own to move time in tests. */
  constructor({ clock = () => Date.now() / 1000 }: { readonly clock?: Clock } = {}) {
    this.#clock = clock
    // Hono answers errors itself; they are wanted by our own error pages.
    this.#hono.onError((error) => {
      currentRequest('route').thrown = error
      return new Response(null, { status: 500 })
    })
    this.config = new Proxy<Config>(
      { ...DEFAULT_CONFIG },
      {
        set: (config, name, value) => {
          if (!(name in DEFAULT_CONFIG)) {
            throw new SessionError(
              'bad-option',
              `app.config has no '${String(name)}'; its names are Flask's in camelCase: ${Object.keys(DEFAULT_CONFIG).join(', ')}.`,
            )
          }
          this.#sessions = undefined
          return Reflect.set(config, name, value)
        },
      },
    )
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
    const view = (second ?? first) as View
    const { methods = ['GET'] } = second === undefined ? {} : (first as RouteOptions)
    const { path, read } = parseRule(rule)
    const upper = methods.map((method) => method.toUpperCase())
    this.#hono.on(upper, path, async (context) =>
      makeResponse(await view(read(context.req.param()), currentRequest('route').request)),
    )
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

  /** Listens to the events of the sessions: `created`, `ended`, `rejected`. */
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
    const cookie = request.headers.get('cookie')
    const session = sessions?.open({ cookie }) ?? createNullSession(this.#clock())
    const context = { request, session, flashes: null, thrown: null }
    return requests.run(context, async () => {
      const answered = await this.#finish(await this.#answer(request))
      if (sessions === null) return answered
      try {
        return addSettlement(answered, sessions.settle(session))
      } catch (error) {
        const failed = await this.#failed(error)
        if (session.accessed) failed.headers.append('vary', 'Cookie')
        return failed
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
        if (returned !== undefined) return makeResponse(returned)
      }
      return await this.#dispatch(request)
    } catch (error) {
      return this.#failed(error)
    }
  }

  async #dispatch(request: Request): Promise<Response> {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const { pathname } = new URL(request.url)
    if (this.#hasRoute(method, pathname)) return this.#route(request)
    const allowed = METHODS.filter((other) => this.#hasRoute(other, pathname))
    if (allowed.length === 0) throw new HttpError(404)
    const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    if (request.method === 'OPTIONS') return new Response(null, { headers: { allow } })
    const response = await this.#page(405, new HttpError(405))
    response.headers.set('allow', allow)
    return response
  }

  async #route(request: Request): Promise<Response> {
    const response = await this.#hono.fetch(request)
    const { thrown } = currentRequest('route')
    if (thrown !== null) throw thrown
    return response
  }

  #hasRoute(method: string, path: string): boolean {
    return this.#hono.router.match(method, decoded(path))[0].length > 0
  }

  async #finish(response: Response): Promise<Response> {
    let current = response
    try {
      for (const hook of this.#after) current = (await hook(current)) ?? current
      return current
    } catch (error) {
      return this.#failed(error)
    }
  }

  #failed(error: unknown): Promise<Response> {
    if (error instanceof HttpError) return this.#page(error.status, error)
    console.error(error)
    return this.#page(500, error)
  }

  async #page(status: number, error: unknown): Promise<Response> {
    const handler = this.#errorPages.get(status)
    if (handler === undefined) return errorPage(status, this.#debug ? details(error) : '')
    try {
      return makeResponse(await handler(error), status)
    } catch (failure) {
      console.error(failure)
      return errorPage(500)
    }
  }
}

const details = (error: unknown): string =>
  error instanceof HttpError
    ? ''
    : `<pre>${escape(String(error instanceof Error ? error.stack : error))}</pre>`

function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
