// Fields that the server drops by itself, where it can; elsewhere they stay until the sweep.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CreateTerms, StoredSession } from '../../../src/core/store.ts'
import { type RedisStore, redisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import {
  findNewerValkey,
  findRedis,
  NO_NEWER_VALKEY,
  NO_REDIS,
  type RedisServer,
  startRedis,
} from '../../support/redis.ts'
import { checkKeyspace } from '../../support/redis-keyspace.ts'
import { fromOf, NOW, patchOf, sessionOf as plainSession } from '../../support/redis-stage.ts'

const RETENTION = 3600
const FIELDS = new Map([
  ['cart', '[1]'],
  ['otp', '"123"'],
])

const sessionOf = (changes: Partial<StoredSession> = {}): StoredSession =>
  plainSession({
    subject: 'ann',
    fields: FIELDS,
    fieldEnds: new Map([['otp', NOW + 300]]),
    ...changes,
  })

const besideOf = ({ id }: { readonly id: string }) => `sojourn:{${id.slice(0, 2)}}f:${id.slice(2)}`

function suite(path: string | null, play: (stage: () => Stage) => void): void {
  let server: RedisServer
  let stage: Stage
  const open = async () => {
    const client = createClient({ url: `redis://127.0.0.1:${server.port}` })
    await client.on('error', () => {}).connect()
    stage = { server, store: redisStore(client), other: redisStore(client), client }
  }
  beforeAll(async () => {
    server = await startRedis(path ?? '')
    await open()
  })
  beforeEach(() => server.ask('FLUSHALL'))
  afterAll(async () => {
    stage?.client.destroy()
    await server?.stop()
  })
  play(() => stage)
}

interface Stage {
  readonly server: RedisServer
  readonly store: RedisStore
  /** The same store, in a process that knows nothing yet. */
  readonly other: RedisStore
  readonly client: { destroy(): void }
}

const begin = async ({ store }: Stage, changes?: Partial<StoredSession>, terms?: CreateTerms) => {
  const session = sessionOf(changes)
  expect(await store.create(session, NOW, terms)).toMatchObject({ state: 'done' })
  return session
}

/** Both stores, and every way to read. */
async function holds({ store, other }: Stage, id: string, fields: ReadonlyMap<string, string>) {
  for (const [reader, touch] of [
    [other, false],
    [store, true],
    [store, false],
    [other, true],
  ] as const) {
    const reading = await reader.read(id, NOW, touch)
    expect(reading.state === 'live' && reading.session.fields).toEqual(fields)
  }
  const [listed] = await store.list('ann', NOW)
  expect(listed?.fields).toEqual(fields)
}

/** Seconds until the server drops the field; undefined where it will not. */
async function lifeOf({ server }: Stage, session: StoredSession, field: string) {
  const life = Number(await server.ask('HPTTL', besideOf(session), 'FIELDS', '1', field))
  return life > 0 ? Math.round(life / 1000) : undefined
}

describe('a server that drops fields', needs(findNewerValkey(), NO_NEWER_VALKEY), () => {
  suite(findNewerValkey(), (stage) => {
    test('a field has the time until its end, and the retention', async () => {
      const session = await begin(stage())
      await holds(stage(), session.id, FIELDS)
      expect(await lifeOf(stage(), session, 'otp')).toBe(300 + RETENTION + 1)
      expect(await lifeOf(stage(), session, 'cart')).toBeUndefined()
      await checkKeyspace([stage().server])
    })

    test('whatever a client puts before the keys', async () => {
      const client = new Redis(stage().server.port, '127.0.0.1', { keyPrefix: '{app}s:' })
      const store = redisStore(client)
      const session = await begin({ ...stage(), store })
      await holds({ ...stage(), store, other: redisStore(client) }, session.id, FIELDS)
      client.disconnect()
    })

    test('who may not ask the server what it knows does without', async () => {
      const { server } = stage()
      const rights = ['~sojourn:*', '+@all', '-command']
      await server.ask('ACL', 'SETUSER', 'app', 'on', '>secret', ...rights)
      const url = `redis://app:secret@127.0.0.1:${server.port}`
      const client = await createClient({ url })
        .on('error', () => {})
        .connect()
      const store = redisStore(client)
      const session = await begin({ ...stage(), store })
      await holds({ ...stage(), store }, session.id, FIELDS)
      expect(await server.ask('EXISTS', besideOf(session))).toBe('0')
      client.destroy()
    })

    test('a patch sets a field with an end, and one without', async () => {
      const session = await begin(stage(), { fieldEnds: undefined })
      const { store } = stage()
      const set = new Map([['otp', '"456"']])
      const fieldEnds = new Map([['otp', NOW + 60]])
      await store.patch(session.id, patchOf({ set, fieldEnds }), NOW)
      await holds(stage(), session.id, new Map([...FIELDS, ...set]))
      expect(await lifeOf(stage(), session, 'otp')).toBe(60 + RETENTION + 1)
      await store.patch(session.id, patchOf({ set: FIELDS }), NOW)
      await holds(stage(), session.id, FIELDS)
      expect(await stage().server.ask('EXISTS', besideOf(session))).toBe('0')
      await checkKeyspace([stage().server])
    })

    test('a field with an end is deleted and expected as any other', async () => {
      const session = await begin(stage())
      const { store } = stage()
      const expect1 = new Map([['otp', '"999"']])
      const patched = await store.patch(session.id, patchOf({ expect: expect1 }), NOW)
      expect(patched).toEqual({ state: 'conflict', current: new Map([['otp', '"123"']]) })
      const deleted = ['otp']
      const done = await store.patch(session.id, patchOf({ deleted, expect: FIELDS }), NOW)
      expect(done).toEqual({ state: 'done' })
      await holds(stage(), session.id, new Map([['cart', '[1]']]))
    })

    test('a field with an end moves to the session that goes on, with its time', async () => {
      const old = await begin(stage())
      const set = new Map([['views', '1']])
      const next = await begin(
        stage(),
        { fields: set, fieldEnds: undefined },
        { from: fromOf(old) },
      )
      await holds(stage(), next.id, new Map([...FIELDS, ...set]))
      expect(await lifeOf(stage(), next, 'otp')).toBe(300 + RETENTION + 1)
      await checkKeyspace([stage().server])
    })

    test('a field that has gone leaves the session as it is', async () => {
      const session = await begin(stage())
      await stage().server.ask('HDEL', besideOf(session), 'otp')
      await holds(stage(), session.id, new Map([['cart', '[1]']]))
      await stage().store.patch(session.id, patchOf({ set: new Map([['cart', '[2]']]) }), NOW)
      await holds(stage(), session.id, new Map([['cart', '[2]']]))
      await checkKeyspace([stage().server])
    })

    test('an end in the year 9999 is kept', async () => {
      const session = await begin(stage(), { fieldEnds: new Map([['otp', 253_402_300_799]]) })
      await holds(stage(), session.id, FIELDS)
    })

    test('an end that is long past is dropped with the next second, and not before', async () => {
      const session = await begin(stage(), { fieldEnds: new Map([['otp', NOW - 100_000]]) })
      expect(await lifeOf(stage(), session, 'otp')).toBe(1)
    })

    test('an end takes such fields along, and a touch keeps them', async () => {
      const session = await begin(stage(), { idle: 100_000 })
      const { store, server } = stage()
      await store.touch(session.id, NOW + 100)
      await store.read(session.id, NOW + 200, true)
      const [whole, apart] = await Promise.all(
        [besideOf(session).replace('}f:', '}s:'), besideOf(session)].map((key) =>
          server.ask('PTTL', key),
        ),
      )
      expect(Math.abs(Number(whole) - Number(apart))).toBeLessThan(1000)
      await store.end(session.id, { reason: 'logout', keep: 60 }, NOW + 200)
      expect(await checkKeyspace([server])).toMatchObject({ ended: 1, live: 0 })
    })

    test('fieldExpiry: false leaves them to the sweep', async () => {
      const client = createClient({ url: `redis://127.0.0.1:${stage().server.port}` })
      await client.connect()
      const store = redisStore(client, { fieldExpiry: false })
      const session = sessionOf()
      await store.create(session, NOW)
      client.destroy()
      await holds(stage(), session.id, FIELDS)
      expect(await stage().server.ask('EXISTS', besideOf(session))).toBe('0')
    })
  })
})

describe('a server that does not drop fields', needs(findRedis(), NO_REDIS), () => {
  suite(findRedis(), (stage) => {
    test('keeps them with the session', async () => {
      const session = await begin(stage())
      const set = new Map([['otp', '"456"']])
      const fieldEnds = new Map([['otp', NOW + 60]])
      await stage().store.patch(session.id, patchOf({ set, fieldEnds }), NOW)
      await holds(stage(), session.id, new Map([...FIELDS, ...set]))
      expect(await stage().server.ask('EXISTS', besideOf(session))).toBe('0')
    })
  })
})
