// A signed, readable cookie for those without a Flask: its container, with SHA-256.
import type { TokenFormat } from '../core/token.ts'
import { Container } from './container.ts'
import type { FlaskOptions } from './flask.ts'

export type { Tag } from './tags.ts'
export { Float, Markup, Tuple, UUID } from './values.ts'

/** As Flask's, with a salt (`sojourn-session`) and a digest (`sha256`) of its own. */
export type SignedOptions = FlaskOptions

/**
 * Signed, not encrypted: whoever holds the cookie can read it, and nobody can change it.
 *
 * @throws SessionError `bad-option`, once it is given its keys, for options that would not work.
 */
export function signed({
  salt = 'sojourn-session',
  digest = 'sha256',
  keyDerivation = 'hmac',
  tags = [],
  compress = 'large',
}: SignedOptions = {}): TokenFormat {
  const made = { salt, digest, keyDerivation, tags, compress, name: 'signed', throttled: true }
  return (keys) => new Container(keys, made)
}
