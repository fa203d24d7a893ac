// The one error class of the library. What a visitor can cause is never thrown: it is a value.

/** What went wrong, as a word to match on. Messages may change between releases; codes do not. */
export type SessionErrorCode =
  | 'bad-duration'
  | 'bad-lifetime'
  | 'bad-secret-key'
  | 'no-secret-key'
  | 'bad-cookie-option'
  | 'bad-option'
  | 'not-serializable'
  | 'invalid-data'
  | 'locked'
  | 'cookie-too-large'
  | 'outside-request'
  | 'already-settled'
  | 'not-loaded'
  | 'no-store'
  | 'store-unavailable'

/**
 * Thrown for what a builder or a machine causes. The message says what was expected, what came and
 * what to write instead; it never holds a secret, a cookie or an id.
 */
export class SessionError extends Error {
  readonly code: SessionErrorCode

  constructor(code: SessionErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'SessionError'
    this.code = code
  }
}

/** Whether a store could not be asked, or did not answer. */
export const isUnavailable = (error: unknown): error is SessionError =>
  error instanceof SessionError && error.code === 'store-unavailable'
