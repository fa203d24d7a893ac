// itsdangerous' container around a session: `payload.timestamp.signature`. Flask's cookie is one.

import { runtime } from '#runtime'
import { deflate, inflate } from '#zlib'
import { SessionError } from '../core/errors.ts'
import { isStart } from '../core/judgement.ts'
import { isPlain } from '../core/plain.ts'
import type { SessionRecord } from '../core/record.ts'
import { Signer, type SignerOptions } from '../core/signer.ts'
import { readTerms, TERM_KEYS, writeTerms } from '../core/terms.ts'
import type { CookieFormat, Opened, Refusal, SecretKeys } from '../core/token.ts'
import { floatsOf, markFloats } from './floats.ts'
import { TaggedJson } from './tagged-json.ts'
import type { Tag } from './tags.ts'
import { readTimestamp, writeTimestamp } from './timestamp.ts'
import { Markup } from './values.ts'

/** When the payload is written deflated. Reading takes both, whatever was written. */
export type Compress = 'large' | 'flask' | 'never'

export interface ContainerOptions extends SignerOptions {
  readonly name: string
  readonly throttled: boolean
  readonly tags: readonly Tag[]
  readonly compress: Compress
}

/** The key under which our own metadata ride in the data: `{"c": createdAt}` and the session's terms. Absent when not needed. */
export const RESERVED_KEY = '_sojourn'

/** What stood under the reserved key; members that we do not know are passed on. */
interface Metadata {
  readonly createdAt: number | null
  readonly value: unknown
}

const LONGEST = 16_384
const MOST_INFLATED = 262_144
const LARGE = 1024
/** The last second of the year 9999, where Python's calendar ends. */
const LAST_SECOND = 253_402_300_799
const COMPRESSIONS: readonly unknown[] = ['large', 'flask', 'never']

const refusal = (reason: Refusal['reason'], detail: string): Refusal =>
  Object.freeze({ reason, detail })
const NO_SEPARATOR = refusal('malformed', 'no-separator')
const BAD_SIGNATURE = refusal('tampered', 'bad-signature')
const TIMESTAMP_MISSING = refusal('malformed', 'timestamp-missing')
const TIMESTAMP_MALFORMED = refusal('malformed', 'timestamp-malformed')
const TIMESTAMP_OUT_OF_RANGE = refusal('malformed', 'timestamp-out-of-range')
const BAD_PAYLOAD = refusal('unreadable', 'bad-payload')
const NOT_A_SESSION = refusal('unreadable', 'not-a-session')
const BAD_TERMS = refusal('unreadable', 'bad-terms')

const metadataOf = new WeakMap<SessionRecord, Metadata>()

export class Container implements CookieFormat {
  readonly name: string
  readonly longest = LONGEST
  readonly permanentKey = '_permanent'
  readonly carriesId = false
  readonly throttled: boolean
  readonly #signer: Signer
  readonly #json: TaggedJson
  readonly #compress: Compress
  #second = -1
  #timestamp = ''

  /** @throws SessionError `bad-option` for options that would not work. */
  constructor(keys: SecretKeys, options: ContainerOptions) {
    if (!COMPRESSIONS.includes(options.compress)) {
      throw new SessionError('bad-option', "compress must be one of 'large', 'flask', 'never'.")
    }
    this.name = options.name
    this.throttled = options.throttled
    this.#signer = new Signer(keys, options)
    this.#json = new TaggedJson(options.tags)
    this.#compress = options.compress
  }

  /** Flask's order of checks: the signature, then the time; the data come after the age. */
  open(cookie: string): Opened | Refusal {
    const end = cookie.lastIndexOf('.')
    if (end === -1) return NO_SEPARATOR
    const signed = cookie.slice(0, end)
    const signature = this.#signer.verify(signed, cookie.slice(end + 1))
    if (signature === 'bad') return BAD_SIGNATURE
    const middle = signed.lastIndexOf('.')
    if (middle === -1) return TIMESTAMP_MISSING
    const seenAt = readTimestamp(signed.slice(middle + 1))
    if (seenAt === null) return TIMESTAMP_MALFORMED
    if (seenAt > LAST_SECOND) return TIMESTAMP_OUT_OF_RANGE
    return { seenAt, oldKey: signature === 'old', payload: signed.slice(0, middle) }
  }

  decode(opened: Opened): SessionRecord | Refusal {
    const text = unpack(opened.payload as string)
    const read = text === null ? null : this.#json.read(text)
    if (read === null) return BAD_PAYLOAD
    if (isPlain(read.value)) return toRecord(opened, read.value, read.sources)
    return isEmpty(read.value) ? toRecord(opened, {}, null) : NOT_A_SESSION
  }

  encode(record: SessionRecord, now: number): string {
    if (record.fields.has(RESERVED_KEY)) {
      throw new SessionError('not-serializable', `session.${RESERVED_KEY} is Sojourn's own key.`)
    }
    const metadata = this.#metadata(record, now)
    return this.#sign(
      this.#pack(this.#json.writeFields(record.fields, record.sources, metadata)),
      now,
    )
  }

  renew(opened: Opened, record: SessionRecord, now: number): string {
    const { createdAt } = metadataOf.get(record) ?? NO_METADATA
    const fits = record.createdAt === (createdAt ?? now)
    return fits ? this.#sign(opened.payload as string, now) : this.encode(record, now)
  }

  /** A property, since it is handed on without its object. */
  readonly encodeValue = (value: unknown): string => this.#json.write(value)

  #metadata(record: SessionRecord, now: number): [key: string, text: string] | null {
    const { value } = metadataOf.get(record) ?? NO_METADATA
    const start = record.createdAt === now ? null : record.createdAt
    const terms = writeTerms(record)
    if (value === undefined) {
      const own = { ...(start !== null && { c: start }), ...terms }
      if (start === null && terms === null) return null
      // A key of the application's might look like a tag; the bare bounds hold none.
      const isBare = terms === null || (terms.u !== undefined && Object.keys(terms).length === 1)
      return [RESERVED_KEY, isBare ? JSON.stringify(own) : this.#json.write(own)]
    }
    if (!isPlain(value) && start === null && terms === null) {
      return [RESERVED_KEY, this.#json.write(value)]
    }
    const members = new Map(isPlain(value) ? Object.entries(value) : [])
    for (const key of OURS) members.delete(key)
    if (isPlain(value)) markFloats(members, floatsOf(value))
    if (start !== null) members.set('c', start)
    for (const [key, member] of Object.entries(terms ?? {})) members.set(key, member)
    return members.size > 0 ? [RESERVED_KEY, this.#json.writeFields(members, null, null)] : null
  }

  #pack(json: string): string {
    if (this.#compress === 'never' || (this.#compress === 'large' && json.length < LARGE)) {
      return runtime.encode(json)
    }
    const bytes = runtime.utf8(json)
    const stream = deflate(bytes)
    // Flask's rule: saving a single byte does not count.
    return stream.length < bytes.length - 1
      ? `.${runtime.encodeBytes(stream)}`
      : runtime.encodeBytes(bytes)
  }

  #sign(payload: string, now: number): string {
    if (now !== this.#second) {
      this.#timestamp = writeTimestamp(now)
      this.#second = now
    }
    const signed = `${payload}.${this.#timestamp}`
    return `${signed}.${this.#signer.sign(signed)}`
  }
}

const OURS = ['c', ...TERM_KEYS]
const NO_METADATA: Metadata = { createdAt: null, value: undefined }

/** The JSON text of a payload, or null. */
function unpack(payload: string): string | null {
  if (payload.charCodeAt(0) !== 0x2e) return runtime.decode(payload)
  const stream = runtime.decodeBytes(payload.slice(1))
  const bytes = stream && inflate(stream, MOST_INFLATED)
  return bytes && runtime.fromUtf8(bytes)
}

/** What Python takes for an empty session: `dict(value or ())` of whatever is empty but no number. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true
  if (value instanceof Markup) return value.text === ''
  return (Array.isArray(value) || value instanceof Uint8Array) && value.length === 0
}

function toRecord(
  opened: Opened,
  data: Record<string, unknown>,
  sources: Map<string, string> | null,
): SessionRecord | Refusal {
  const { seenAt } = opened
  const fields = new Map<string, unknown>()
  for (const key of Object.keys(data)) fields.set(key, data[key])
  markFloats(fields, floatsOf(data))
  const record: SessionRecord = {
    id: null,
    createdAt: seenAt,
    seenAt,
    permanent: false,
    fields,
    sources,
    terms: null,
  }
  return fields.has(RESERVED_KEY) && !takeMetadata(record) ? BAD_TERMS : record
}

/** Whether what stood under the reserved key can be ours, or is nobody's business. */
function takeMetadata(record: SessionRecord): boolean {
  const value = record.fields.get(RESERVED_KEY)
  record.fields.delete(RESERVED_KEY)
  record.sources?.delete(RESERVED_KEY)
  const start = isPlain(value) ? value.c : null
  const createdAt = isStart(start, record.seenAt) ? start : null
  if (createdAt !== null) record.createdAt = createdAt
  metadataOf.set(record, { createdAt, value })
  const terms = isPlain(value) ? readTerms(value, record.createdAt) : null
  record.terms = terms ?? null
  return terms !== undefined
}
