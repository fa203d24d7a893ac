// The runtime's part on Node, Bun, Deno and workerd: node:crypto, with keys as KeyObjects (raw key
// bytes cost six to nine times as much per call on Node 24).
import { isAscii } from 'node:buffer'
import * as crypto from 'node:crypto'
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto'
import { domainToASCII } from 'node:url'
import type { Digest, MacKey, Runtime, SealKey } from '../core/runtime.ts'

const IV_BYTES = 12
const TAG_BYTES = 16
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface NodeMacKey {
  readonly digest: Digest
  readonly key: KeyObject
}

const asMac = (key: MacKey): NodeMacKey => key as unknown as NodeMacKey
const asSeal = (key: SealKey): KeyObject => key as unknown as KeyObject

// Random bytes are drawn from the system 8 KiB at a time and wiped as they are used.
const pool = Buffer.alloc(8192)
let used = pool.length

function draw(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.from(pool.subarray(used, used + length))
  pool.fill(0, used, used + length)
  used += length
  return bytes
}

let lastAdditional = ''
let lastBytes = Buffer.alloc(0)

/** The header of a key is the same from cookie to cookie. */
function additionalBytes(additional: string): Buffer {
  if (additional !== lastAdditional) {
    lastBytes = Buffer.from(additional, 'latin1')
    lastAdditional = additional
  }
  return lastBytes
}

/** Node reads many spellings; only the one that it would write itself is taken. */
function decodeBuffer(base64url: string): Buffer | null {
  const bytes = Buffer.from(base64url, 'base64url')
  return bytes.toString('base64url') === base64url ? bytes : null
}

/** In one call where Node has it, at a third of the cost. */
const hashText =
  typeof crypto.hash === 'function'
    ? (text: string) => crypto.hash('sha256', text, 'base64url')
    : (text: string) => crypto.createHash('sha256').update(text).digest('base64url')

const view = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function fromUtf8(bytes: Uint8Array): string | null {
  if (isAscii(bytes)) return view(bytes).toString('latin1')
  try {
    return utf8Decoder.decode(bytes)
  } catch {
    return null
  }
}

export const runtime: Runtime = {
  macKey: (digest, secret) => ({ digest, key: createSecretKey(secret) }) as unknown as MacKey,
  mac: (key, text) => {
    const { digest, key: secret } = asMac(key)
    return createHmac(digest, secret).update(text).digest('base64url')
  },
  macBytes: (digest, secret, message) => createHmac(digest, secret).update(message).digest(),
  hash: (digest, message) => createHash(digest).update(message).digest(),
  hashText,
  hkdf: (secret, info, length) =>
    new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, length)),
  sealKey: (secret) => createSecretKey(secret) as unknown as SealKey,
  seal: (key, additional, text) => {
    const iv = draw(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', asSeal(key), iv)
    cipher.setAAD(additionalBytes(additional))
    const sealed = cipher.update(text, 'utf8', 'base64url') + cipher.final('base64url')
    return `${iv.toString('base64url')}.${sealed}.${cipher.getAuthTag().toString('base64url')}`
  },
  unseal: (key, additional, iv, sealed, tag) => {
    const nonce = decodeBuffer(iv)
    const body = decodeBuffer(sealed)
    const proof = decodeBuffer(tag)
    if (nonce?.length !== IV_BYTES || proof?.length !== TAG_BYTES || body === null) return null
    const decipher = createDecipheriv('aes-256-gcm', asSeal(key), nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(additionalBytes(additional))
    decipher.setAuthTag(proof)
    const text = decipher.update(body)
    try {
      decipher.final()
    } catch {
      return null
    }
    return fromUtf8(text)
  },
  random: (bytes) => draw(bytes).toString('base64url'),
  encode: (text) => Buffer.from(text, 'utf8').toString('base64url'),
  encodeBytes: (bytes) => view(bytes).toString('base64url'),
  decode: (base64url) => {
    const bytes = decodeBuffer(base64url)
    return bytes === null ? null : fromUtf8(bytes)
  },
  decodeBytes: decodeBuffer,
  utf8: (text) => Buffer.from(text, 'utf8'),
  fromUtf8,
  toAscii: domainToASCII,
  isProduction: () => process.env.NODE_ENV === 'production',
  warn: (message) => process.emitWarning(message, 'SojournWarning'),
}
