// Who somebody is and when it was proven: what authenticating, unlocking and logging out do to a session.
import type { Duration } from './duration.ts'
import { SessionError } from './errors.ts'
import { toTold } from './events.ts'
import { latestProof } from './judgement.ts'
import type { SessionRecord } from './record.ts'
import { change, type Deed, load, replace, type SessionState } from './session-state.ts'
import { UNFIT } from './stored.ts'
import { NO_TERMS, withTerms } from './terms.ts'

/** What was proven, for `authenticate` and `unlock`. */
export interface Proof {
  /** `password`, `otp`, `passkey`: your own word for it, the one that `isFresh` asks for. */
  readonly factor: string
  /** Epoch second of the proof, where a provider gave it earlier (`auth_time`). @default now */
  readonly at?: number | undefined
}

/** How fresh a proof must be. */
export interface Freshness {
  readonly within: Duration
  /** The factor that counts. @default any that was given to `authenticate` */
  readonly factor?: string | undefined
}

/** See `Session.authenticate`. */
export function authenticate(state: SessionState, subject: string, proof: Proof): void {
  demandText(subject, 'subject')
  demandProof(proof)
  change(state)
  const { record, locked } = load(state)
  const known = record.terms?.subject ?? null
  const isTheirs = known === subject || (known === null && !locked)
  if (isTheirs) record.terms = withTerms(record.terms, { proofs: proofsOf(record) })
  else end(state, 'replaced')
  prove(state, 'authenticated', proof, subject)
  const found = load(state)
  const second = Math.floor(state.now)
  const own = found.record.terms?.own ?? null
  found.record.terms = withTerms(found.record.terms, {
    subject,
    own: own && { ...own, from: second },
  })
  found.record.createdAt = second
  found.record.seenAt = second
  found.locked = false
}

/** See `Session.unlock`. */
export function unlock(state: SessionState, proof: Proof): boolean {
  demandProof(proof)
  const found = load(state)
  if (found.isNew) return false
  change(state)
  prove(state, 'unlocked', proof, found.record.terms?.subject ?? null)
  found.record.seenAt = Math.floor(state.now)
  found.locked = false
  return true
}

/** Ends the session and puts another in its place, with what outlives it. */
export function end(state: SessionState, name: 'destroyed' | 'replaced' = 'destroyed'): void {
  const { subject } = toTold(load(state).record)
  const at = Math.floor(state.now)
  did(state, name)
  replace(state)
  load(state).ended = { reason: 'logout', at, ago: 0, subject, fields: [], detail: 'destroyed' }
}

export function renewId(state: SessionState, subject = subjectOf(state)): void {
  const { record } = load(state)
  did(state, 'renewed')
  if (record.id !== null) record.id = state.source.newId(subject, record.id)
}

const subjectOf = (state: SessionState): string | null => load(state).record.terms?.subject ?? null

/** The proofs that came with a login: none of nobody's, and none that only resumed a lock. */
function proofsOf({ terms, createdAt }: SessionRecord): ReadonlyMap<string, number> {
  const { subject, proofs } = terms ?? NO_TERMS
  if (subject === null) return NO_TERMS.proofs
  return new Map([...proofs].filter(([, at]) => latestProof([at], createdAt) !== null))
}

/** Records a proof, under a new id. One from the future counts as of now. */
function prove(
  state: SessionState,
  name: Deed['name'],
  { factor, at }: Proof,
  subject: string | null,
): void {
  const { record } = load(state)
  const now = Math.floor(state.now)
  const proofs = new Map(record.terms?.proofs)
  proofs.set(factor, at === undefined ? now : Math.min(Math.floor(at), now))
  record.terms = withTerms(record.terms, { proofs })
  did(state, name, factor)
  renewId(state, subject)
}

export function did(state: SessionState, name: Deed['name'], factor = ''): void {
  const { record, isNew } = load(state)
  state.deeds ??= []
  state.deeds.push({ name, before: toTold(record), record, isNew, factor })
}

function demandProof(proof: Proof): void {
  const { factor, at } = proof ?? {}
  demandText(factor, 'factor')
  if (at === undefined || (typeof at === 'number' && at >= 0 && at < TOO_LATE)) return
  throw new SessionError('bad-option', 'The time of a proof is an epoch second, not milliseconds.')
}

/** From here on (the year 5138) a number was meant as milliseconds. */
const TOO_LATE = 1e11
const LONGEST = 256

const ADVICE = {
  subject: 'write String(user.id) of a number',
  factor: "write { factor: 'password' }",
}

function demandText(text: unknown, name: keyof typeof ADVICE): void {
  const fits = typeof text === 'string' && text !== '' && text.length <= LONGEST
  if (fits && !UNFIT.test(text)) return
  throw new SessionError(
    'bad-option',
    `The ${name} must be a text of 1 to ${LONGEST} characters, without NUL and half surrogates; ${ADVICE[name]}.`,
  )
}
