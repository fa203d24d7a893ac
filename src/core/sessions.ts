// What `createSessions` takes and what it makes: the contract, types and defaults.
import type { ActivityOption } from './activity.ts'
import type { CookieOptions } from './cookie.ts'
import type { Duration } from './duration.ts'
import type { SessionEvents } from './events.ts'
import type { FieldLifetime } from './fields.ts'
import type { SecretKey } from './keys.ts'
import type { Clock, Lifetime } from './lifetime.ts'
import type { EndReason } from './record.ts'
import type { SessionRequest } from './request.ts'
import type {
  GrantFunction,
  Grants,
  IdleAction,
  LifetimeFunction,
  PolicyFacts,
  SessionView,
} from './roles.ts'
import type { StandardSchema } from './schema.ts'
import type { Session } from './session.ts'
import type { SessionStatus } from './status.ts'
import type { Store } from './store.ts'
import type { SubjectSessions } from './subjects.ts'
import type { Over, SweepOptions, SweepResult } from './sweeping.ts'
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
  /**
   * Keeps the sessions, so that the cookie carries an id alone: `memoryStore()`, `redisStore(client)`.
   * With a `secretKey` the id is signed besides. @default none: the cookie carries the session
   */
  readonly store?: Store
  /** What a request gets whose session the store cannot be asked for: a 503, or no session. @default 'refuse' */
  readonly storeFailure?: 'refuse' | 'anonymous'
  /** The longest that one call to the store may take. @default { seconds: 2 } */
  readonly storeTimeout?: Duration
  /** Sessions are fetched when a handler says `await session.load()`, and not before. @default false */
  readonly lazy?: boolean
  /** How many sessions a subject may have at once, or a function of the one that begins. @default any */
  readonly maxSessions?: number | ((session: SessionView<NoInfer<Data>>) => number)
  /** What a login does above that: it ends those that began first, or is refused (409). @default 'end-oldest' */
  readonly maxSessionsAction?: 'end-oldest' | 'refuse'
  /** For how long the old id works on after a renewal, for requests under way. @default { seconds: 10 } */
  readonly renewalGrace?: Duration
  /**
   * Where the cookie carries the session: a store for the instant per subject before which sessions are
   * over, so that `sessions.of(subject).endAll()` works there too.
   */
  readonly notBefore?: NotBeforeOptions
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

export interface NotBeforeOptions {
  readonly store: Store
  /** How long a session that was ended may live on, on other machines than the one that ended it. @default { seconds: 10 } */
  readonly staleness?: Duration
}

/** What is to be done to the response, as plain data; once it was committed, for good. */
export interface Settlement {
  /** A Set-Cookie value to append, or null. */
  readonly setCookie: string | null
  /** Whether `Cookie` belongs in Vary. */
  readonly vary: boolean
  /** Whether the response must say `Cache-Control: no-store`. */
  readonly noStore: boolean
  /** What the store has to do before the response is released: for `commit` alone. */
  readonly write: object | null
  /**
   * Why the session is over that this request would have written to: known once it was committed. It
   * goes into the header `Sojourn-Ended`.
   */
  readonly ended: EndReason | null
  /** What is answered in place of the handler's response: known once it was committed. */
  readonly problem: SessionProblem | null
}

/** A problem of RFC 9457. */
export interface SessionProblem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
}

/** What `createSessions` makes. */
export interface Sessions<Data extends object = Record<string, unknown>> {
  /** The request's session. Synchronous and lazy: the cookie is verified when first asked for. */
  open(request: SessionRequest): Session<Data>
  /**
   * Fetches the session from the store, if there is one and the request brought an id; to be awaited
   * before a handler looks at it. Nothing to wait for where the cookie carries the session.
   *
   * @throws SessionError `store-unavailable` (the promise rejects)
   */
  load(session: Session<Data>): void | Promise<void>
  /**
   * Looks at the session once and says what the response needs. No I/O.
   * @throws SessionError `not-serializable`, `invalid-data`, `cookie-too-large`
   */
  settle(session: Session<Data>): Settlement
  /**
   * Performs the store's part, before the response is released, and answers what the response needs
   * in the end. Nothing to wait for where the cookie carries the session.
   *
   * @throws SessionError `store-unavailable` (the promise rejects)
   */
  commit(settlement: Settlement): Settlement | Promise<Settlement>
  /** When the session ends and why, as plain data for a browser. To ask is no look at its data. */
  status(session: Session<Data>): SessionStatus
  /**
   * The sessions of one subject, to list and to end.
   *
   * @throws SessionError `no-store` where no store can find them.
   */
  of(subject: string): SubjectSessions<Data>
  /**
   * Hands out what is over and was not ended by hand, sessions and single fields, then forgets it: at
   * least once, on one of several machines. Call it every minute or so; it sweeps the store besides.
   *
   * @param told answers once it is done; what it throws is handed out again later.
   * @throws SessionError `no-store`, `store-unavailable`
   */
  sweep(told?: (over: Over<Data>) => unknown, options?: SweepOptions): Promise<SweepResult>
  /** The policy as it was configured. */
  readonly policy: PolicyFacts
  /**
   * Listens: `created`, `ended`, `renewed`, `authenticated`, `locked`, `unlocked`, `rejected`,
   * `evicted`, `unavailable`, `failed`. The function that comes back ends it.
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
