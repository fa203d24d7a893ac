// From a Cookie header to a session's record: verified, judged, decoded, checked.
import { runtime } from '#runtime'
import type { Cookie } from './cookie.ts'
import type { Events } from './events.ts'
import { judge, type Limit } from './lifetime.ts'
import type { Policy } from './policy.ts'
import type { Ended, EndReason, SessionRecord } from './record.ts'
import { type StandardSchema, validate } from './schema.ts'
import type { Loaded, SessionSource } from './session-state.ts'
import { type CookieFormat, isRefusal, type Opened } from './token.ts'

/** What was loaded, with the cookie that it can be signed anew from. */
export interface Found extends Loaded {
  readonly renewal: Opened | null
}

const ID_BYTES = 16

/** What opening needs, made once with the manager. */
export interface OpenerParts {
  readonly format: CookieFormat
  readonly cookie: Cookie
  readonly policy: Policy
  readonly schema: StandardSchema | undefined
  readonly events: Events
}

/** Finds a request's session. Whatever is wrong with a cookie gives a fresh one with the reason. */
export class Opener implements SessionSource {
  readonly writable = true
  readonly permanentKey: string | null
  readonly encodeValue: (value: unknown) => string
  readonly #parts: OpenerParts

  constructor(parts: OpenerParts) {
    this.#parts = parts
    this.permanentKey = parts.format.permanentKey
    this.encodeValue = parts.format.encodeValue
  }

  load(header: string | undefined, now: number): Found {
    const cookie = header === undefined ? undefined : this.#parts.cookie.read(header)
    if (!cookie) return this.#fresh(now, null)
    if (cookie.length > this.#parts.format.longest)
      return this.#refused(now, 'malformed', 'too-long')
    const opened = this.#parts.format.open(cookie)
    if (isRefusal(opened)) return this.#refused(now, opened.reason, opened.detail)
    const { seenAt } = opened
    // The age first, so that a cookie past its time is never decoded.
    const { policy } = this.#parts
    const early = judge({ createdAt: seenAt, seenAt }, policy.early, now)
    if (!early.live) return this.#over(now, early.because ?? 'idle', early.endsAt)
    const record = this.#parts.format.decode(opened)
    if (isRefusal(record)) return this.#refused(now, record.reason, record.detail)
    const limits = policy.limitsOf(record.fields)
    const same = record.createdAt === seenAt && limits === policy.early
    const judgement = same ? early : judge(record, limits, now)
    if (!judgement.live) return this.#over(now, judgement.because ?? 'idle', judgement.endsAt)
    return this.#checked(record, opened, now)
  }

  #checked(record: SessionRecord, renewal: Opened, now: number): Found {
    const checked = this.#parts.schema && validate(this.#parts.schema, record.fields)
    if (checked && 'failed' in checked) return this.#refused(now, 'invalid', checked.failed)
    if (checked) take(record, checked.value)
    return { record, isNew: false, ended: null, renewal }
  }

  #over(now: number, because: EndReason, at: number | null): Found {
    this.#parts.events.emit('ended', { now: Math.floor(now), reason: because, at })
    return this.#fresh(now, {
      reason: because,
      at,
      detail: because === 'future' ? 'future' : 'expired',
    })
  }

  #refused(now: number, reason: EndReason, detail: string): Found {
    this.#parts.events.emit('rejected', { now: Math.floor(now), reason, detail })
    return this.#fresh(now, { reason, at: null, detail })
  }

  #fresh(now: number, ended: Ended | null): Found {
    return { record: this.begin(now), isNew: true, ended, renewal: null }
  }

  limitsOf({ fields }: SessionRecord): readonly Limit[] {
    return this.#parts.policy.limitsOf(fields)
  }

  begin(now: number): SessionRecord {
    const second = Math.floor(now)
    return {
      id: this.#parts.format.carriesId ? runtime.random(ID_BYTES) : null,
      createdAt: second,
      seenAt: second,
      permanent: this.#parts.policy.permanent,
      fields: new Map(),
      sources: null,
    }
  }
}

/** Takes what a schema made of the data; what it left alone is still passed on to the letter. */
function take({ fields, sources }: SessionRecord, checked: object): void {
  const values = new Map<string, unknown>(Object.entries(checked))
  for (const key of fields.keys()) if (!values.has(key)) fields.delete(key)
  for (const [key, value] of values) {
    if (fields.get(key) === value) continue
    sources?.delete(key)
    fields.set(key, value)
  }
}
