// The front door: hands names on, holds no logic.

export type {
  Activity,
  ActivityFunction,
  ActivityOption,
  ActivityRequest,
} from './core/activity.ts'
export { type FreshnessProblem, problemOf } from './core/answers.ts'
export type { CookieOptions } from './core/cookie.ts'
export { type Duration, toSeconds } from './core/duration.ts'
export { SessionError, type SessionErrorCode } from './core/errors.ts'
export type { SessionEvents } from './core/events.ts'
export type { FieldLifetime } from './core/fields.ts'
export type { Explanation, Judgement } from './core/judgement.ts'
export type { SecretKey } from './core/keys.ts'
export {
  type Clock,
  type ClockName,
  type Lifetime,
  type Limit,
  type LimitSource,
  strictest,
} from './core/lifetime.ts'
export type { Freshness, Proof } from './core/proof.ts'
export type { Ended, EndReason } from './core/record.ts'
export type { SessionRequest } from './core/request.ts'
export {
  byRole,
  type GrantFunction,
  type Grants,
  type IdleAction,
  type LifetimeFunction,
  type PolicyFacts,
  type SessionView,
} from './core/roles.ts'
export type { StandardSchema } from './core/schema.ts'
export { Session, type SessionExplanation } from './core/session.ts'
export type {
  NotBeforeOptions,
  SessionOptions,
  SessionProblem,
  Sessions,
  Settlement,
} from './core/sessions.ts'
export type { SessionStatus } from './core/status.ts'
export type * from './core/store.ts'
export type { SubjectSession, SubjectSessions } from './core/subjects.ts'
export type { Over, SweepOptions, SweepResult } from './core/sweeping.ts'
export type { CookieFormat, TokenFormat } from './core/token.ts'
export { type CheckedSessions, createSessions } from './create-sessions.ts'
export { sealed } from './formats/sealed.ts'
