// A mapping of Flask-Session as a stored session, and back. What Flask has no place for rides in one text
// under a key of its own, which Flask passes on.
import { LAST_SECOND } from '../../core/judgement.ts'
import type { Patch, StoredSession } from '../../core/store.ts'
import type { Mapping, Serialization } from './flask-mapping.ts'

const PERMANENT = '_permanent'
const BESIDE = '_sojourn'
/** The store's key that says so (`core/stored.ts`). */
const OWN_PERMANENT = '@e'
const CLOCK = /^~\d{1,15},\d{1,15},\d{1,15};/
const THROTTLE = { share: 10, most: 60 }

/** What Flask has no place for. */
interface Beside {
  /** The start of the absolute clock. */
  c?: number
  subject?: string
  /** The library's own texts, by key. */
  own?: Record<string, string>
  /** The clocks of fields, by key. */
  clocks?: Record<string, string>
}

const ownKey = (name: string): boolean => name.startsWith('@') && !name.startsWith('@@')
const toKey = (name: string): string => (name.startsWith('@@') ? name.slice(1) : name)
const toName = (key: string): string => (key.startsWith('@') ? `@${key}` : key)

function besideOf(mapping: Mapping, { values }: Serialization): Beside {
  const text = mapping.get(BESIDE)
  const read = text === undefined ? undefined : values.decode(text)
  try {
    const beside: unknown = typeof read === 'string' ? JSON.parse(read) : null
    return typeof beside === 'object' && beside !== null ? (beside as Beside) : {}
  } catch {
    return {}
  }
}

export interface Lived {
  readonly mapping: Mapping
  /** Seconds that Redis still keeps it. */
  readonly ttl: number
}

export function toStored(
  id: string,
  { mapping, ttl }: Lived,
  now: number,
  lifetime: number,
  serialization: Serialization,
): StoredSession {
  const beside = besideOf(mapping, serialization)
  const seenAt = now - Math.max(0, lifetime - Math.max(0, ttl))
  const fields = new Map<string, string>()
  for (const [key, text] of mapping) {
    if (key === PERMANENT || key === BESIDE || key.startsWith('\0')) continue
    fields.set(toName(key), (beside.clocks?.[key] ?? '') + text)
  }
  for (const [name, text] of Object.entries(beside.own ?? {})) fields.set(name, text)
  const permanent = mapping.get(PERMANENT)
  if (permanent !== undefined && serialization.values.decode(permanent) === true) {
    fields.set(OWN_PERMANENT, '1')
  }
  return {
    id,
    subject: beside.subject ?? null,
    createdAt: Math.min(Number(beside.c) || seenAt, seenAt),
    seenAt,
    idle: lifetime,
    endsAt: LAST_SECOND,
    throttle: Math.min(THROTTLE.most, Math.floor(lifetime / THROTTLE.share)),
    checkAt: 0,
    fields,
  }
}

/** A mapping with a patch applied; all else stays to the letter. */
export function changed(
  before: Mapping,
  { set, deleted }: Pick<Patch, 'set' | 'deleted'>,
  serialization: Serialization,
  begins?: Pick<StoredSession, 'createdAt' | 'subject'>,
): Mapping {
  const mapping = new Map(before)
  const { values } = serialization
  const beside = structuredClone(besideOf(mapping, serialization))
  if (begins) {
    beside.c = begins.createdAt
    if (begins.subject === null) delete beside.subject
    else beside.subject = begins.subject
  }
  for (const name of deleted) {
    if (ownKey(name)) delete beside.own?.[name]
    else mapping.delete(toKey(name))
    delete beside.clocks?.[toKey(name)]
    if (name === OWN_PERMANENT) mapping.set(PERMANENT, values.encode(false, PERMANENT))
  }
  for (const [name, text] of set) {
    if (name === OWN_PERMANENT) mapping.set(PERMANENT, values.encode(true, PERMANENT))
    else if (ownKey(name)) beside.own = { ...beside.own, [name]: text }
    else {
      const [clock = ''] = CLOCK.exec(text) ?? []
      mapping.set(toKey(name), text.slice(clock.length))
      if (clock === '') delete beside.clocks?.[toKey(name)]
      else beside.clocks = { ...beside.clocks, [toKey(name)]: clock }
    }
  }
  mapping.set(BESIDE, values.encode(JSON.stringify(beside), BESIDE))
  return mapping
}
