// Signs text and finds the key that signed it: itsdangerous' signer, its keys derived once.

import { runtime } from '#runtime'
import { constantTimeEqual } from './bytes.ts'
import { SessionError } from './errors.ts'
import type { Digest, MacKey } from './runtime.ts'
import type { SecretKeys } from './token.ts'

/** How the signing key comes from the secret key: itsdangerous' four ways, by its names. */
export type KeyDerivation = 'hmac' | 'django-concat' | 'concat' | 'none'

/** What a signature is made of. Flask's are salt `cookie-session`, `sha1` and `hmac`. */
export interface SignerOptions {
  readonly salt: string
  readonly digest: Digest
  readonly keyDerivation: KeyDerivation
}

/** Which key signed: the current one, an older one, or none of ours. */
export type Signature = 'current' | 'old' | 'bad'

const LENGTHS = { sha1: 27, sha256: 43, sha512: 86 }

export class Signer {
  readonly #current: MacKey
  readonly #fallbacks: readonly MacKey[]
  readonly #length: number

  /** @throws SessionError `bad-option` for a digest or a derivation that is not listed. */
  constructor(keys: SecretKeys, options: SignerOptions) {
    if (!(options.digest in LENGTHS)) {
      throw new SessionError(
        'bad-option',
        `digest must be one of ${Object.keys(LENGTHS).join(', ')}.`,
      )
    }
    const prepare = (secret: Uint8Array) =>
      runtime.macKey(options.digest, deriveKey(secret, options))
    this.#current = prepare(keys.current)
    this.#fallbacks = keys.fallbacks.map(prepare)
    this.#length = LENGTHS[options.digest]
  }

  /** The signature of a text, base64url. */
  sign(text: string): string {
    return runtime.mac(this.#current, text)
  }

  /** Finds the key that made a signature; one of a wrong length costs nothing. */
  verify(text: string, signature: string): Signature {
    if (signature.length !== this.#length) return 'bad'
    if (constantTimeEqual(runtime.mac(this.#current, text), signature)) return 'current'
    for (const key of this.#fallbacks) {
      if (constantTimeEqual(runtime.mac(key, text), signature)) return 'old'
    }
    return 'bad'
  }
}

/** The signing key, as itsdangerous derives it (`Signer.derive_key`). */
export function deriveKey(secret: Uint8Array, options: SignerOptions): Uint8Array {
  const { digest, salt, keyDerivation } = options
  const hashOf = (...parts: Uint8Array[]) => runtime.hash(digest, join(parts))
  switch (keyDerivation) {
    case 'hmac':
      return runtime.macBytes(digest, secret, runtime.utf8(salt))
    case 'concat':
      return hashOf(runtime.utf8(salt), secret)
    case 'django-concat':
      return hashOf(runtime.utf8(`${salt}signer`), secret)
    case 'none':
      return secret
    default:
      throw new SessionError(
        'bad-option',
        "keyDerivation must be one of 'hmac', 'django-concat', 'concat', 'none'.",
      )
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
