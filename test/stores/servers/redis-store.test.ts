// What the store on Redis promises beside the contract: its commands, and what it never shows.
import { createClient } from 'redis'
import { describe, expect, test } from 'vitest'
import { bounded } from '../../../src/stores/parts/bounded.ts'
import { redisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS } from '../../support/redis.ts'
import { checkKeyspace, shownOf } from '../../support/redis-keyspace.ts'
import { LOGOUT, NOW, newId, patchOf, redisStage, sessionOf } from '../../support/redis-stage.ts'
import { walk } from '../../support/store-walk.ts'

const redis = findRedis()

describe('redisStore', needs(redis, NO_REDIS), () => {
  const stage = redisStage(redis)

  test('a random walk answers as the model does', { timeout: 60_000 }, async () => {
    await walk(await stage.open(), 300)
    await checkKeyspace([stage.server])
  })

  test('a session that this process has not seen is read by one script', async () => {
    const session = sessionOf({ subject: 'ann' })
    await (await stage.open()).create(session, NOW)
    const store = await stage.open()
    const counts = await stage.commandsOf(async () => store.read(session.id, NOW, true))
    expect(counts).toEqual({ evalsha: 1, get: 1 })
  })

  test('a session that was seen is read by one GET, and nothing is written', async () => {
    const store = await stage.open()
    const session = sessionOf({ subject: 'ann' })
    await store.create(session, NOW)
    await store.read(session.id, NOW, true)
    const counts = await stage.commandsOf(async () => {
      for (let second = 0; second <= 60; second++) await store.read(session.id, NOW + second, true)
    })
    expect(counts).toEqual({ get: 61 })
  })

  test('a touch that is due is part of the same command', async () => {
    const store = await stage.open()
    const session = sessionOf()
    await store.create(session, NOW)
    await store.read(session.id, NOW, true)
    const counts = await stage.commandsOf(async () => {
      expect(await store.read(session.id, NOW + 61, true)).toMatchObject({ touched: true })
    })
    expect(counts).toMatchObject({ evalsha: 1, set: 1 })
    const after = await stage.commandsOf(async () => store.read(session.id, NOW + 121, true))
    expect(after).toEqual({ get: 1 })
  })

  test('who shortened the throttle elsewhere is heeded at once', async () => {
    const [store, other] = [await stage.open(), await stage.open()]
    const session = sessionOf()
    await store.create(session, NOW)
    await store.read(session.id, NOW, true)
    const bounds = { idle: 300, endsAt: session.endsAt, throttle: 5 }
    await other.patch(session.id, patchOf({ bounds }), NOW + 1)
    expect(await store.read(session.id, NOW + 20, true)).toMatchObject({ touched: true })
    expect(await store.read(session.id, NOW + 319, false)).toMatchObject({ state: 'live' })
  })

  test('a server that has forgotten the scripts is given them again', async () => {
    for (const name of ['node-redis', 'ioredis 5']) {
      const store = await stage.open({}, name)
      await stage.server.ask('SCRIPT', 'FLUSH')
      const session = sessionOf({ subject: 'ann' })
      expect(await store.create(session, NOW)).toMatchObject({ state: 'done' })
      await stage.server.ask('SCRIPT', 'FLUSH')
      expect(await store.read(session.id, NOW + 100, true)).toMatchObject({ touched: true })
      const counts = await stage.commandsOf(async () => store.read(session.id, NOW + 200, true))
      expect(counts).toMatchObject({ evalsha: 1 })
      expect(counts).not.toHaveProperty('eval')
    }
  })

  test('no subject, key of a field or text is in the name of a key', async () => {
    const store = await stage.open()
    const session = sessionOf({
      subject: 'ann@example.com',
      fields: new Map([['secret', '"a text"']]),
    })
    await store.create(session, NOW)
    const names = [...(await checkKeyspace([stage.server])).keys.keys()].join('\n')
    expect(names).not.toMatch(/ann@|example|secret|text/)
    expect(names).toContain(shownOf('ann@example.com'))
  })

  test('a wait without enough replicas says so, and the end stays', async () => {
    for (const name of ['node-redis', 'node-redis, a pool', 'ioredis 6', 'iovalkey']) {
      const store = await stage.open({ wait: { replicas: 1, milliseconds: 5 } }, name)
      const session = sessionOf({ subject: 'ann' })
      await stage.server.ask('SCRIPT', 'FLUSH')
      await store.create(session, NOW)
      const unavailable = { code: 'store-unavailable' }
      await expect(store.end(session.id, LOGOUT, NOW)).rejects.toMatchObject(unavailable)
      await expect(store.endAll('ann', LOGOUT, NOW)).rejects.toMatchObject(unavailable)
      expect(await store.read(session.id, NOW, true)).toMatchObject({ state: 'ended' })
    }
  })

  test('a wait without enough replicas does not shut the store off', async () => {
    const store = bounded(await stage.open({ wait: { replicas: 1, milliseconds: 5 } }))
    for (let time = 0; time < 9; time++) {
      const session = sessionOf()
      await store.create(session, NOW)
      const end = Promise.resolve(store.end(session.id, LOGOUT, NOW))
      await expect(end).rejects.toMatchObject({ code: 'store-unavailable' })
      expect(await store.read(session.id, NOW, true)).toMatchObject({ state: 'ended' })
    }
    const ends = Array.from({ length: 9 }, async () => store.end(newId(), LOGOUT, NOW))
    expect((await Promise.allSettled(ends)).every(({ status }) => status === 'rejected')).toBe(true)
    expect(await store.read(newId(), NOW, true)).toEqual({ state: 'unknown' })
  })

  test('a failure is store-unavailable and tells no id and no text', async () => {
    for (const name of ['node-redis', 'ioredis 5']) {
      const store = await stage.open({}, name)
      const session = sessionOf({ subject: 'ann', fields: new Map([['secret', '"a text"']]) })
      await stage.server.ask('SET', `sojourn:{${session.id.slice(0, 2)}}d`, 'no index')
      const error = await store.create(session, NOW).catch((failure: unknown) => failure)
      expect(error).toMatchObject({ code: 'store-unavailable' })
      const told = JSON.stringify(error, Object.getOwnPropertyNames(error))
      const cause = (error as Error).cause as Error
      const all = [told, JSON.stringify(cause, Object.getOwnPropertyNames(cause))].join('\n')
      expect(all).toContain('WRONGTYPE')
      for (const part of [session.id.slice(2), 'secret', 'x7', 'ann'])
        expect(all).not.toContain(part)
      await stage.server.ask('FLUSHALL')
    }
  })

  test('an unreachable server is store-unavailable', async () => {
    const client = createClient({
      url: 'redis://127.0.0.1:1',
      socket: { reconnectStrategy: false },
    })
    await client
      .on('error', () => {})
      .connect()
      .catch(() => {})
    const read = redisStore(client).read(newId(), NOW, true)
    await expect(read).rejects.toMatchObject({ code: 'store-unavailable' })
  })

  test('two prefixes do not meet', async () => {
    const [shop, forum] = [
      await stage.open({ prefix: 'shop:' }),
      await stage.open({ prefix: 'forum:' }),
    ]
    const session = sessionOf({ subject: 'ann' })
    await shop.create(session, NOW)
    expect(await forum.read(session.id, NOW, true)).toEqual({ state: 'unknown' })
    expect(await forum.list('ann', NOW)).toEqual([])
  })

  test('what is no client, and options that cannot be meant, are refused', async () => {
    const client = await stage.client('node-redis')
    const refused = { code: 'bad-option' }
    for (const none of [null, undefined, {}, new Map(), { get() {}, set() {} }]) {
      expect(() => redisStore(none as never)).toThrow(expect.objectContaining(refused))
    }
    const options = [
      { prefix: '{a}' },
      { prefix: 7 },
      { retention: '-1s' },
      { wait: { replicas: 0, milliseconds: 5 } },
      { wait: { replicas: 1, milliseconds: 0.5 } },
    ]
    for (const wrong of options) {
      expect(() => redisStore(client, wrong as never)).toThrow(expect.objectContaining(refused))
    }
    const store = redisStore(client)
    const create = store.create(sessionOf({ subject: 'ann\0bob' }), NOW)
    await expect(create).rejects.toMatchObject({ code: 'invalid-data' })
  })
})
