// The sessions that Flask-Session 0.8 keeps in Redis, shared with a Flask program.
import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import { hash } from '../core/ids.ts'
import type {
  Conflict,
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  IdScheme,
  Patch,
  Patched,
  Reading,
  Store,
  StoredSession,
  Tombstone,
  Unknown,
} from '../core/store.ts'
import { jsonValues } from '../formats/json-values.ts'
import { flaskIds } from './parts/flask-ids.ts'
import { jsonWith, type Mapping, msgpack, type Serialization } from './parts/flask-mapping.ts'
import { changed, type Lived, toStored } from './parts/flask-record.ts'
import { END, MOVE, READ, SWAP } from './parts/flask-scripts.ts'
import { type Connection, connectionOf, type RedisClient } from './parts/redis-client.ts'

/** Flask-Session's configuration, in camelCase without `session`. */
export interface FlaskSessionStoreOptions {
  /** `SESSION_KEY_PREFIX`. @default 'session:' */
  readonly keyPrefix?: string
  /** `SESSION_SERIALIZATION_FORMAT`. The other one is read, too. @default 'msgpack' */
  readonly serializationFormat?: 'msgpack' | 'json'
  /** `PERMANENT_SESSION_LIFETIME`: the time to live of every session there. @default 31 days */
  readonly permanentSessionLifetime?: Duration
  /** `SESSION_USE_SIGNER`: the cookie is signed with the `secretKey`. @default false */
  readonly useSigner?: boolean
}

const UNKNOWN: Unknown = Object.freeze({ state: 'unknown' })
const MOST_TRIES = 256

/**
 * A store over the keys of Flask-Session, for `cookie: { name: 'session', … }` as Flask has it.
 *
 * @throws SessionError `bad-option`, `bad-duration`
 */
export const flaskSessionStore = (
  client: RedisClient,
  options: FlaskSessionStoreOptions = {},
): Store => new FlaskSessionStore(connectionOf(client), options)

class FlaskSessionStore implements Store {
  readonly caveat =
    'Flask-Session keeps whole sessions under bare ids: a Flask program that saves one can undo what was written here meanwhile, and who reads the Redis can take sessions over.'
  readonly ids: IdScheme
  readonly values
  readonly #connection: Connection
  readonly #prefix: string
  readonly #lifetime: number
  readonly #own: Serialization
  readonly #other: Serialization

  constructor(connection: Connection, options: FlaskSessionStoreOptions) {
    const { keyPrefix = 'session:', serializationFormat = 'msgpack', useSigner = false } = options
    if (serializationFormat !== 'msgpack' && serializationFormat !== 'json') {
      throw new SessionError('bad-option', "serializationFormat must be 'msgpack' or 'json'.")
    }
    const { permanentSessionLifetime = { days: 31 } } = options
    this.#lifetime = Math.trunc(toSeconds(permanentSessionLifetime, 'permanentSessionLifetime'))
    if (this.#lifetime < 1) {
      throw new SessionError('bad-duration', 'permanentSessionLifetime must be a second or more.')
    }
    const both = { msgpack, json: jsonWith(jsonValues) }
    this.#own = both[serializationFormat]
    this.#other = serializationFormat === 'json' ? both.msgpack : both.json
    this.values = this.#own.values
    this.ids = flaskIds(useSigner)
    this.#connection = connection
    this.#prefix = keyPrefix
  }

  async create(session: StoredSession, _: number, terms: CreateTerms = {}): Promise<Created> {
    if (terms.limit) {
      throw new SessionError(
        'bad-option',
        'Flask-Session cannot find the sessions of a subject, so maxSessions cannot hold there.',
      )
    }
    if (terms.from) return this.#goOn(session, terms.from, MOST_TRIES)
    const mapping = changed(new Map(), { set: session.fields, deleted: [] }, this.#own, session)
    const isDone = await this.#swap(session.id, '', mapping, true)
    return isDone ? { state: 'done', ended: [] } : { state: 'taken' }
  }

  async read(id: string, now: number, touch: boolean): Promise<Reading> {
    const found = await this.#find(id)
    if ('state' in found) return found
    const session = toStored(id, found, now, this.#lifetime, this.#own)
    const isDue = touch && this.#lifetime - found.ttl > session.throttle
    const touched = isDue && (await this.#expire(id))
    return { state: 'live', session, touched }
  }

  async patch(id: string, patch: Patch, now: number): Promise<Patched> {
    for (let tries = MOST_TRIES; tries > 0; tries--) {
      const found = await this.#find(id)
      if ('state' in found) return found
      const session = toStored(id, found, now, this.#lifetime, this.#own)
      const conflict = conflictOf(session, patch.expect)
      if (conflict) return conflict
      const mapping = changed(found.mapping, patch, this.#own)
      if (await this.#swap(id, found.hex, mapping, patch.seenAt !== undefined)) {
        return { state: 'done' }
      }
    }
    throw new SessionError('store-unavailable', 'The session is changed by others all the time.')
  }

  async touch(id: string): Promise<EndedNow> {
    if (await this.#expire(id)) return { state: 'done' }
    const found = await this.#find(id)
    return 'state' in found ? found : { state: 'done' }
  }

  async end(
    id: string,
    { reason, keep }: Ending,
    now: number,
    subject?: string,
  ): Promise<EndedNow> {
    const found = await this.#find(id)
    const before = 'state' in found ? null : toStored(id, found, now, this.#lifetime, this.#own)
    if (subject !== undefined && before?.subject !== subject) return UNKNOWN
    const stone = stoneText({
      reason,
      at: now,
      subject: before?.subject ?? null,
      next: null,
      until: 0,
    })
    const answer = await this.#run(END, [this.#key(id), this.#stoneKey(id)], [stone, String(keep)])
    return answer === 'done' ? { state: 'done' } : toStone(String(answer))
  }

  async #goOn(
    session: StoredSession,
    from: NonNullable<CreateTerms['from']>,
    tries: number,
  ): Promise<Created> {
    const found = await this.#find(from.id)
    if ('state' in found) return found
    const { createdAt: now, subject } = session
    const before = toStored(from.id, found, now, this.#lifetime, this.#own)
    const conflict = conflictOf(before, from.expect)
    if (conflict) return conflict
    const patch = { set: session.fields, deleted: from.deleted }
    const mapping = changed(found.mapping, patch, this.#own, session)
    const { reason, until } = from
    const next = until === null ? null : session.id
    const stone = stoneText({ reason, at: session.seenAt, subject, next, until: until ?? 0 })
    const keys = [this.#key(session.id), this.#key(from.id), this.#stoneKey(from.id)]
    const texts = [found.hex, this.#own.write(mapping), String(this.#lifetime), stone]
    const moved = Number(await this.#run(MOVE, keys, [...texts, String(from.keep)]))
    if (moved === 1) return { state: 'done', ended: [] }
    if (moved === 2 || tries === 0) return { state: 'taken' }
    return this.#goOn(session, from, tries - 1)
  }

  async #find(id: string): Promise<(Lived & { readonly hex: string }) | Tombstone | Unknown> {
    const keys = [this.#key(id), this.#stoneKey(id)]
    const [hex, ttl, stone] = (await this.#run(READ, keys, [])) as [string, number, string]
    if (hex === '') return toStone(stone)
    const mapping = this.#own.read(hex) ?? this.#translated(hex)
    return mapping === null ? UNKNOWN : { mapping, ttl: Number(ttl), hex }
  }

  /** A session in the other format, as Flask-Session reads it too; written in our own. */
  #translated(hex: string): Mapping | null {
    const mapping = this.#other.read(hex)
    if (mapping === null) return null
    const { values } = this.#other
    return new Map(
      [...mapping].map(([key, text]) => [key, this.#own.values.encode(values.decode(text), key)]),
    )
  }

  async #swap(id: string, before: string, mapping: Mapping, renews: boolean): Promise<boolean> {
    const ttl = renews ? String(this.#lifetime) : ''
    const texts = [before, this.#own.write(mapping), ttl]
    return Number(await this.#run(SWAP, [this.#key(id)], texts)) === 1
  }

  async #expire(id: string): Promise<boolean> {
    const key = this.#key(id)
    return Number(await this.#connection.send(key, ['EXPIRE', key, String(this.#lifetime)])) === 1
  }

  #run(script: string, keys: string[], args: string[]): Promise<unknown> {
    return this.#connection.send(keys[0] ?? '', [
      'EVAL',
      script,
      String(keys.length),
      ...keys,
      ...args,
    ])
  }

  #key = (id: string): string => this.#prefix + id
  /** Under another prefix, which Flask never reads; the id is none any more, and hashed all the same. */
  #stoneKey = (id: string): string => `sojourn:ended:${hash(id)}`
}

function conflictOf({ fields }: StoredSession, expect: Patch['expect']): Conflict | null {
  if (expect === undefined) return null
  const current = new Map([...expect].map(([key]) => [key, fields.get(key) ?? null]))
  const isSame = [...expect].every(([key, text]) => current.get(key) === text)
  return isSame ? null : { state: 'conflict', current }
}

const stoneText = (stone: Omit<Tombstone, 'state'>): string => JSON.stringify(stone)

const toStone = (text: string): Tombstone | Unknown =>
  text === '' ? UNKNOWN : { state: 'ended', ...(JSON.parse(text) as Omit<Tombstone, 'state'>) }
