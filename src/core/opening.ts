// From a record that was read to the session that a handler has: judged, checked, or begun anew.
import type { Activity, ActivitySource } from './activity.ts'
import type { Cookie } from './cookie.ts'
import { type Events, toTold } from './events.ts'
import { type Expired, type FieldPolicy, UNLIMITED } from './fields.ts'
import { type Judgement, judge } from './judgement.ts'
import type { Lifetime } from './lifetime.ts'
import type { Limits, Policy } from './policy.ts'
import type { Ended, EndReason, SessionRecord } from './record.ts'
import { write } from './record-fields.ts'
import type { SessionRequest } from './request.ts'
import { type StandardSchema, validate } from './schema.ts'
import { type Loaded, permanentOf, type SessionSource } from './session-state.ts'
import type { Opened } from './token.ts'

/** What was loaded, with the cookie that it can be signed anew from. */
export interface Found extends Loaded {
  readonly renewal: Opened | null
  /** The limits that it was judged by; null for a new session. */
  readonly limits: Limits | null
  /** The most seconds of activity that its fields let go unwritten. */
  readonly allowance: number
}

/** What opening needs, made once with the manager. */
export interface OpenerParts {
  /** One value as text: two values with the same text are the same. */
  readonly encodeValue: (value: unknown) => string
  /** The key among the data that holds `permanent`, or null where the record does. */
  readonly permanentKey: string | null
  readonly cookie: Cookie
  readonly policy: Policy
  readonly fields: FieldPolicy
  readonly schema: StandardSchema | undefined
  readonly events: Events
  readonly activity: (source: ActivitySource) => Activity
}

/** Finds a request's session. Whatever is wrong with a cookie gives a fresh one with the reason. */
export abstract class Opener implements SessionSource {
  readonly writable = true
  readonly permanentKey: string | null
  readonly encodeValue: (value: unknown) => string
  readonly #parts: OpenerParts

  constructor(parts: OpenerParts) {
    this.#parts = parts
    this.permanentKey = parts.permanentKey
    this.encodeValue = parts.encodeValue
  }

  abstract load(header: string | undefined, now: number): Found
  abstract newId(subject: string | null, before: string | null): string | null

  /** What a handler gets of a record that was read. */
  admit(record: SessionRecord, now: number, renewal: Opened | null): Found {
    const { fields } = this.#parts
    let limits = this.limitsOf(record)
    let judgement = judge(record, limits.all, now)
    const { expired, allowance } = judgement.live ? fields.settle(record, now) : UNLIMITED
    if (expired.length > 0) {
      // It must live with them and without: what is over may have been its role.
      const isLocked = judgement.locked
      limits = this.limitsOf(record)
      judgement = judge(record, limits.all, now)
      judgement = { ...judgement, locked: judgement.live && (judgement.locked || isLocked) }
    }
    if (!judgement.live) return this.over(now, judgement, record)
    const refused = takeSchema(record, this.#parts, now)
    if (refused) return this.refused(now, 'invalid', refused)
    const { locked } = judgement
    if (locked) this.#parts.events.tell('locked', now, toTold(record), {})
    const due = expired.length > 0
    const ended = due ? this.fieldsOver(now, record, expired) : null
    return { record, isNew: false, locked, ended, due, renewal, limits, allowance }
  }

  /** Tells of values that are over, and answers what a handler is told. */
  fieldsOver(now: number, record: SessionRecord, expired: readonly Expired[]): Ended {
    for (const { key, at } of expired) {
      const besides = { reason: 'field', at, field: key } as const
      this.#parts.events.tell('ended', now, toTold(record), besides)
    }
    const at = Math.max(...expired.map((each) => each.at))
    const keys = expired.map(({ key }) => key)
    return { ...endedOf('field', 'expired', now, at, record), fields: keys }
  }

  /** A fresh session after one that is over, with what outlives it. */
  over(now: number, { because, endsAt: at }: Judgement, record: SessionRecord | null): Found {
    const reason = because ?? 'idle'
    const told = record && toTold(record)
    this.#parts.events.tell('ended', now, told, { reason, at, field: null })
    const detail = reason === 'future' ? 'future' : 'expired'
    const before = reason === 'future' ? undefined : (record ?? undefined)
    return this.fresh(now, endedOf(reason, detail, now, at, record), before)
  }

  /** A fresh session for a cookie that was refused. */
  refused(now: number, reason: EndReason, detail: string): Found {
    this.#parts.events.tell('rejected', now, null, { reason, detail })
    return this.fresh(now, endedOf(reason, detail, now, null, null))
  }

  fresh(now: number, ended: Ended | null, before?: SessionRecord): Found {
    const record = this.begin(now, before)
    const due = record.fields.size > 0
    return {
      record,
      isNew: true,
      locked: false,
      ended,
      due,
      renewal: null,
      limits: null,
      allowance: 0,
    }
  }

  get keptKeys(): readonly string[] {
    return this.#parts.fields.keptKeys
  }

  limitsOf(record: SessionRecord): Limits {
    return this.#parts.policy.limitsOf(record, permanentOf(record, this.permanentKey))
  }

  activityOf(request: SessionRequest): Activity {
    return request.activity ?? this.#parts.activity(request)
  }

  fieldEnds(record: SessionRecord): readonly { readonly key: string; readonly endsAt: number }[] {
    return this.#parts.fields.ends(record)
  }

  started(record: SessionRecord, key: string, now: number, own?: Lifetime): void {
    this.#parts.fields.start(record, key, now, own)
  }

  begin(now: number, before?: SessionRecord): SessionRecord {
    const record = this.#create(now)
    if (before === undefined) return record
    this.#parts.fields.hand(before, record, now)
    // What outlives its session must still fit: nobody's old cookie is an error.
    const isUnfit = record.fields.size > 0 && takeSchema(record, this.#parts, now) !== null
    return isUnfit ? this.#create(now) : record
  }

  #create(now: number): SessionRecord {
    const second = Math.floor(now)
    return {
      id: this.newId(null, null),
      createdAt: second,
      seenAt: second,
      permanent: this.#parts.policy.permanent,
      fields: new Map(),
      sources: null,
      changed: null,
      terms: null,
      origin: null,
    }
  }
}

function endedOf(
  reason: EndReason,
  detail: string,
  now: number,
  at: number | null,
  record: SessionRecord | null,
): Ended {
  const ago = at === null ? null : Math.floor(now) - at
  return { reason, at, ago, subject: record?.terms?.subject ?? null, fields: [], detail }
}

/** Takes what the schema makes of the data; answers the keys that do not fit, or null. */
export function takeSchema(
  record: SessionRecord,
  { schema, fields }: Pick<OpenerParts, 'schema' | 'fields'>,
  now: number,
): string | null {
  const checked = schema && validate(schema, record.fields)
  if (!checked) return null
  if ('failed' in checked) return checked.failed
  for (const key of take(record, checked.value)) fields.start(record, key, now)
  return null
}

/** Takes what a schema made of the data, and answers the keys that it added. */
function take(record: SessionRecord, checked: object): string[] {
  const { fields } = record
  const values = new Map<string, unknown>(Object.entries(checked))
  const added = [...values.keys()].filter((key) => !fields.has(key))
  for (const key of fields.keys()) if (!values.has(key)) fields.delete(key)
  for (const [key, value] of values) {
    // What it left alone is still passed on to the letter.
    if (fields.get(key) !== value) write(record, key, value)
  }
  return added
}
