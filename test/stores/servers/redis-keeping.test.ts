// How long things lie in Redis, and that a sweep and a scan meet all of them.
import { describe, expect, test } from 'vitest'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS } from '../../support/redis.ts'
import { checkKeyspace } from '../../support/redis-keyspace.ts'
import { LOGOUT, NOW, redisStage, sessionOf } from '../../support/redis-stage.ts'

const redis = findRedis()
/** By so much at most an index outlives what it names. */
const SLACK = 600

describe('redisStore', needs(redis, NO_REDIS), () => {
  const stage = redisStage(redis)

  test('no key stays longer than what it is for', async () => {
    const store = await stage.open({ retention: '2h' })
    const session = sessionOf({ subject: 'ann', idle: 600 })
    await store.create(session, NOW)
    await store.read(session.id, NOW + 61, true)
    const later = { createdAt: NOW + 61, seenAt: NOW + 61 }
    const ended = sessionOf({ subject: 'ann', idle: 60, ...later })
    await store.create(ended, NOW + 61)
    await store.end(ended.id, LOGOUT, NOW + 61)
    const { keys } = await checkKeyspace([stage.server])
    for (const [key, text] of keys) {
      const life = Number(await stage.server.ask('PTTL', key)) / 1000
      const kept = text.startsWith('!') ? LOGOUT.keep + 1 : 600 + 7200 + 1
      expect(life).toBeGreaterThan(kept - 30)
      expect(life).toBeLessThanOrEqual(text === '' ? kept + SLACK : kept)
    }
    expect(keys.size).toBe(4)
  })

  test('what nobody sweeps goes bit by bit when others begin', async () => {
    const store = await stage.open({ retention: '10s' })
    for (let at = 0; at < 20; at++) await store.create(sessionOf({ subject: 'ann', idle: 5 }), NOW)
    const later = NOW + 1000
    const begun = { createdAt: later, seenAt: later, idle: 900 }
    for (let at = 0; at < 3; at++)
      await store.create(sessionOf({ subject: 'ann', ...begun }), later)
    expect(await checkKeyspace([stage.server])).toMatchObject({ live: 3 })
  })

  test('index entries of what went by itself are pruned when others begin', async () => {
    const store = await stage.open()
    const ids: string[] = []
    for (let at = 0; at < 12; at++) {
      const session = sessionOf({ subject: 'ann' })
      await store.create(session, NOW)
      ids.push(session.id)
      await stage.server.ask('DEL', `sojourn:{${session.id.slice(0, 2)}}s:${session.id.slice(2)}`)
    }
    const later = NOW + 200_000
    const next = { createdAt: later, seenAt: later, endsAt: later + 10_000 }
    for (let at = 0; at < 20; at++)
      await store.create(sessionOf({ subject: 'ann', ...next }), later)
    expect(await checkKeyspace([stage.server])).toMatchObject({ live: 20 })
    expect(await store.list('ann', later)).toHaveLength(20)
  })

  test('pages of one session meet each session, whatever has no room', async () => {
    const store = await stage.open()
    const sessions = Array.from({ length: 30 }, () => sessionOf({ subject: 'ann' }))
    for (const session of sessions) await store.create(session, NOW)
    const met: string[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<typeof store.scan>> = await store.scan(NOW, after, 1)
      met.push(...page.sessions.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    expect(met.sort()).toEqual(sessions.map(({ id }) => id).sort())
  })

  test('an empty scan, sweep and list are no error', async () => {
    const store = await stage.open()
    expect(await store.scan(NOW, null, 10)).toEqual({ sessions: [], next: null })
    expect(await store.scan(NOW, 'no cursor', 10)).toEqual({ sessions: [], next: null })
    expect(await stage.commandsOf(async () => store.claim(NOW, 10, 60))).toMatchObject({
      evalsha: 1,
    })
    expect(await store.forget([], NOW)).toBe(0)
  })

  test('one claim finds what is over behind a thousand that were touched', async () => {
    const store = await stage.open()
    const sessions = Array.from({ length: 1200 }, () => sessionOf({ idle: 100 }))
    await Promise.all(sessions.map((session) => store.create(session, NOW)))
    const over = sessionOf({ idle: 100, seenAt: NOW + 1 })
    await store.create(over, NOW)
    await Promise.all(sessions.map(({ id }) => store.touch(id, NOW + 90)))
    const claimed = await store.claim(NOW + 102, 1, 60)
    expect(claimed.map(({ id }) => id)).toEqual([over.id])
    expect(await store.claim(NOW + 102, 1, 60)).toEqual([])
    const counts = await stage.commandsOf(async () => store.claim(NOW + 102, 1, 60))
    expect(counts).not.toHaveProperty('zadd')
    expect(await store.claim(NOW + 191, 2000, 60)).toHaveLength(1201)
  })
})
