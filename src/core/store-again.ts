// What a request did to its session, once more: on the session as others have left it meanwhile, or as a
// session of its own where that one is over.
import { strictestOwn } from './judgement.ts'
import { takeSchema } from './opening.ts'
import type { Ended, OwnBounds, SessionRecord } from './record.ts'
import { remove, write } from './record-fields.ts'
import { changedInside, type SessionState } from './session-state.ts'
import { restate } from './settling.ts'
import type { Patch, StoredSession } from './store.ts'
import type { StoredFound, StoreParts } from './store-opening.ts'
import { planOf, type StorePlan } from './store-plan.ts'
import { OWN, ownTexts, storedKey, toRecord, valueText, withClock } from './stored.ts'
import { NO_TERMS, withTerms } from './terms.ts'

/** The plan for a session as it stands now; null where that cannot be read, or does not fit. */
export function planAgain(
  { request, isLogin }: StorePlan,
  stored: StoredSession,
  parts: StoreParts,
): StorePlan | null {
  const { state, loaded, second, seenAt } = request
  const record = toRecord(stored, loaded.cookieId, parts.values, second)
  if (record === null || takeSchema(record, parts, second) !== null) return null
  const { expired } = parts.fields.settle(record, second)
  const keys = expired.map(({ key }) => key)
  record.changed = new Set(keys)
  applyValues(record, loaded, state)
  applyOwn(record, loaded, state.saidPermanent, isLogin)
  const limits = parts.policy.limitsOf(record, record.permanent)
  restate(record, limits.bounds, seenAt !== null)
  const ended = keys.length === 0 ? null : overNow(keys)
  return planOf({ ...request, loaded: { ...loaded, record, stored, limits, ended } }, parts)
}

/** The plan of a request in a session that another one has begun meanwhile, in its place. */
export function planJoined(
  plan: StorePlan,
  stored: StoredSession,
  parts: StoreParts,
): StorePlan | null {
  const { loaded } = plan.request
  const record = { ...loaded.record, createdAt: stored.createdAt }
  // What was handed on to both is what this request started from.
  const fields = keptPatch(stored, parts)?.set ?? new Map<string, string>()
  const from = { stored: { ...stored, fields }, outlived: null, cookieId: record.id }
  const joined = { ...loaded, ...from, record, isNew: false }
  return planAgain({ ...plan, request: { ...plan.request, loaded: joined } }, stored, parts)
}

/** The plan of a request whose id is renewed, without that. */
export function withoutRenewal(plan: StorePlan): StorePlan {
  const { request } = plan
  const state = { ...request.state, deeds: null }
  const { record, cookieId } = request.loaded
  const loaded = { ...request.loaded, record: { ...record, id: cookieId } }
  const own = { ...request, state, loaded, isTimed: false }
  return { ...plan, request: own, state, loaded, create: null, isTimed: false }
}

function applyValues(
  record: SessionRecord,
  { record: ours, stored, ended }: StoredFound,
  state: SessionState,
) {
  const wasOver = ended?.reason === 'field' ? ended.fields : []
  for (const key of ours.changed ?? []) {
    const updates = state.updates?.get(key)
    const isNew = !record.fields.has(key)
    if (updates !== undefined) {
      let value = record.fields.get(key)
      for (const change of updates) value = change(value)
      write(record, key, value)
    } else if (ours.fields.has(key)) write(record, key, ours.fields.get(key))
    // What was over nobody deleted, nor what came and went in this request: what stands there is another's.
    else if (!wasOver.includes(key) && stored?.fields.has(storedKey(key))) remove(record, [key])
    else continue
    if (updates === undefined || isNew) setClock(record, ours, key)
  }
}

/** A value that was set starts its clocks; one that was updated leaves them as they are. */
function setClock(record: SessionRecord, ours: SessionRecord, key: string): void {
  const clock = ours.terms?.clocks.get(key)
  const clocks = new Map(record.terms?.clocks)
  if (clock === undefined) clocks.delete(key)
  else clocks.set(key, clock)
  record.terms = withTerms(record.terms, { clocks })
}

/** What holds for the session: two limits both hold, and so do two proofs. */
function applyOwn(
  record: SessionRecord,
  { record: ours, stored }: StoredFound,
  saidPermanent: boolean,
  isLogin: boolean,
) {
  const { subject, proofs, own } = ours.terms ?? NO_TERMS
  const before = stored?.fields.get(OWN.own) ?? null
  const isLimited = ownTexts(ours, null).get(OWN.own) !== before
  const limited =
    isLimited && own !== null ? strictest(record.terms?.own ?? null, own, isLogin) : null
  record.terms = withTerms(record.terms, {
    subject,
    proofs: isLogin ? proofs : new Map([...(record.terms?.proofs ?? []), ...proofs]),
    ...(limited !== null && { own: limited }),
  })
  record.id = ours.id
  record.createdAt = ours.createdAt
  record.seenAt = Math.max(record.seenAt, ours.seenAt)
  if (saidPermanent) record.permanent = ours.permanent
}

/** A login starts the limits anew. */
const strictest = (theirs: OwnBounds | null, ours: OwnBounds, isLogin: boolean): OwnBounds => {
  const both = strictestOwn(theirs, ours)
  return isLogin ? { ...both, from: ours.from } : both
}

const overNow = (fields: readonly string[]): Ended => ({
  reason: 'field',
  at: null,
  ago: null,
  subject: null,
  fields,
  detail: 'expired',
})

/**
 * What a session hands on when it ends, as it stands there now; but for what this request set itself. What it
 * updated starts from there.
 */
export function carriedFields(
  { loaded, second, state }: StorePlan,
  ours: ReadonlyMap<string, string>,
  stored: StoredSession,
  parts: StoreParts,
): ReadonlyMap<string, string> {
  const record = toRecord(stored, null, parts.values, second)
  if (record === null) return ours
  const next: SessionRecord = { ...record, fields: new Map(), terms: null, changed: null }
  parts.fields.hand(record, next, second)
  const fields = new Map(ours)
  for (const key of new Set([...next.fields.keys(), ...ours.keys()])) {
    const name = storedKey(key)
    const updates = state.updates?.get(key)
    if (updates && next.fields.has(key)) {
      for (const change of updates) next.fields.set(key, change(next.fields.get(key)))
    } else if (loaded.record.changed?.has(key)) continue
    if (next.fields.has(key)) fields.set(name, valueText(next, key, parts.values))
    else fields.delete(name)
  }
  return fields
}

/** What a session has by now of what outlives it. */
export const keptTexts = (
  { fields }: StoredSession,
  parts: StoreParts,
): ReadonlyMap<string, string | null> =>
  new Map(
    parts.fields.keptKeys.map(storedKey).map((name) => [name, fields.get(name) ?? null] as const),
  )

/** Puts what one session has of that into another; null where nothing can be handed on. */
export function keptPatch(
  session: StoredSession,
  parts: StoreParts,
): Pick<Patch, 'set' | 'deleted'> | null {
  const set = new Map<string, string>()
  const deleted: string[] = []
  for (const [name, text] of keptTexts(session, parts)) {
    if (text === null) deleted.push(name)
    else set.set(name, text)
  }
  return set.size + deleted.length === 0 ? null : { set, deleted }
}

/**
 * The fields of a session that begins by a login over one that was ended meanwhile: what this request set,
 * and what it proved. Updates start from nothing; what was changed inside was the other's.
 */
export function freshFields(
  { loaded: { record }, state }: StorePlan,
  { values }: StoreParts,
): Map<string, string> {
  const inside = changedInside(state)
  const fields = new Map<string, string>()
  for (const key of record.changed ?? []) {
    const updates = state.updates?.get(key)
    if (updates !== undefined) {
      let value: unknown
      for (const change of updates) value = change(value)
      const clock = record.terms?.clocks.get(key) ?? null
      fields.set(storedKey(key), withClock(clock, values.encode(value, key)))
    } else if (record.fields.has(key) && !inside.includes(key)) {
      fields.set(storedKey(key), valueText(record, key, values))
    }
  }
  const proven = state.deeds?.map(({ factor }) => factor) ?? []
  const proofs = [...(record.terms?.proofs ?? [])].filter(([factor]) => proven.includes(factor))
  const terms = withTerms(record.terms, { proofs: new Map(proofs) })
  for (const [name, text] of ownTexts({ ...record, terms }, null)) {
    if (text !== null) fields.set(name, text)
  }
  return fields
}
