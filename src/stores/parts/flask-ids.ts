// Ids of Flask-Session: random bytes as base64url, bare in the cookie and in the store.
import { runtime } from '#runtime'
import type { IdScheme } from '../../core/store.ts'

const ID_BYTES = 32
/** 16 to 64 bytes as base64url, or the UUID of releases before 0.6. */
const ID = /^[\w-]{22,86}$/

/** @param isSigned whether the cookie carries itsdangerous' signature with the salt `flask-session` */
export const flaskIds = (isSigned: boolean): IdScheme => ({
  longest: 128,
  create: () => runtime.random(ID_BYTES),
  fits: (id) => ID.test(id),
  storedId: (id) => id,
  signature: isSigned ? { salt: 'flask-session', digest: 'sha1', keyDerivation: 'hmac' } : null,
})
