// Sessions in Redis or Valkey: for several machines. Through node-redis, ioredis or iovalkey, on one server,
// under Sentinel or in a Cluster.

import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import { isTouchDue } from '../core/judgement.ts'
import type {
  Awaitable,
  Created,
  CreateTerms,
  EndedNow,
  Ending,
  FieldEnds,
  FullStore,
  Patch,
  Patched,
  Reading,
  SingleEnding,
  StoredSession,
} from '../core/store.ts'
import {
  createdBy,
  creation,
  endedBy,
  ending,
  type FieldExpiry,
  patchedBy,
  patching,
} from './parts/redis-changes.ts'
import { connectionOf, type RedisClient } from './parts/redis-client.ts'
import { createAcross, liesApart } from './parts/redis-crossing.ts'
import { Keys } from './parts/redis-keys.ts'
import { readText, whoseOf } from './parts/redis-records.ts'
import { type RedisWait, Runner } from './parts/redis-runner.ts'
import { CREATE, END, PATCH, READ, type Script } from './parts/redis-scripts.ts'
import { END_ALL, LIST } from './parts/redis-sweep-scripts.ts'
import { claim, forget, scan, sessionsOf } from './parts/redis-sweeps.ts'
import { Hints } from './parts/touch-hints.ts'

export type { RedisClient } from './parts/redis-client.ts'
export type { RedisWait } from './parts/redis-runner.ts'

export interface RedisStoreOptions {
  /** What all keys begin with. Two applications on one server need two. @default 'sojourn:' */
  readonly prefix?: string
  /** How long a session that is over is kept for a sweep to be told of it. @default '1h' */
  readonly retention?: Duration
  /**
   * Whether the server itself drops single fields (`HPEXPIRE`: Redis 7.4, Valkey 9) once their own end
   * and the retention have gone by. Elsewhere they go when a sweep has told of them.
   *
   * @default what the server says, asked for once
   */
  readonly fieldExpiry?: boolean
  /**
   * How many replicas must have an `end` or `endAll` before it is answered, and how long that may take;
   * with fewer, both throw `store-unavailable`, and may be repeated. Replication is asynchronous: without
   * this, a master that dies may take a logout with it. What else is sent over the same connection
   * waits as well. @default none
   */
  readonly wait?: RedisWait
}

const DEFAULTS = Object.freeze({ prefix: 'sojourn:', retention: '1h' } as const)

/**
 * A store on a client that is connected already, and stays open. Each verb is one script, which is
 * atomic; only in a cluster a session that goes on from one under another tag takes three. Needs Redis
 * 6 or newer, and a `maxmemory-policy` of `noeviction`.
 *
 * @throws SessionError `bad-option`, `bad-duration`.
 */
export const redisStore = (client: RedisClient, options: RedisStoreOptions = {}): RedisStore =>
  new RedisStore(client, options)

/** Made by `redisStore`. */
export class RedisStore implements FullStore {
  readonly #runner: Runner
  readonly #keys: Keys
  readonly #hints = new Hints()
  readonly #retention: number
  readonly #wait: RedisWait | undefined
  #expires: Promise<boolean> | undefined

  constructor(client: RedisClient, options: RedisStoreOptions) {
    const { prefix, retention, fieldExpiry, wait } = { ...DEFAULTS, ...options }
    this.#retention = Math.ceil(toSeconds(retention, 'retention'))
    demandSound(prefix, this.#retention, wait)
    this.#runner = new Runner(connectionOf(client), this.#retention)
    this.#keys = new Keys(prefix)
    this.#wait = wait
    if (fieldExpiry !== undefined) this.#expires = Promise.resolve(fieldExpiry)
  }

  async create(session: StoredSession, now: number, terms: CreateTerms = {}): Promise<Created> {
    const expiry = await this.#expiry(session.id, session.fieldEnds, now)
    const { from } = terms
    if (from !== undefined) this.#hints.forget(from.id)
    if (from !== undefined && this.#runner.isCluster && liesApart(from.id, session.id)) {
      const places = { runner: this.#runner, keys: this.#keys }
      return createAcross(places, session, from, terms, expiry, now)
    }
    const keys = [...this.#keys.begun(session), ...(from ? this.#keys.both(from.id) : [])]
    const args = creation('whole', session, terms, expiry)
    return createdBy(await this.#runner.run(CREATE, keys, now, args), from?.expect, now)
  }

  read(id: string, now: number, touch: boolean): Promise<Reading> {
    if (!this.#hints.isQuiet(id, now, touch)) return this.#readAndTouch(id, now, touch)
    const key = this.#keys.session(id)
    return this.#runner.send(key, ['GET', key], (text): Awaitable<Reading> => {
      const { reading, isApart } = readText(id, text === null ? null : String(text), now)
      const isLive = reading.state === 'live'
      if (isLive && (isApart || (touch && isTouchDue(reading.session, now)))) {
        return this.#readAndTouch(id, now, touch)
      }
      if (isLive) this.#hints.learn(id, reading.session)
      else this.#hints.forget(id)
      return reading
    })
  }

  /** Where a touch may be due, or fields lie apart. */
  async #readAndTouch(id: string, now: number, touch: boolean): Promise<Reading> {
    const keys = [this.#keys.session(id)]
    const text = await this.#runner.ask(READ, keys, now, [touch ? 1 : 0])
    const { reading, isApart } = readText(id, text === null ? null : String(text), now)
    if (reading.state !== 'live' || isApart) this.#hints.forget(id)
    if (reading.state !== 'live') return reading
    const { session } = reading
    const touched = touch && isTouchDue(session, now)
    if (!isApart) this.#hints.learn(id, touched ? { ...session, seenAt: now } : session)
    return { state: 'live', session, touched }
  }

  async patch(id: string, patch: Patch, now: number): Promise<Patched> {
    const expiry = await this.#expiry(id, patch.fieldEnds, now)
    if (patch.bounds !== undefined || expiry !== null) this.#hints.forget(id)
    const args = patching(patch, expiry)
    return patchedBy(
      await this.#runner.run(PATCH, this.#keys.both(id), now, args),
      patch.expect,
      now,
    )
  }

  async touch(id: string, now: number): Promise<EndedNow> {
    const args = patching({ set: new Map(), deleted: [], seenAt: now }, null)
    return endedBy(await this.#runner.run(PATCH, this.#keys.both(id), now, args), now)
  }

  async end(id: string, given: SingleEnding, now: number, subject?: string): Promise<Patched> {
    this.#hints.forget(id)
    const args = ending(given, whoseOf(subject ?? null), this.#wait !== undefined)
    const answer = await this.#runAndWait(END, this.#keys.both(id), now, args)
    return patchedBy(answer, given.expect, now)
  }

  async list(subject: string, now: number): Promise<StoredSession[]> {
    const keys = this.#keys.subject(subject)
    return sessionsOf(await this.#runner.run(LIST, keys, now, [whoseOf(subject)]))
  }

  async endAll(subject: string, { reason, keep }: Ending, now: number, except = '') {
    const args = [whoseOf(subject), reason, keep, except, this.#wait === undefined ? '' : 1]
    const ended = await this.#runAndWait(END_ALL, this.#keys.subject(subject), now, args)
    return ended as string[]
  }

  claim(now: number, most: number, lease: number): Promise<StoredSession[]> {
    return claim(this.#runner, this.#keys, now, most, lease)
  }

  forget(ids: readonly string[], now: number): Promise<number> {
    return forget(this.#runner, this.#keys, ids, now)
  }

  scan(now: number, after: string | null, most: number) {
    return scan(this.#runner, this.#keys, now, after, most, async (id) => {
      const reading = await this.read(id, now, false)
      return reading.state === 'live' ? reading.session : null
    })
  }

  #runAndWait(script: Script, keys: string[], now: number, args: (string | number)[]) {
    return this.#wait === undefined
      ? this.#runner.run(script, keys, now, args)
      : this.#runner.runAndWait(script, keys, now, args, this.#wait)
  }

  /** Null where nothing has an end of its own, or the server drops no single fields. */
  async #expiry(id: string, ends: FieldEnds | undefined, now: number): Promise<FieldExpiry | null> {
    if (ends === undefined || ends.size === 0) return null
    this.#expires ??= this.#knows('HPEXPIRE', this.#keys.session(id))
    return (await this.#expires) ? { now, retention: this.#retention } : null
  }

  /** Whether the server knows a command. Asked for again where it could not be asked. */
  async #knows(command: string, key: string): Promise<boolean> {
    try {
      const asked = ['COMMAND', 'INFO', command]
      return await this.#runner.send(key, asked, (known) => (known as unknown[])[0] !== null)
    } catch (error) {
      // Who may not ask does without: it is the sweep then that takes fields out.
      if (isRefused(error)) return false
      this.#expires = undefined
      throw error
    }
  }
}

/** Whether the server answered that it knows no such command, or that the user may not use it. */
const isRefused = (error: unknown): boolean =>
  error instanceof SessionError &&
  error.cause instanceof Error &&
  /^(?:NOPERM|ERR unknown)/.test(error.cause.message)

function demandSound(prefix: unknown, retention: number, wait: RedisWait | undefined): void {
  if (typeof prefix !== 'string' || /[{}]/.test(prefix)) {
    throw new SessionError(
      'bad-option',
      "prefix must be a text without braces: those name the slot of a key. Write { prefix: 'shop:' }.",
    )
  }
  if (retention < 0) throw new SessionError('bad-option', 'retention must not be negative.')
  if (wait === undefined) return
  const { replicas, milliseconds } = wait
  if ([replicas, milliseconds].some((number) => !Number.isSafeInteger(number) || number < 1)) {
    throw new SessionError(
      'bad-option',
      'wait takes whole numbers of at least 1: write { wait: { replicas: 1, milliseconds: 100 } }.',
    )
  }
}
