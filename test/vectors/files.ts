// The vector files: our own copy, and any that SOJOURN_VECTORS names.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { SecretKeys } from '../../src/core/token.ts'
import type { Typed } from './typed.ts'

export interface KeyText {
  readonly text?: string
  readonly hex?: string
}

export interface Check {
  readonly id: string
  readonly now: number
  readonly maxAge: number
  readonly verdict: string
  readonly outcome: 'session' | 'empty' | 'error'
  readonly advice?: 'empty'
  readonly lenient?: boolean
  readonly cookie?: string
  readonly secretKey?: KeyText
  readonly fallbacks?: readonly KeyText[]
  readonly salt?: string
}

export interface CookieCase {
  readonly id: string
  readonly secretKey: KeyText
  readonly fallbacks: readonly KeyText[]
  readonly timestamp: number
  readonly signingKey: string
  readonly cookie: string
  readonly payload?: Typed
  readonly loaded?: Typed
  readonly json?: string
  readonly compressed: boolean
  readonly encode: 'exact' | 'json' | 'none'
  readonly checks: readonly Check[]
}

export interface VectorFile<Case = CookieCase> {
  readonly name: string
  readonly cookies: readonly Case[]
  readonly responses: readonly unknown[]
}

/** Every vector file, read anew. */
export function vectorFiles(): VectorFile[] {
  const own = new URL('flask-cookies.json', import.meta.url)
  const named = (process.env.SOJOURN_VECTORS ?? '').split(/[:,]/).filter((path) => path !== '')
  return [own, ...named].map((path) => ({
    name: basename(String(path)),
    ...JSON.parse(readFileSync(path, 'utf8')),
  }))
}

export const toBytes = (key: KeyText): Uint8Array =>
  key.hex === undefined ? Buffer.from(key.text ?? '', 'utf8') : Buffer.from(key.hex, 'hex')

export const toKeys = (secretKey: KeyText, fallbacks: readonly KeyText[]): SecretKeys => ({
  current: toBytes(secretKey),
  fallbacks: fallbacks.map(toBytes),
})
