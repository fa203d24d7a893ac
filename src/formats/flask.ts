// Flask's session cookie, byte for byte: what `SecureCookieSessionInterface` reads and writes.
import type { SignerOptions } from '../core/signer.ts'
import type { TokenFormat } from '../core/token.ts'
import { type Compress, Container } from './container.ts'
import type { Tag } from './tags.ts'

export { RESERVED_KEY } from './container.ts'
export { isFloat } from './floats.ts'
export { TaggedJson } from './tagged-json.ts'
export type { Tag } from './tags.ts'
export { Float, Markup, Tuple, UUID } from './values.ts'

/** The first three change only where the Flask side has a session interface of its own. */
export interface FlaskOptions {
  /** @default 'cookie-session' */
  readonly salt?: string
  /** @default 'sha1' */
  readonly digest?: SignerOptions['digest']
  /** @default 'hmac' */
  readonly keyDerivation?: SignerOptions['keyDerivation']
  /** Types of your own, registered on the Python side too. @default [] */
  readonly tags?: readonly Tag[]
  /**
   * Deflate the payload: from 1 KB of JSON (`large`), whenever it is shorter (`flask`, as Flask does,
   * at four times the cost of signing), or `never`. Flask reads all of them. @default 'large'
   */
  readonly compress?: Compress
}

/**
 * The cookie that Flask shares. Signed, not encrypted: whoever holds it can read it.
 *
 * @throws SessionError `bad-option`, once it is given its keys, for options that would not work.
 */
export function flask({
  salt = 'cookie-session',
  digest = 'sha1',
  keyDerivation = 'hmac',
  tags = [],
  compress = 'large',
}: FlaskOptions = {}): TokenFormat {
  const made = { salt, digest, keyDerivation, tags, compress, name: 'flask', throttled: false }
  return (keys) => new Container(keys, made)
}
