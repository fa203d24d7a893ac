// The way through: open a request's session, settle it when headers leave, commit what is stored.

import { runtime } from '#runtime'
import { type Cookie, type CookieOptions, checkCrossSite, createCookie } from './cookie.ts'
import { SessionError } from './errors.ts'
import { Events, type SessionEvents } from './events.ts'
import { type SecretKey, toSecretKeys } from './keys.ts'
import {
  type Clock,
  DEFAULT_LIFETIME,
  expiryOf,
  isSlideDue,
  judge,
  type Lifetime,
  type Limit,
  toLimits,
} from './lifetime.ts'
import type { Ended, EndReason, SessionRecord } from './record.ts'
import { type StandardSchema, validate } from './schema.ts'
import {
  changedInside,
  type Loaded,
  permanentOf,
  Session,
  type SessionSource,
  type SessionState,
  stateOf,
} from './session.ts'
import { type CookieFormat, isRefusal, type Opened, type TokenFormat } from './token.ts'

/** What `createSessions` takes. */
export interface SessionOptions<Data extends object = Record<string, unknown>> {
  /** Signs, or seals. At least 16 bytes in production; `npx sojourn key` makes one. */
  readonly secretKey?: SecretKey | undefined
  /** Older keys, which only verify. @default [] */
  readonly secretKeyFallbacks?: readonly SecretKey[]
  /** What the cookie carries: `sealed()`, `signed()`, `flask()`. @default sealed() */
  readonly format?: TokenFormat
  /** How long a session lives. @default { idle: { minutes: 30 }, absolute: { hours: 12 } } */
  readonly lifetime?: Lifetime
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
  /** Listens to `created`, `ended`, `rejected`; the function that comes back ends it. */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void
}

const UNTOUCHED: Settlement = Object.freeze({ setCookie: null, vary: false, noStore: false })
const LOOKED_AT: Settlement = Object.freeze({ setCookie: null, vary: true, noStore: false })

/** @throws SessionError for whatever in the options would not work, with what to write instead. */
export function createManager<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data> & { readonly format: TokenFormat },
): Sessions<Data> {
  const keys = toSecretKeys(options.secretKey, options.secretKeyFallbacks)
  if (options.cookie) checkCrossSite(options.cookie)
  return new Manager<Data>(options, options.format(keys), createCookie(options.cookie))
}

/** As `createManager`, with the parts made by the caller: for faces with rules of their own. */
export class Manager<Data extends object> implements Sessions<Data> {
  readonly #format: CookieFormat
  readonly #cookie: Cookie
  readonly #clock: Clock
  readonly #limits: readonly Limit[]
  readonly #absolute: boolean
  readonly #permanent: boolean
  readonly #schema: StandardSchema<Data> | undefined
  readonly #rules: Required<Pick<SessionOptions, keyof typeof RULES>>
  readonly #refresh: boolean
  readonly #events = new Events()
  readonly #source: SessionSource

  constructor(options: SessionOptions<Data>, format: CookieFormat, cookie: Cookie) {
    const lifetime = options.lifetime ?? DEFAULT_LIFETIME
    this.#format = format
    this.#cookie = cookie
    this.#clock = options.clock ?? (() => Date.now() / 1000)
    this.#absolute = lifetime.absolute !== undefined
    this.#permanent = lifetime.permanent ?? false
    this.#schema = options.schema
    this.#rules = { ...RULES, ...defined(options) }
    this.#refresh = options.refreshEachRequest ?? !format.throttled
    this.#limits = toLimits(lifetime, format.throttled && !this.#refresh, !format.throttled)
    this.#source = {
      load: (header, now) => this.#load(header, now),
      begin: (now) => this.#begin(now),
      encodeValue: format.encodeValue,
      permanentKey: format.permanentKey,
      writable: true,
    }
  }

  open(request: SessionRequest): Session<Data> {
    return new Session<Data>(this.#source, request.cookie ?? undefined, this.#clock())
  }

  commit(): void {}

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  settle(session: Session<Data>): Settlement {
    const state = stateOf(session)
    if (state.settled) return UNTOUCHED
    const loaded = this.#wanted(state)
    state.settled = true
    if (loaded === null) return UNTOUCHED
    const changed = this.#noticeChanges(state, loaded.record)
    if (loaded.record.fields.size === 0) {
      return state.modified ? this.#remove(state) : state.accessed ? LOOKED_AT : UNTOUCHED
    }
    const { renewal } = loaded as Found
    if (
      !state.modified &&
      !this.#slides(state, loaded) &&
      !(renewal?.oldKey && this.#rules.renewOldKeys)
    ) {
      return state.accessed ? LOOKED_AT : UNTOUCHED
    }
    return this.#write(loaded, changed || state.modified)
  }

  /** What was loaded; loads now when every request counts and a cookie came. */
  #wanted(state: SessionState): Loaded | null {
    if (state.loaded !== null || !this.#refresh || state.cookie === undefined) return state.loaded
    state.loaded = this.#load(state.cookie, state.now)
    return state.loaded
  }

  /** Whether values were changed inside. They ride along with any save, also where they cause none. */
  #noticeChanges(state: SessionState, record: SessionRecord): boolean {
    const changed = changedInside(state)
    for (const key of changed) record.sources?.delete(key)
    if (changed.length > 0 && this.#rules.nestedChanges) state.modified = true
    return changed.length > 0
  }

  /** Whether this request's activity must be written down. Flask renews permanent sessions only. */
  #slides(state: SessionState, loaded: Loaded): boolean {
    if (loaded.isNew) return false
    const { record } = loaded
    if (!this.#format.throttled) return this.#refresh && permanentOf(record, this.#source)
    return (state.accessed || this.#refresh) && isSlideDue(record, this.#limits, state.now)
  }

  #write(loaded: Loaded, changed: boolean): Settlement {
    const now = this.#clock()
    const { record } = loaded
    const { renewal } = loaded as Found
    const second = Math.floor(now)
    if (!this.#absolute) record.createdAt = second
    if (changed) this.#check(record)
    const value =
      changed || !renewal
        ? this.#format.encode(record, second)
        : this.#format.renew(renewal, record, second)
    const longest = this.#format.throttled ? undefined : Number.POSITIVE_INFINITY
    const expires = permanentOf(record, this.#source)
      ? expiryOf(record.createdAt, this.#limits, now, longest)
      : null
    const setCookie = this.#cookie.write(value, expires)
    this.#measure(value, setCookie)
    if (loaded.isNew) this.#events.emit('created', { now: second })
    return { setCookie, vary: true, noStore: this.#rules.noStore }
  }

  #remove(state: SessionState): Settlement {
    if (state.destroyed) {
      this.#events.emit('ended', {
        now: Math.floor(state.now),
        reason: 'logout',
        at: Math.floor(state.now),
      })
    }
    return { setCookie: this.#cookie.remove(), vary: true, noStore: this.#rules.noStore }
  }

  #check(record: SessionRecord): void {
    const checked = this.#schema && validate(this.#schema, record.fields)
    if (checked && 'failed' in checked) {
      throw new SessionError(
        'invalid-data',
        `The session does not fit its schema at: ${checked.failed}. Set what the schema allows, or widen the schema.`,
      )
    }
  }

  #measure(value: string, line: string): void {
    const { maxCookieSize, oversize } = this.#rules
    const size = oversize === 'warn' ? line.length : this.#cookie.name.length + value.length
    if (maxCookieSize === 0 || size <= maxCookieSize) return
    const message = `The session's cookie has ${size} bytes and browsers drop it above ${maxCookieSize}. Keep less in the session, or keep it in a store.`
    if (oversize === 'throw') throw new SessionError('cookie-too-large', message)
    runtime.warn(message)
  }

  #load(header: string | undefined, now: number): Found {
    const cookie = header === undefined ? undefined : this.#cookie.read(header)
    if (!cookie) return this.#fresh(now, null)
    if (cookie.length > this.#format.longest) return this.#refused(now, 'malformed', 'too-long')
    const opened = this.#format.open(cookie)
    if (isRefusal(opened)) return this.#refused(now, opened.reason, opened.detail)
    const { seenAt } = opened
    // The age first, so that a cookie past its time is never decoded.
    const early = judge({ createdAt: seenAt, seenAt }, this.#limits, now)
    if (!early.live) return this.#over(now, early.because ?? 'idle', early.endsAt)
    const record = this.#format.decode(opened)
    if (isRefusal(record)) return this.#refused(now, record.reason, record.detail)
    const judgement = record.createdAt === seenAt ? early : judge(record, this.#limits, now)
    if (!judgement.live) return this.#over(now, judgement.because ?? 'idle', judgement.endsAt)
    return this.#checked(record, opened, now)
  }

  #checked(record: SessionRecord, renewal: Opened, now: number): Found {
    const checked = this.#schema && validate(this.#schema, record.fields)
    if (checked && 'failed' in checked) return this.#refused(now, 'invalid', checked.failed)
    if (checked) record.fields = new Map(Object.entries(checked.value))
    return { record, isNew: false, ended: null, limits: this.#limits, renewal }
  }

  #over(now: number, because: EndReason, at: number | null): Found {
    this.#events.emit('ended', { now: Math.floor(now), reason: because, at })
    return this.#fresh(now, {
      reason: because,
      at,
      detail: because === 'future' ? 'future' : 'expired',
    })
  }

  #refused(now: number, reason: EndReason, detail: string): Found {
    this.#events.emit('rejected', { now: Math.floor(now), reason, detail })
    return this.#fresh(now, { reason, at: null, detail })
  }

  #fresh(now: number, ended: Ended | null): Found {
    return { record: this.#begin(now), isNew: true, ended, limits: this.#limits, renewal: null }
  }

  #begin(now: number): SessionRecord {
    const second = Math.floor(now)
    return {
      id: this.#format.carriesId ? runtime.random(ID_BYTES) : null,
      createdAt: second,
      seenAt: second,
      permanent: this.#permanent,
      fields: new Map(),
      sources: null,
    }
  }
}

/** What was loaded, with the cookie that it can be signed anew from. */
interface Found extends Loaded {
  readonly renewal: Opened | null
}

const ID_BYTES = 16

/** The defaults of what Flask does otherwise. */
const RULES = {
  nestedChanges: true,
  renewOldKeys: true,
  noStore: true,
  maxCookieSize: 4096,
  oversize: 'throw' as 'throw' | 'warn',
}

const defined = (options: Partial<typeof RULES>): Partial<typeof RULES> =>
  Object.fromEntries(
    Object.keys(RULES)
      .map((name) => [name, options[name as keyof typeof RULES]] as const)
      .filter(([, value]) => value !== undefined),
  )
