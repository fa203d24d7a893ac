// What `createSessions` takes and what it makes: the contract, types and defaults.
import type { CookieOptions } from './cookie.ts'
import type { SessionEvents } from './events.ts'
import type { SecretKey } from './keys.ts'
import type { Clock, Lifetime } from './lifetime.ts'
import type { LifetimeFunction } from './policy.ts'
import type { StandardSchema } from './schema.ts'
import type { Session } from './session.ts'
import type { TokenFormat } from './token.ts'

/** What `createSessions` takes. */
export interface SessionOptions<Data extends object = Record<string, unknown>> {
  /** Signs, or seals. At least 16 bytes in production; `npx sojourn key` makes one. */
  readonly secretKey?: SecretKey | undefined
  /** Older keys, which only verify. @default [] */
  readonly secretKeyFallbacks?: readonly SecretKey[]
  /** What the cookie carries: `sealed()`, `signed()`, `flask()`. @default sealed() */
  readonly format?: TokenFormat
  /** How long a session lives, or a function of the session that says so. @default { idle: { minutes: 30 }, absolute: { hours: 12 } } */
  readonly lifetime?: Lifetime | LifetimeFunction<Data>
  readonly cookie?: CookieOptions
  /** Epoch seconds; hand in your own to move time in tests. @default Date.now() / 1000 */
  readonly clock?: Clock
  /** Checks the data when it is read and before it is written. @default none */
  readonly schema?: StandardSchema<Data>
  /**
   * Slide at every response, also where the session was not looked at: idle is then exact to the
   * second, at a cookie per response. @default false; true in Flask's format (permanent sessions)
   */
  readonly refreshEachRequest?: boolean
  /** Notice values that were changed inside. Flask itself does not. @default true */
  readonly nestedChanges?: boolean
  /** Sign a cookie under an old key anew at the next response. Flask itself does not. @default true */
  readonly renewOldKeys?: boolean
  /** Say `Cache-Control: no-store` with each Set-Cookie. Flask itself does not. @default true */
  readonly noStore?: boolean
  /** The longest name and value that are sent, in bytes; 0 for no bound. @default 4096 */
  readonly maxCookieSize?: number
  /** What happens above it: an error, or a warning as in Flask. @default 'throw' */
  readonly oversize?: 'throw' | 'warn'
}

/** A request, as far as a session cares. */
export interface SessionRequest {
  /** The Cookie header; several lines joined with `; `. */
  readonly cookie?: string | null | undefined
  /** The host, if the request came over plain http: a Secure cookie cannot be set there. */
  readonly plainHost?: string | undefined
}

/** What is to be done to the response, as plain data. */
export interface Settlement {
  /** A Set-Cookie value to append, or null. */
  readonly setCookie: string | null
  /** Whether `Cookie` belongs in Vary. */
  readonly vary: boolean
  /** Whether the response must say `Cache-Control: no-store`. */
  readonly noStore: boolean
}

/** What `createSessions` makes. */
export interface Sessions<Data extends object = Record<string, unknown>> {
  /** The request's session. Synchronous and lazy: the cookie is verified when first asked for. */
  open(request: SessionRequest): Session<Data>
  /**
   * Looks at the session once and says what the response needs. No I/O.
   * @throws SessionError `not-serializable`, `invalid-data`, `cookie-too-large`
   */
  settle(session: Session<Data>): Settlement
  /** Performs the store's part; nothing to wait for where the cookie carries the session. */
  commit(settlement: Settlement): void | Promise<void>
  /** Listens to `created`, `ended`, `rejected`, `failed`; the function that comes back ends it. */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void
}

/** The defaults of what Flask does otherwise. */
const RULES = {
  nestedChanges: true,
  renewOldKeys: true,
  noStore: true,
  maxCookieSize: 4096,
  oversize: 'throw' as 'throw' | 'warn',
}

export type Rules = Readonly<typeof RULES>

/** The rules that were given, and the defaults of the others. */
export const rulesOf = ({
  nestedChanges = RULES.nestedChanges,
  renewOldKeys = RULES.renewOldKeys,
  noStore = RULES.noStore,
  maxCookieSize = RULES.maxCookieSize,
  oversize = RULES.oversize,
}: Partial<Rules>): Rules => ({ nestedChanges, renewOldKeys, noStore, maxCookieSize, oversize })
