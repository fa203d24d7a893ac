// Secret keys, checked before anything is signed with them.

import { runtime } from '#runtime'
import { SessionError } from './errors.ts'
import type { SecretKeys } from './token.ts'

/** Text counts as its UTF-8 bytes; nothing is trimmed. */
export type SecretKey = string | Uint8Array

const ADVICE = 'Make one with `npx sojourn key` and hand it in from the environment.'
const SHORTEST = 16
/** What is copied from examples, where it is long enough to pass. */
const KNOWN = /^(your|my|change)[-_ ]/i

/**
 * @throws SessionError `no-secret-key` when none is set, `bad-secret-key` for an empty fallback, for
 * fallbacks that are not an array, and in production for a key that is short or well known.
 */
export function toSecretKeys(
  secretKey: SecretKey | undefined,
  fallbacks: readonly SecretKey[] = [],
): SecretKeys {
  if (secretKey === undefined || secretKey === null || secretKey.length === 0) {
    throw new SessionError('no-secret-key', `secretKey is not set. ${ADVICE}`)
  }
  if (!Array.isArray(fallbacks)) {
    throw new SessionError(
      'bad-secret-key',
      'secretKeyFallbacks must be an array, since of a text each letter would be a key.',
    )
  }
  if (fallbacks.some((key) => key.length === 0)) {
    throw new SessionError(
      'bad-secret-key',
      'secretKeyFallbacks holds an empty key, with which anyone could sign.',
    )
  }
  const current = toBytes(secretKey)
  if (current.length < SHORTEST || (typeof secretKey === 'string' && KNOWN.test(secretKey))) {
    complain(`secretKey is shorter than ${SHORTEST} bytes or well known. ${ADVICE}`)
  }
  return { current, fallbacks: fallbacks.map(toBytes) }
}

function toBytes(key: SecretKey): Uint8Array {
  if (typeof key === 'string') return runtime.utf8(key)
  if (key instanceof Uint8Array) return key
  throw new SessionError('bad-secret-key', 'A secret key must be a text or a Uint8Array.')
}

let complained = false

/** In production a weak key stops the program; elsewhere it is said once. */
function complain(message: string): void {
  if (runtime.isProduction()) throw new SessionError('bad-secret-key', message)
  if (!complained) runtime.warn(`${message} In production this is an error.`)
  complained = true
}
