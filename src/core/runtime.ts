// What the core asks of the runtime, as a contract. `#runtime` in package.json names who fulfils
// it: src/runtime/node.ts with node:crypto, src/runtime/portable.ts with @noble elsewhere.

export type Digest = 'sha1' | 'sha256' | 'sha512'

/** A key made ready for its one use. Opaque: only the runtime that made it can read it. */
export type MacKey = { readonly macKey: unique symbol } & object
export type SealKey = { readonly sealKey: unique symbol } & object

/** Synchronous, so that a cookie can be signed at the moment when headers leave. */
export interface Runtime {
  /** An HMAC key; made once, since making it costs more than using it. */
  macKey(digest: Digest, secret: Uint8Array): MacKey
  /** HMAC of the text's UTF-8 bytes, as base64url. */
  mac(key: MacKey, text: string): string
  /** HMAC of bytes, as bytes; for deriving keys. */
  macBytes(digest: Digest, secret: Uint8Array, message: Uint8Array): Uint8Array
  /** The digest of bytes; for deriving keys as itsdangerous does. */
  hash(digest: Digest, message: Uint8Array): Uint8Array
  /** SHA-256 of the text's UTF-8 bytes, as base64url. */
  hashText(text: string): string
  /** HKDF with SHA-256 and no salt (RFC 5869). */
  hkdf(secret: Uint8Array, info: string, length: number): Uint8Array
  /** An AES-256-GCM key from 32 bytes. */
  sealKey(secret: Uint8Array): SealKey
  /** `iv.ciphertext.tag`, each base64url: the last three parts of a compact JWE. */
  seal(key: SealKey, additional: string, text: string): string
  /** The text under `iv.ciphertext.tag`, or null when it was not sealed so. */
  unseal(key: SealKey, additional: string, iv: string, sealed: string, tag: string): string | null
  /** So many random bytes from the system, as base64url. */
  random(bytes: number): string
  /** The base64url of the text's UTF-8 bytes, without padding. */
  encode(text: string): string
  encodeBytes(bytes: Uint8Array): string
  /** The text under canonical base64url of valid UTF-8, else null. */
  decode(base64url: string): string | null
  /** The bytes under canonical base64url, else null. */
  decodeBytes(base64url: string): Uint8Array | null
  utf8(text: string): Uint8Array
  /** The text of valid UTF-8, else null. A byte order mark is kept. */
  fromUtf8(bytes: Uint8Array): string | null
  /** A domain label in its ASCII form (`xn--…`). */
  toAscii(label: string): string
  /** Whether the program runs in production (`NODE_ENV`). */
  isProduction(): boolean
  /** Says something once, loudly, to whoever runs the program. */
  warn(message: string): void
}

export declare const runtime: Runtime
