// What stands under a session's key and is none of ours: no verb throws, hangs, or takes it for a session.
import { describe, expect, test } from 'vitest'
import type { NodeRedisClient } from '../../../src/stores/parts/redis-client.ts'
import { writeSession } from '../../../src/stores/parts/redis-records.ts'
import type { RedisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS } from '../../support/redis.ts'
import { LOGOUT, NOW, patchOf, redisStage, sessionOf } from '../../support/redis-stage.ts'

const redis = findRedis()
const LATER = NOW + 100

describe('a text that is no session', needs(redis, NO_REDIS), () => {
  const stage = redisStage(redis)
  const session = sessionOf({ subject: 'ann' })
  const [tag, name] = [session.id.slice(0, 2), session.id.slice(2)]
  const key = `sojourn:{${tag}}s:${name}`
  const whole = writeSession(session, session.fields)

  /** What each verb says of a session over whose text another was written. */
  async function heard(store: RedisStore, text: string) {
    const client = (await stage.client('node-redis')) as NodeRedisClient
    const put = () => client.sendCommand(['SET', key, text])
    await client.sendCommand(['DEL', key])
    await store.create(session, NOW)
    const states: string[] = []
    const ask = async (answer: () => Promise<{ readonly state: string }>) => {
      await put()
      states.push((await answer()).state)
    }
    const seen = async (found: Promise<readonly unknown[]>) => ({
      state: `${(await found).length}`,
    })
    await ask(() => store.read(session.id, LATER, false))
    await ask(() => store.read(session.id, LATER, true))
    await ask(() => store.read(session.id, LATER, true))
    await ask(() => store.patch(session.id, patchOf({ expect: new Map() }), LATER))
    await ask(() => store.touch(session.id, LATER))
    await ask(() => seen(store.scan(LATER, null, 500).then(({ sessions }) => sessions)))
    await ask(() => seen(store.list('ann', LATER)))
    await ask(() => seen(store.claim(LATER, 9, 1)))
    await ask(() => store.end(session.id, LOGOUT, LATER))
    return states
  }

  const READS = 3
  const CHANGES = [3, 4, 8]

  /** That all verbs take it for the same. */
  async function agree(text: string) {
    const states = await heard(await stage.open(), text)
    const [state = ''] = states
    expect(states.slice(0, READS)).toEqual([state, state, state])
    const changed = state === 'live' ? 'done' : state === 'over' ? 'unknown' : state
    expect(CHANGES.map((at) => states[at])).toEqual([changed, changed, changed])
    expect(state).toMatch(/^(live|over|ended|unknown)$/)
  }

  test('one that was cut off anywhere', { timeout: 60_000 }, async () => {
    for (let end = 0; end < whole.length; end++) await agree(whole.slice(0, end))
  })

  test('one of which a byte is another', { timeout: 60_000 }, async () => {
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [1, 16]) {
        const other = String.fromCharCode(whole.charCodeAt(at) ^ bit)
        await agree(whole.slice(0, at) + other + whole.slice(at + 1))
      }
    }
  })

  test('a tombstone that was cut off, or of which a byte is another', {
    timeout: 60_000,
  }, async () => {
    const stone = `!${NOW} ${NOW + 600} 0 logout \0${whole.split('\0')[1]}\0`
    for (let at = 0; at < stone.length; at++) {
      await agree(stone.slice(0, at))
      const other = String.fromCharCode(stone.charCodeAt(at) ^ 1)
      await agree(stone.slice(0, at) + other + stone.slice(at + 1))
    }
  })

  test('one that another program wrote', async () => {
    for (const text of [
      'x',
      '1',
      '{"cart":[]}',
      '!garbage',
      `${NOW} ${NOW} 1 9${'0'.repeat(20)} 0 0\0\0`,
    ]) {
      const states = await heard(await stage.open(), text)
      const unknown = Array.from({ length: 5 }, () => 'unknown')
      expect(states).toEqual([...unknown, '0', '0', '0', 'unknown'])
    }
  })
})
