// From options to a format, and from a cookie to what stands in it.

import { runtime } from '#runtime'
import type { SessionRecord } from '../core/record.ts'
import type { Digest } from '../core/runtime.ts'
import { type KeyDerivation, Signer } from '../core/signer.ts'
import {
  type CookieFormat,
  isRefusal,
  type Opened,
  type Refusal,
  type SecretKeys,
} from '../core/token.ts'
import { flask } from '../formats/flask.ts'
import { sealed } from '../formats/sealed.ts'
import { signed } from '../formats/signed.ts'
import { type Given, UsageError } from './command.ts'
import { dissect, type FormatName, guessFormat } from './cookie-text.ts'
import { text } from './options.ts'

const NAMES: readonly FormatName[] = ['flask', 'signed', 'sealed']

/** A cookie whose signature holds and whose data can be read. */
export interface Genuine {
  readonly opened: Opened
  readonly record: SessionRecord
}

/** What was found in a cookie: a session, or why not. */
export type Found = Genuine | Refusal

/** @throws UsageError for a format that does not exist. */
export function chooseFormat(given: Given, guess: FormatName): FormatName {
  const name = text(given, 'format')
  if (name === undefined) return guess
  const known = NAMES.find((candidate) => candidate === name)
  if (known === undefined) throw new UsageError(`--format is one of ${NAMES.join(', ')}.`)
  return known
}

/** The format under these keys. @throws UsageError for options that it does not have. */
export function createFormat(name: FormatName, given: Given, keys: SecretKeys): CookieFormat {
  const options = signerOptions(given)
  if (name === 'flask') return flask(options)(keys)
  if (name === 'signed') return signed(options)(keys)
  if (Object.keys(options).length > 0) {
    throw new UsageError('--salt, --digest and --key-derivation belong to flask and signed.')
  }
  return sealed()(keys)
}

interface SignerChoice {
  salt?: string
  digest?: Digest
  keyDerivation?: KeyDerivation
}

function signerOptions(given: Given): SignerChoice {
  const options: SignerChoice = {}
  const salt = text(given, 'salt')
  const digest = text(given, 'digest')
  const derivation = text(given, 'key-derivation')
  if (salt !== undefined) options.salt = salt
  if (digest !== undefined) options.digest = digest as Digest
  if (derivation !== undefined) options.keyDerivation = derivation as KeyDerivation
  return options
}

/** Opens and decodes, whatever the age. */
export function openCookie(cookie: string, format: CookieFormat): Found {
  if (cookie.length > format.longest) return { reason: 'malformed', detail: 'too-long' }
  const opened = format.open(cookie)
  if (isRefusal(opened)) return opened
  const record = format.decode(opened)
  return isRefusal(record) ? record : { opened, record }
}

const NO_KEY: SecretKeys = { current: runtime.utf8('nobody'), fallbacks: [] }
const NO_SIGNER = { salt: 'unchecked', digest: 'sha1', keyDerivation: 'hmac' } as const

/** What a signed cookie says when nobody asks who signed it: signed anew with a key of no one. */
export function openUnchecked(cookie: string): Found {
  const signedText = cookie.slice(0, cookie.lastIndexOf('.'))
  const signature = new Signer(NO_KEY, NO_SIGNER).sign(signedText)
  return openCookie(`${signedText}.${signature}`, flask(NO_SIGNER)(NO_KEY))
}

/** The format that a cookie's look suggests; Flask's where it suggests none. */
export const guess = (cookie: string): FormatName => {
  const anatomy = dissect(cookie)
  return anatomy === null ? 'flask' : guessFormat(anatomy)
}
