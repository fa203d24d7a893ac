// itsdangerous' container around a session: `payload.timestamp.signature`. Flask's cookie is one.

import { runtime } from '#runtime'
import { deflate, inflate } from '#zlib'
import { SessionError } from '../core/errors.ts'
import { isStart, LAST_SECOND } from '../core/judgement.ts'
import { isPlain } from '../core/plain.ts'
import type { SessionRecord } from '../core/record.ts'
import { Signer, type SignerOptions } from '../core/signer.ts'
import { readTerms, writeTerms } from '../core/terms.ts'
import type { CookieFormat, Opened, Refusal, SecretKeys } from '../core/token.ts'
import { floatsOf, markFloats } from './floats.ts'
import { quote } from './json-writer.ts'
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

/** The key under which the start and the terms of a session ride among its data, where it has any. */
export const RESERVED_KEY = '_sojourn'

const LONGEST = 16_384
const MOST_INFLATED = 262_144
const LARGE = 1024
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
    const terms = this.#terms(record, now)
    const isKept = terms === '' ? typeof record.origin !== 'string' : terms === record.origin
    return isKept ? this.#sign(opened.payload as string, now) : this.encode(record, now)
  }

  /** A property, since it is handed on without its object. */
  readonly encodeValue = (value: unknown): string => this.#json.write(value)

  /** Our own member as text; what another put there stays, unless we need the place. */
  #metadata(record: SessionRecord, now: number): [key: string, text: string] | null {
    const terms = this.#terms(record, now)
    if (terms !== '') return [RESERVED_KEY, quote(terms)]
    const { origin } = record
    const isForeign = origin !== null && typeof origin !== 'string'
    if (!isForeign) return null
    const { value, source } = origin as Foreign
    return [RESERVED_KEY, source ?? this.#json.write(value)]
  }

  /** The start is the time of the signature, until it is signed again: by Flask too, where we share. */
  #terms(record: SessionRecord, now: number): string {
    const isStated = record.createdAt !== now || (!this.throttled && counts(record.terms))
    return writeTerms(record, isStated ? record.createdAt : null)
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

/** Whether a value counts from the session's start. */
const counts = (terms: SessionRecord['terms']): boolean =>
  terms !== null && [...terms.clocks.values()].some(({ absolute }) => absolute > 0)

/** What stood under our key and is not ours. */
interface Foreign {
  readonly value: unknown
  /** The text that it was read from, where that must be kept. */
  readonly source: string | undefined
}

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
  { seenAt }: Opened,
  data: Record<string, unknown>,
  sources: Map<string, string> | null,
): SessionRecord | Refusal {
  const fields = new Map<string, unknown>()
  let isMarked = false
  for (const key of Object.keys(data)) {
    if (key === RESERVED_KEY) isMarked = true
    else fields.set(key, data[key])
  }
  markFloats(fields, floatsOf(data))
  const record: SessionRecord = {
    id: null,
    createdAt: seenAt,
    seenAt,
    permanent: false,
    fields,
    sources,
    changed: null,
    terms: null,
    origin: null,
  }
  if (!isMarked) return record
  const source = sources?.get(RESERVED_KEY)
  sources?.delete(RESERVED_KEY)
  return takeMetadata(record, data[RESERVED_KEY], source) ? record : BAD_TERMS
}

/** Whether what stood under the reserved key can be ours, or is nobody's business. */
function takeMetadata(record: SessionRecord, value: unknown, source: string | undefined): boolean {
  record.origin = typeof value === 'string' ? value : ({ value, source } satisfies Foreign)
  if (typeof value !== 'string') return true
  const read = readTerms(value, record.seenAt)
  if (read === null || !isStart(read.createdAt, record.seenAt)) return false
  record.createdAt = read.createdAt
  record.terms = read.terms
  return true
}
