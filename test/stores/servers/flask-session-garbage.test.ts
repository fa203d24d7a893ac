// What stands under the keys of Flask-Session and was cut off or changed: no verb throws or hangs.
import { describe, expect, test } from 'vitest'
import { flaskSessionStore } from '../../../src/stores/flask-session.ts'
import type { NodeRedisClient } from '../../../src/stores/parts/redis-client.ts'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS } from '../../support/redis.ts'
import { LOGOUT, NOW, patchOf, redisStage, sessionOf } from '../../support/redis-stage.ts'

const redis = findRedis()
const ANSWERED = /^(live|over|ended|unknown|done)$/

describe('of Flask-Session', needs(redis, NO_REDIS), () => {
  const stage = redisStage(redis)

  test.each(['msgpack', 'json'] as const)(
    '%s that is none of ours',
    { timeout: 60_000 },
    async (serializationFormat) => {
      const client = (await stage.client('node-redis')) as NodeRedisClient
      const store = flaskSessionStore(client, { serializationFormat })
      const { ids, values } = store
      const id = ids?.storedId(ids.create(null)) ?? ''
      const fields = new Map([['cart', values?.encode([1, 'two'], 'cart') ?? '']])
      const session = sessionOf({ id, subject: 'ann', fields })
      await store.create(session, NOW)
      const hex = async (key: string) =>
        Buffer.from(String(await client.sendCommand(['EVAL', HEX, '1', key])), 'hex')
      const [key = ''] = (await client.sendCommand(['KEYS', '*'])) as string[]
      const mapping = await hex(key)
      await store.end(session.id, LOGOUT, NOW)
      const [stone = ''] = (await client.sendCommand(['KEYS', '*ended*'])) as string[]
      const tombstone = await hex(stone)
      const put = (at: string, bytes: Buffer) =>
        client.sendCommand(['EVAL', UNHEX, '1', at, bytes.toString('hex')])
      for (const [at, whole] of [
        [key, mapping],
        [stone, tombstone],
      ] as const) {
        for (const bytes of damaged(whole)) {
          await client.sendCommand(['DEL', stone])
          await put(key, mapping)
          await put(at, bytes)
          expect((await store.read(session.id, NOW, false)).state).toMatch(ANSWERED)
          expect((await store.patch(session.id, patchOf({}), NOW)).state).toMatch(ANSWERED)
          expect((await store.touch(session.id, NOW)).state).toMatch(ANSWERED)
          expect((await store.end(session.id, LOGOUT, NOW)).state).toMatch(ANSWERED)
        }
      }
    },
  )
})

const HEX =
  "return (string.gsub(redis.call('GET', KEYS[1]), '.', function(c) return string.format('%02x', string.byte(c)) end))"
const UNHEX =
  "return redis.call('SET', KEYS[1], (string.gsub(ARGV[1], '..', function(h) return string.char(tonumber(h, 16)) end)))"

/** Cut off anywhere, and with each byte another. */
function* damaged(whole: Buffer): Generator<Buffer> {
  for (let at = 0; at < whole.length; at++) {
    yield whole.subarray(0, at)
    for (const bit of [1, 16, 128]) {
      const other = Buffer.from(whole)
      other[at] = (other[at] ?? 0) ^ bit
      yield other
    }
  }
}
