// A client inside the process, with a cookie jar that knows the application's clock.
import type { Clock } from '../core/lifetime.ts'
import type { Session } from '../core/session.ts'

/** What the client needs of an application. */
export interface TestTarget {
  readonly clock: Clock
  fetch(request: Request): Promise<Response>
  /** Runs a function on the session of a Cookie header; answers the Set-Cookie value, if any. */
  editSession(cookie: string, edit: (session: Session) => void): string | null
}

export interface TestClientOptions {
  /** False for a client that keeps expired cookies and goes on sending them. @default true */
  readonly honourExpires?: boolean
}

const ORIGIN = 'http://localhost'

/** Sends requests to an application without a socket, and keeps its cookies. */
export class TestClient {
  readonly #target: TestTarget
  readonly #honourExpires: boolean
  readonly #jar = new Map<string, { readonly value: string; readonly expires: number | null }>()

  constructor(target: TestTarget, { honourExpires = true }: TestClientOptions = {}) {
    this.#target = target
    this.#honourExpires = honourExpires
  }

  get = (path: string, init: RequestInit = {}) => this.request(path, { ...init, method: 'GET' })
  post = (path: string, init: RequestInit = {}) => this.request(path, { ...init, method: 'POST' })
  put = (path: string, init: RequestInit = {}) => this.request(path, { ...init, method: 'PUT' })
  patch = (path: string, init: RequestInit = {}) => this.request(path, { ...init, method: 'PATCH' })
  delete = (path: string, init: RequestInit = {}) =>
    this.request(path, { ...init, method: 'DELETE' })
  head = (path: string, init: RequestInit = {}) => this.request(path, { ...init, method: 'HEAD' })

  /** One request; redirects are not followed. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookie = this.cookieHeader()
    if (cookie !== '' && !headers.has('cookie')) headers.set('cookie', cookie)
    const response = await this.#target.fetch(
      new Request(new URL(path, ORIGIN), { ...init, headers }),
    )
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  /** The value of a kept cookie. */
  cookie(name: string): string | undefined {
    return this.#live().get(name)
  }

  /** Puts a cookie into the jar, as another server would. */
  setCookie(name: string, value: string): void {
    this.#jar.set(name, { value, expires: null })
  }

  /** Drops the cookies that end with the browser. */
  closeBrowser(): void {
    for (const [name, { expires }] of this.#jar) if (expires === null) this.#jar.delete(name)
  }

  /** What would be sent now. */
  cookieHeader(): string {
    return Array.from(this.#live(), ([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Presets or reads the session between requests (Flask's `session_transaction`). */
  sessionTransaction(edit: (session: Session) => void): void {
    const line = this.#target.editSession(this.cookieHeader(), edit)
    if (line !== null) this.#keep(line)
  }

  #live(): Map<string, string> {
    const now = this.#target.clock()
    const live = [...this.#jar].filter(
      ([, { expires }]) => !this.#honourExpires || expires === null || expires > now,
    )
    return new Map(live.map(([name, { value }]) => [name, value]))
  }

  /** Keeps a cookie; one that is taken back leaves the jar, also of who ignores Expires. */
  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    const expires = expiryOf(attributes, this.#target.clock())
    if (expires === 0) this.#jar.delete(name)
    else this.#jar.set(name, { value: pair.slice(at + 1).trim(), expires })
  }
}

/** The epoch second at which a cookie expires: 0 for one that is taken back, null with the browser. */
function expiryOf(attributes: readonly string[], now: number): number | null {
  const attributeOf = (name: string) =>
    attributes
      .map((attribute) => attribute.trim())
      .find((attribute) => attribute.toLowerCase().startsWith(`${name}=`))
      ?.slice(name.length + 1)
  const maxAge = attributeOf('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) {
    return Number(maxAge) <= 0 ? 0 : now + Number(maxAge)
  }
  const date = Date.parse(attributeOf('expires') ?? '')
  return Number.isNaN(date) ? null : date / 1000
}
