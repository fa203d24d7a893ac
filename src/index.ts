// The front door: hands names on, holds no logic.
export type { CookieOptions } from './core/cookie.ts'
export { type Duration, toSeconds } from './core/duration.ts'
export { SessionError, type SessionErrorCode } from './core/errors.ts'
export type { SessionEvents } from './core/events.ts'
export type { SecretKey } from './core/keys.ts'
export {
  type Clock,
  type ClockName,
  type Explanation,
  type Judgement,
  type Lifetime,
  type Limit,
  strictest,
} from './core/lifetime.ts'
export type { LifetimeFunction, SessionView } from './core/policy.ts'
export type { Ended, EndReason } from './core/record.ts'
export type { StandardSchema } from './core/schema.ts'
export { Session } from './core/session.ts'
export type { SessionOptions, SessionRequest, Sessions, Settlement } from './core/sessions.ts'
export type { CookieFormat, TokenFormat } from './core/token.ts'
export { createSessions } from './create-sessions.ts'
export { sealed } from './formats/sealed.ts'
