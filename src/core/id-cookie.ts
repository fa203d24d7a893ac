// What the cookie carries of a session in a store: its id, signed where there is a key.
import { SessionError } from './errors.ts'
import { HASHED_IDS } from './ids.ts'
import { Signer } from './signer.ts'
import type { IdScheme, IdSignature, Store } from './store.ts'
import type { Refusal, SecretKeys } from './token.ts'

const SIGNATURE: IdSignature = Object.freeze({
  salt: 'sojourn-id',
  digest: 'sha256',
  keyDerivation: 'hmac',
})

const MALFORMED: Refusal = { reason: 'malformed', detail: 'not-an-id' }

/** So many ids are remembered at most. */
const MOST = 1000

export interface OpenedId {
  readonly id: string
  /** True when a fallback key fitted, so that the cookie should be signed anew. */
  readonly oldKey: boolean
}

/**
 * An id needs no signature, being unguessable. With one, an id that somebody made up costs the store
 * nothing.
 */
export class IdCookie {
  readonly ids: IdScheme
  readonly #signer: Signer | null
  /** The stored ids of the ids that came within a second. */
  readonly #stored = new Map<string, string>()
  #second = 0

  /** @throws SessionError `no-secret-key` where the ids of a store must be signed. */
  constructor({ ids = HASHED_IDS }: Store, keys: SecretKeys | null) {
    this.ids = ids
    const { signature = SIGNATURE } = ids
    if (ids.signature && keys === null) {
      throw new SessionError(
        'no-secret-key',
        'This store wants ids that are signed: hand in secretKey, the one of the other program.',
      )
    }
    this.#signer = keys === null || signature === null ? null : new Signer(keys, signature)
  }

  /** The id in a cookie, before anything is asked of the store. */
  open(cookie: string): OpenedId | Refusal {
    if (cookie.length > this.ids.longest) return { reason: 'malformed', detail: 'too-long' }
    const dot = this.#signer === null ? -1 : cookie.lastIndexOf('.')
    const id = dot === -1 ? cookie : cookie.slice(0, dot)
    if (!this.#stored.has(id) && !this.ids.fits(id)) return MALFORMED
    if (this.#signer === null) return { id, oldKey: false }
    const signature = dot === -1 ? 'bad' : this.#signer.verify(id, cookie.slice(dot + 1))
    if (signature === 'bad') return { reason: 'tampered', detail: 'bad-signature' }
    return { id, oldKey: signature === 'old' }
  }

  /**
   * The id in the store. A page and what it loads bring the same id, so within one second it is hashed
   * once, and looked at once; ids are not remembered for longer.
   */
  storedId(id: string, second: number): string {
    if (second !== this.#second || this.#stored.size >= MOST) {
      this.#stored.clear()
      this.#second = second
    }
    const known = this.#stored.get(id)
    if (known !== undefined) return known
    const stored = this.ids.storedId(id)
    this.#stored.set(id, stored)
    return stored
  }

  write(id: string): string {
    return this.#signer === null ? id : `${id}.${this.#signer.sign(id)}`
  }
}
