// The ids of sessions in a store: 256 random bits in the cookie, their SHA-256 in the store.

import { runtime } from '#runtime'
import type { IdScheme } from './store.ts'

const ID_BYTES = 32
/** An id, and its name in the store: a hash of 256 bits looks as a random text does. */
const ID = /^[\da-f]{2}[\w-]{43}$/
const TAG_LENGTH = 2

/**
 * Two hex digits say where it lies: those of a subject's sessions are the same, so that a cluster keeps
 * them, and the index of them, on one node and changes them together. The rest is random.
 */
export const HASHED_IDS: IdScheme = Object.freeze({
  longest: 96,
  create: (subject: string | null, before: string | null = null) =>
    tagFor(subject, before) + runtime.random(ID_BYTES),
  fits: (id: string) => ID.test(id),
  storedId: (id: string) => id.slice(0, TAG_LENGTH) + hash(id),
})

/** Where a subject's sessions lie: the first two characters of all their ids. */
export const tagOfSubject = (subject: string): string => tagOf(hash(`subject ${subject}`))

function tagFor(subject: string | null, before: string | null): string {
  if (subject !== null) return tagOfSubject(subject)
  return before === null ? tagOf(runtime.random(1)) : before.slice(0, TAG_LENGTH)
}

/** Where a stored session lies. */
export const tagOfStored = (storedId: string): string => storedId.slice(0, TAG_LENGTH)

/** Any base64url text of a byte or more as two hex digits. */
const tagOf = (text: string): string =>
  (runtime.decodeBytes(text)?.[0] ?? 0).toString(16).padStart(TAG_LENGTH, '0')

export const hash = (text: string): string => runtime.hashText(text)

/** A stored id as events tell of it: the same hash as of the id itself. */
export function storedHash(storedId: string): string {
  const bytes = runtime.decodeBytes(storedId.slice(TAG_LENGTH))
  return bytes === null ? hash(storedId).slice(0, 22) : runtime.encodeBytes(bytes.subarray(0, 16))
}
