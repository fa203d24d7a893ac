// The runtime's part where node:crypto is missing (edge functions, browsers): the audited @noble
// libraries, synchronous like the rest.
import { gcm } from '@noble/ciphers/aes.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Digest, MacKey, Runtime, SealKey } from '../core/runtime.ts'

const DIGESTS = { sha1, sha256, sha512 }
const BASE64URL = /^[\w-]*$/
const IV_BYTES = 12
const TAG_BYTES = 16
const CHUNK = 4096
const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface PortableMacKey {
  readonly prototype: ReturnType<typeof hmac.create>
}

const asMac = (key: MacKey): PortableMacKey => key as unknown as PortableMacKey
const asSeal = (key: SealKey): Uint8Array => key as unknown as Uint8Array
const digestOf = (digest: Digest) => DIGESTS[digest]

function encodeBytes(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function decodeBytes(base64url: string): Uint8Array | null {
  if (!BASE64URL.test(base64url) || base64url.length % 4 === 1) return null
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
  const spare = base64url.length % 4
  const tail = bytes.subarray(bytes.length - (spare - 1))
  return spare === 0 || encodeBytes(tail) === base64url.slice(-spare) ? bytes : null
}

function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8Decoder.decode(bytes)
  } catch {
    return null
  }
}

export const runtime: Runtime = {
  macKey: (digest, secret) =>
    ({ prototype: hmac.create(digestOf(digest), secret) }) as unknown as MacKey,
  mac: (key, text) =>
    encodeBytes(asMac(key).prototype.clone().update(utf8Encoder.encode(text)).digest()),
  macBytes: (digest, secret, message) => hmac(digestOf(digest), secret, message),
  hash: (digest, message) => digestOf(digest)(message),
  hashText: (text) => encodeBytes(sha256(utf8Encoder.encode(text))),
  hkdf: (secret, info, length) => hkdf(sha256, secret, undefined, utf8Encoder.encode(info), length),
  sealKey: (secret) => Uint8Array.from(secret) as unknown as SealKey,
  seal: (key, additional, text) => {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
    const sealed = gcm(asSeal(key), iv, utf8Encoder.encode(additional)).encrypt(
      utf8Encoder.encode(text),
    )
    const end = sealed.length - TAG_BYTES
    return [iv, sealed.subarray(0, end), sealed.subarray(end)].map(encodeBytes).join('.')
  },
  unseal: (key, additional, iv, sealed, tag) => {
    const nonce = decodeBytes(iv)
    const body = decodeBytes(sealed)
    const proof = decodeBytes(tag)
    if (nonce?.length !== IV_BYTES || proof?.length !== TAG_BYTES || body === null) return null
    const whole = new Uint8Array([...body, ...proof])
    try {
      return fromUtf8(gcm(asSeal(key), nonce, utf8Encoder.encode(additional)).decrypt(whole))
    } catch {
      return null
    }
  },
  random: (bytes) => encodeBytes(crypto.getRandomValues(new Uint8Array(bytes))),
  encode: (text) => encodeBytes(utf8Encoder.encode(text)),
  encodeBytes,
  decode: (base64url) => {
    const bytes = decodeBytes(base64url)
    return bytes === null ? null : fromUtf8(bytes)
  },
  decodeBytes,
  utf8: (text) => utf8Encoder.encode(text),
  fromUtf8,
  toAscii: (label) => new URL(`http://${label}`).hostname,
  isProduction: () => globalThis.process?.env?.NODE_ENV === 'production',
  warn: (message) => console.warn(`Sojourn: ${message}`),
}
