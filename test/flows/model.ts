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
  own: Limits & { from: number }
  signed: Limits
  data: Map<string, Value>
}
export type Act =
  | { readonly name: 'look' | 'ignore' | 'logout' | 'permanent' | 'unlock' }
  | { readonly name: 'set'; readonly key: string; readonly value: unknown; readonly own: Limits }
  | { readonly name: 'limit'; readonly own: Limits }
  | { readonly name: 'authenticate'; readonly subject: string }

export const NONE: Limits = { idle: 0, absolute: 0 }
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
    const over = came ? this.#expire(came) : 0
    const [idleEnd, absoluteEnd] = came ? this.#ends(came) : [now, now]
    const isDead = now > (this.policy.lock ? absoluteEnd : Math.min(idleEnd, absoluteEnd))
    let session = came && !isDead ? came : this.#begin(came)
    let isNew = session !== came
    let locked = !isNew && now > idleEnd
    const due = isNew ? session.data.size > 0 : over > 0
    const found = {
      ended: isDead
        ? now > idleEnd && idleEnd <= absoluteEnd && !this.policy.lock
          ? 'idle'
          : 'absolute'
        : over > 0
          ? 'field'
          : null,
      locked,
      subject: session.subject,
      data: locked
        ? {}
        : Object.fromEntries([...session.data].map(([key, { value }]) => [key, value])),
      endsAt: isNew ? null : locked ? absoluteEnd : Math.min(idleEnd, absoluteEnd),
      isFresh: !locked && session.provenAt > 0 && now - session.provenAt <= 100,
    }
    const slides = !isNew && !locked && this.#slides(session, act.name !== 'ignore')
    let [modified, isDeed, isLogout] = [true, false, false]
    if (act.name === 'set' && !locked) this.#set(session, act.key, act.value, act.own)
    else if (act.name === 'permanent' && !locked) {
      session.permanent = true
      this.#set(session, 'name', 'ann', NONE)
    } else if (act.name === 'limit') session.own = shorter(session.own, { ...act.own, from: now })
    else if (act.name === 'unlock' && !isNew) {
      session.provenAt = now
      ;[isDeed, locked] = [true, false]
    } else if (act.name === 'logout') {
      session = this.#begin(session)
      ;[isNew, isLogout, locked] = [true, true, false]
    } else if (act.name === 'authenticate') {
      if (session.subject === null ? locked : session.subject !== act.subject) {
        session = this.#begin(session)
        ;[isNew, isLogout] = [true, true]
      }
      session.own.from = now
      Object.assign(session, { subject: act.subject, start: now, provenAt: now })
      ;[isDeed, locked] = [true, false]
    } else modified = false
    if (session.data.size === 0 && session.subject === null) {
      if (modified) this.cookie = null
    } else if (modified || slides || (due && act.name !== 'ignore')) {
      const isActivity = isUser || isLogout
      if (isActivity || !(isNew || isDeed))
        this.#sign(session, isActivity && !locked ? now : session.seen)
    }
    return found
  }

  /** The application's limits: by role, and as far as granted. */
  #base({ data, permanent }: Session): Limits {
    const role = data.get('role')?.value === 'admin' ? this.policy.admin : this.policy.user
    const longer = (clock: keyof Limits) =>
      role[clock] && Math.max(role[clock], permanent ? this.policy.grant[clock] : 0)
    return { idle: longer('idle'), absolute: longer('absolute') }
  }

  /** What sliding may leave unwritten, so that an idle limit is longer by it. */
  #slack = (idle: number) => (this.flask ? 0 : Math.max(0, Math.min(60, Math.floor(idle / 10)) - 1))

  #ends(session: Session): [idle: number, absolute: number] {
    const { start, seen, own, signed } = session
    const { idle, absolute } = this.#base(session)
    return [
      seen +
        least(
          idle && idle + this.#slack(idle),
          signed.idle,
          own.idle && own.idle + this.#slack(own.idle),
        ),
      Math.min(start + least(absolute, signed.absolute), own.from + least(own.absolute)),
    ]
  }

  #slides(session: Session, isLook: boolean): boolean {
    if (this.flask) return session.permanent
    const { idle, absolute } = this.#base(session)
    const isLate = [idle, session.own.idle].some(
      (limit) => limit > 0 && this.now - session.seen > this.#slack(limit),
    )
    const { signed } = session
    const isOutdated =
      signed.absolute !== absolute || signed.idle !== (idle && idle + this.#slack(idle))
    return isLook && (isLate || isOutdated)
  }

  /** What a value may live for: what it was set under, or what is configured, if that is shorter. */
  #limitsOf(key: string, set: Limits): Limits {
    const { idle, absolute } = (this.policy.fields as Record<string, Limits>)[key] ?? NONE
    return shortest({ idle: idle && idle + this.#slack(idle), absolute }, set)
  }

  #expire(session: Session): number {
    const over = [...session.data].filter(([key, value]) => {
      const { idle, absolute } = this.#limitsOf(key, value)
      const from = value.from ?? session.start
      return this.now > Math.min(session.seen + least(idle), from + least(absolute))
    })
    for (const [key] of over) session.data.delete(key)
    return over.length
  }

  #set(session: Session, key: string, value: unknown, { idle, absolute }: Limits): void {
    const own = { idle: idle && idle + this.#slack(idle), absolute }
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
    const fresh = { permanent: false, subject: null, provenAt: 0, signed: NONE }
    return {
      ...fresh,
      start: this.now,
      seen: this.now,
      own: { ...NONE, from: 0 },
      data: new Map(kept),
    }
  }

  #sign(session: Session, seen: number): void {
    const { idle, absolute } = this.#base(session)
    const signed = this.flask ? NONE : { idle: idle && idle + this.#slack(idle), absolute }
    this.cookie = { ...session, seen, signed }
    for (const [key, value] of session.data) {
      const limits = this.#limitsOf(key, value)
      const isHeld = value.absolute > 0 || (value.idle > 0 && limits.absolute === 0)
      const held = isHeld ? value : { ...value, ...limits }
      const from = held.absolute > 0 ? (value.from ?? session.start) : null
      session.data.set(key, { ...held, from })
    }
  }
}

/** The shorter of each. */
function shortest(one: Limits, other: Limits): Limits {
  const [idle, absolute] = [least(one.idle, other.idle), least(one.absolute, other.absolute)]
  return { idle: idle === Infinity ? 0 : idle, absolute: absolute === Infinity ? 0 : absolute }
}

/** Of two limits of a session's own the shorter idle one, and what ends earlier. */
function shorter(one: Session['own'], other: Session['own']): Session['own'] {
  const ends = ({ from, absolute }: Session['own']) => from + least(absolute)
  return {
    ...(ends(one) <= ends(other) && one.absolute > 0 ? one : other),
    idle: shortest(one, other).idle,
  }
}
