// What a session is: the model that the real one is held against, small enough to check by eye.
// Everything is in seconds; a limit of 0 is none.

export interface Limits {
  readonly idle: number
  readonly absolute: number
}
export interface Policy {
  /** By the value under `role`; `user` where it is another. */
  readonly user: Limits
  readonly admin: Limits
  /** What a permanent session is lengthened to. */
  readonly grant: Limits
  readonly fields: { readonly otp: Limits; readonly cart: Limits }
  /** The fields that outlive their session. */
  readonly kept: readonly string[]
  readonly lock: boolean
}
interface Value extends Limits {
  readonly value: unknown
  /** When it was set; null counts from the session's start. */
  readonly from: number | null
}
interface Session {
  start: number
  seen: number
  permanent: boolean
  subject: string | null
  provenAt: number
  /** Whether anything was ever proven, so that its start is kept. */
  proven: boolean
  own: Limits & { from: number }
  signed: Limits & { lock: boolean }
  data: Map<string, Value>
}
export type Act =
  | { readonly name: 'look' | 'ignore' | 'logout' | 'permanent' | 'unlock' }
  | { readonly name: 'set'; readonly key: string; readonly value: unknown; readonly own: Limits }
  | { readonly name: 'limit'; readonly own: Limits }
  | { readonly name: 'authenticate'; readonly subject: string }

export const NONE: Limits = { idle: 0, absolute: 0 }
const UNSIGNED = { ...NONE, lock: false }
const isSigned = (session: Session | null) =>
  session !== null && session.signed.idle + session.signed.absolute > 0
const toEnd = (second: number) => (Number.isFinite(second) ? second : null)
const least = (...limits: number[]) => Math.min(...limits.map((limit) => limit || Infinity))

export class Model {
  now = 1_700_000_000
  /** What the browser's cookie holds. */
  cookie: Session | null = null
  policy: Policy
  readonly flask: boolean

  constructor(policy: Policy, flask: boolean) {
    this.policy = policy
    this.flask = flask
  }

  /** One request: what it finds, and what it leaves in the cookie. */
  visit(act: Act, isUser: boolean) {
    const { now } = this
    const came = structuredClone(this.cookie)
    const [idleEnd, absoluteEnd] = came ? this.#ends(came) : [now, now]
    // What idling ended stays ended, also where it locks by now.
    const isLock = this.policy.lock && (this.flask || !isSigned(came) || came?.signed.lock === true)
    const isDead = now > (isLock ? absoluteEnd : Math.min(idleEnd, absoluteEnd))
    const over = came && !isDead ? this.#expire(came) : 0
    let session = came && !isDead ? this.#pin(came) : this.#begin(came)
    let isNew = session !== came
    let locked = !isNew && now > idleEnd
    const due = isNew ? session.data.size > 0 : over > 0
    const found = {
      ended: isDead
        ? isLock || absoluteEnd < idleEnd
          ? 'absolute'
          : 'idle'
        : over > 0
          ? 'field'
          : null,
      locked,
      subject: session.subject,
      data: locked
        ? {}
        : Object.fromEntries([...session.data].map(([key, { value }]) => [key, value])),
      endsAt: isNew ? null : toEnd(locked ? absoluteEnd : Math.min(idleEnd, absoluteEnd)),
      isFresh: !locked && session.provenAt > 0 && now - session.provenAt <= 100,
    }
    const isLook = act.name !== 'ignore'
    const slides = !isNew && this.#slides(session, isLook)
    let [modified, isDeed, isLogout] = [true, false, false]
    if (act.name === 'set' && !locked) this.#set(session, act.key, act.value, act.own)
    else if (act.name === 'permanent' && !locked) {
      session.permanent = true
      this.#set(session, 'name', 'ann', NONE)
    } else if (act.name === 'limit' && !locked)
      session.own = shorter(session.own, { ...act.own, from: now })
    else if (act.name === 'unlock' && !isNew) {
      session.proven = true
      ;[isDeed, locked] = [true, false]
    } else if (act.name === 'logout') {
      session = this.#begin(session)
      ;[isNew, isLogout, locked] = [true, true, false]
    } else if (act.name === 'authenticate') {
      if (session.subject === null ? locked : session.subject !== act.subject) {
        session = this.#begin(session)
        isNew = true
      }
      session.own.from = now
      Object.assign(session, { subject: act.subject, start: now, provenAt: now, proven: true })
      ;[isDeed, locked] = [true, false]
    } else modified = false
    if (locked || !(modified || slides || (due && isLook))) return found
    if (!isUser && isLogout) session = this.#begin(session)
    else if (!isUser && (isNew || isDeed || !modified)) return found
    if (session.data.size === 0 && session.subject === null) this.cookie = null
    else this.#sign(session, isUser || isLogout ? now : session.seen, isUser)
    return found
  }

  /** The application's limits: by role, and as far as granted. */
  #base({ data, permanent }: Session): Limits {
    const role = data.get('role')?.value === 'admin' ? this.policy.admin : this.policy.user
    const longer = (clock: keyof Limits) =>
      role[clock] && Math.max(role[clock], permanent ? this.policy.grant[clock] : 0)
    return { idle: longer('idle'), absolute: longer('absolute') }
  }

  /** What sliding may leave unwritten. */
  #slack = (idle: number) => (this.flask ? 0 : Math.max(0, Math.min(60, Math.floor(idle / 10)) - 1))

  /** An idle limit is longer by it, so that nobody is cut off early. */
  #full = (idle: number) => idle && idle + this.#slack(idle)

  #ends(session: Session): [idle: number, absolute: number] {
    const { start, seen, own, signed } = session
    const { idle, absolute } = this.#base(session)
    return [
      Math.min(
        seen + least(this.#full(idle), signed.idle),
        Math.max(seen, own.from) + least(this.#full(own.idle)),
      ),
      Math.min(start + least(absolute, signed.absolute), own.from + least(own.absolute)),
    ]
  }

  #slides(session: Session, isLook: boolean): boolean {
    if (this.flask) return session.permanent
    const { idle, absolute } = this.#base(session)
    const values = [...session.data].map(([key, value]) => this.#limitsOf(key, value).idle)
    const isLate = [idle, session.own.idle, ...values].some(
      (limit) => limit > 0 && this.now - session.seen > this.#slack(limit),
    )
    const { signed } = session
    const isSame = signed.absolute === absolute && signed.idle === this.#full(idle)
    const isOutdated = isSigned(session) && (!isSame || signed.lock !== this.policy.lock)
    return isLook && (isLate || isOutdated)
  }

  /** What a value may live for: what it was set under, or what is configured, if that is shorter. */
  #limitsOf(key: string, set: Limits): Limits {
    return shortest((this.policy.fields as Record<string, Limits>)[key] ?? NONE, set)
  }

  #expire(session: Session): number {
    const over = [...session.data].filter(([key, value]) => {
      const { idle, absolute } = this.#limitsOf(key, value)
      const from = value.from ?? session.start
      const idleEnd = Math.max(session.seen, from) + least(this.#full(idle))
      return this.now > Math.min(idleEnd, from + least(absolute))
    })
    for (const [key] of over) session.data.delete(key)
    return over.length
  }

  /** A value from before its key had a limit counts from the session's start. */
  #pin(session: Session): Session {
    for (const [key, value] of session.data) {
      const limits = this.#limitsOf(key, value)
      const isHeld = value.absolute > 0 || (value.idle > 0 && limits.absolute === 0)
      if (!isHeld) session.data.set(key, { ...value, ...limits, from: value.from ?? session.start })
    }
    return session
  }

  #set(session: Session, key: string, value: unknown, own: Limits): void {
    session.data.set(key, { value, from: this.now, ...this.#limitsOf(key, own) })
  }

  /** A new session, with what outlives the one before. */
  #begin(before: Session | null): Session {
    if (before) this.#expire(before)
    const kept = [...(before?.data ?? [])]
      .filter(([key]) => this.policy.kept.includes(key))
      .map(([key, value]): [string, Value] => [
        key,
        { ...value, from: value.from ?? before?.start ?? null, ...this.#limitsOf(key, value) },
      ])
    const fresh = { permanent: false, subject: null, provenAt: 0, proven: false, signed: UNSIGNED }
    return {
      ...fresh,
      start: this.now,
      seen: this.now,
      own: { ...NONE, from: 0 },
      data: new Map(kept),
    }
  }

  /** What is not the user's activity keeps what the cookie was signed under, where that is stricter. */
  #sign(session: Session, seen: number, isUser: boolean): void {
    const { idle, absolute } = this.#base(session)
    const now = { idle: this.#full(idle), absolute, lock: this.policy.lock }
    const { signed } = session
    const lock = now.lock && signed.lock
    const under = !isUser && isSigned(session) ? { ...shortest(signed, now), lock } : now
    const isBound = !this.flask && under.idle + under.absolute > 0
    // One lifetime for all, without an absolute limit, needs no start.
    const { user, admin } = this.policy
    const isKept = user !== admin || user.absolute > 0 || session.proven
    const start = isKept ? session.start : seen
    this.cookie = { ...session, seen, start, signed: isBound ? under : UNSIGNED }
    // Only an absolute limit needs to know when, and what came after the last activity.
    for (const [key, value] of session.data) {
      const isNeeded = value.absolute > 0 || (value.idle > 0 && (value.from ?? 0) > seen)
      session.data.set(key, { ...value, from: isNeeded ? value.from : null })
    }
  }
}

/** The shorter of each. */
function shortest(one: Limits, other: Limits): Limits {
  const [idle, absolute] = [least(one.idle, other.idle), least(one.absolute, other.absolute)]
  return { idle: idle === Infinity ? 0 : idle, absolute: absolute === Infinity ? 0 : absolute }
}

/** Of two limits of a session's own the shorter ones, and the earlier end. */
function shorter(one: Session['own'], other: Session['own']): Session['own'] {
  const limits = shortest(one, other)
  const ends = [one, other].filter(({ absolute }) => absolute > 0)
  const end = Math.min(...ends.map(({ from, absolute }) => from + absolute))
  return { ...limits, from: ends.length === 0 ? other.from : end - limits.absolute }
}
