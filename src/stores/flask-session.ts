// Sessions shared with Flask-Session: its keys in Redis, its ids, its signature, its values.

import { runtime } from '#runtime'
import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import type { IdScheme, Store, ValueCodec } from '../core/store.ts'
import { Door } from './parts/flask-session-door.ts'
import { OWN_KEY, PERMANENT_KEY } from './parts/flask-session-own.ts'
import { FlaskRecords } from './parts/flask-session-records.ts'
import { FlaskSessionStore } from './parts/flask-session-store.ts'
import { connectionOf, type RedisClient } from './parts/redis-client.ts'
import { Runner } from './parts/redis-runner.ts'
import type { Serialization } from './parts/serialization.ts'

export type { RedisClient } from './parts/redis-client.ts'

/** What the Flask program has in its configuration. Both must say the same. */
export interface FlaskSessionStoreOptions {
  /** `SESSION_KEY_PREFIX`. @default 'session:' */
  readonly keyPrefix?: string
  /** `SESSION_SERIALIZATION_FORMAT`. The other one is read, too. @default 'msgpack' */
  readonly serializationFormat?: 'msgpack' | 'json'
  /**
   * `PERMANENT_SESSION_LIFETIME`: how long Redis keeps a session after its last activity, permanent or
   * not. By it the last activity is known, so it must be the same on both sides. @default { days: 31 }
   */
  readonly permanentSessionLifetime?: Duration
  /** `SESSION_USE_SIGNER`. Signs with the `secretKey` of `createSessions`, which it needs. @default false */
  readonly useSigner?: boolean
}

const DEFAULTS = Object.freeze({
  keyPrefix: 'session:',
  serializationFormat: 'msgpack',
  permanentSessionLifetime: Object.freeze({ days: 31 }),
  useSigner: false,
} as const)

const CAVEAT =
  'Flask-Session keeps the ids of live sessions readable in Redis and saves each session whole: a slow request of Flask can undo a change that was made here or revive there a session that was ended, and nobody can be logged out everywhere.'

/** Of 16 to 64 random bytes, or the text of a UUID, which old releases wrote. */
const ID = /^[\w-]{22,86}$/
const ID_BYTES = 32
/** The longest id, a dot and a signature. */
const LONGEST_COOKIE = 86 + 1 + 27

/**
 * A store that a Python program with Flask-Session 0.8 shares, over the Redis client of either. Give
 * `createSessions` the name and the flags of Flask's cookie besides: `docs/flask-session.md`.
 *
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export function flaskSessionStore(
  client: RedisClient,
  options: FlaskSessionStoreOptions = {},
): Store {
  const { keyPrefix, serializationFormat, permanentSessionLifetime, useSigner } = {
    ...DEFAULTS,
    ...options,
  }
  const lifetime = Math.trunc(toSeconds(permanentSessionLifetime, 'permanentSessionLifetime'))
  demandSound(keyPrefix, serializationFormat, lifetime, useSigner)
  const runner = new Runner(connect(client), lifetime)
  const records = new FlaskRecords(serializationFormat, lifetime)
  const door = new Door({ runner, records, keyPrefix, lifetime })
  const values = valuesOf(records.serialization)
  return new FlaskSessionStore({
    runner,
    records,
    door,
    ids: idsOf(useSigner),
    values,
    caveat: CAVEAT,
  })
}

/** Its cluster client is none that Flask-Session takes. */
function connect(client: RedisClient) {
  const connection = connectionOf(client)
  if (!connection.isCluster) return connection
  throw new SessionError(
    'bad-option',
    'flaskSessionStore takes a client of one server, as Flask-Session does: write flaskSessionStore(createClient({ url })).',
  )
}

function idsOf(useSigner: boolean): IdScheme {
  const signature = { salt: 'flask-session', digest: 'sha1', keyDerivation: 'hmac' } as const
  return Object.freeze({
    longest: LONGEST_COOKIE,
    create: () => runtime.random(ID_BYTES),
    fits: (id: string) => ID.test(id),
    storedId: (id: string) => id,
    signature: useSigner ? signature : null,
  })
}

function valuesOf({ write, read }: Serialization): ValueCodec {
  return Object.freeze({
    encode: (value: unknown, key: string) => {
      if (key !== OWN_KEY && key !== PERMANENT_KEY) return write(value, key)
      throw new SessionError(
        'not-serializable',
        `The key ${key} is not the application's. Write session.permanent = true, or name the key otherwise.`,
      )
    },
    decode: read,
  })
}

function demandSound(
  keyPrefix: unknown,
  serializationFormat: unknown,
  lifetime: number,
  useSigner: unknown,
): void {
  if (typeof keyPrefix !== 'string') {
    throw new SessionError('bad-option', "keyPrefix must be a text: write { keyPrefix: 'shop:' }.")
  }
  if (serializationFormat !== 'msgpack' && serializationFormat !== 'json') {
    throw new SessionError('bad-option', "serializationFormat must be 'msgpack' or 'json'.")
  }
  if (lifetime < 1) {
    throw new SessionError(
      'bad-option',
      'permanentSessionLifetime must be a second or more, since Redis keeps nothing for less.',
    )
  }
  if (typeof useSigner !== 'boolean') {
    throw new SessionError('bad-option', 'useSigner must be true or false.')
  }
}
