// What `createSessions` takes and what it makes: the contract, types and defaults.
import type { ActivityOption } from './activity.ts'
import type { CookieOptions } from './cookie.ts'
import type { SessionEvents } from './events.ts'
import type { FieldLifetime } from './fields.ts'
import type { SecretKey } from './keys.ts'
import type { Clock, Lifetime } from './lifetime.ts'
import type { SessionRequest } from './request.ts'
import type { GrantFunction, Grants, IdleAction, LifetimeFunction, PolicyFacts } from './roles.ts'
import type { StandardSchema } from './schema.ts'
import type { Session } from './session.ts'
import type { SessionStatus } from './status.ts'
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
  /** What `session.permanent = true` may lengthen, and how far ("remember me"). @default nothing */
  readonly grants?: Grants | GrantFunction<NoInfer<Data>> | null
  /** Lifetimes of single keys: the cart's two hours, the one-time code's five minutes. @default none */
  readonly fields?: { readonly [key in keyof NoInfer<Data> & string]?: FieldLifetime }
  /**
   * What happens at the idle limit: the session ends, or (`lock`) is kept closed until one factor
   * resumes it or the absolute limit ends it. @default 'end'
   */
  readonly idleAction?: IdleAction
  /**
   * Requests that are not the user's activity, besides prefetches and those that say
   * `Sojourn-Activity: background`: routes (`/poll`, `/events/*`), or a function that decides.
   */
  readonly activity?: ActivityOption
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
  /**
   * Say `Cache-Control: no-store` with each Set-Cookie, and where a response looked at its session and
   * says nothing of its own. Flask itself does not. @default true
   */
  readonly noStore?: boolean
  /** The longest name and value that are sent, in bytes; 0 for no bound. @default 4096 */
  readonly maxCookieSize?: number
  /** What happens above it: an error, or a warning as in Flask. @default 'throw' */
  readonly oversize?: 'throw' | 'warn'
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
  /** When the session ends and why, as plain data for a browser. To ask is no look at its data. */
  status(session: Session<Data>): SessionStatus
  /** The policy as it was configured. */
  readonly policy: PolicyFacts
  /**
   * Listens: `created`, `ended`, `renewed`, `authenticated`, `locked`, `unlocked`, `rejected`,
   * `failed`. The function that comes back ends it.
   */
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
