// A slot of a cluster is half moved: what a verb cannot do then it leaves alone, and nothing is lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tagOfSubject } from '../../../src/core/ids.ts'
import type { StoredSession } from '../../../src/core/store.ts'
import { type RedisStore, redisStore } from '../../../src/stores/redis.ts'
import { needs } from '../../support/needs.ts'
import {
  findNewerValkey,
  findRedis,
  NO_NEWER_VALKEY,
  NO_REDIS,
  type RedisGroup,
  startCluster,
} from '../../support/redis.ts'
import { CLUSTER_CLIENTS } from '../../support/redis-clients.ts'
import { checkKeyspace } from '../../support/redis-keyspace.ts'
import { beginMove } from '../../support/redis-slots.ts'
import { LOGOUT, NOW, newId, patchOf, sessionOf } from '../../support/redis-stage.ts'

/** Which keys have moved already. */
const MOVED: Readonly<Record<string, (key: string, at: number) => boolean>> = {
  'the indexes': (key) => /}[du]/.test(key),
  'the index of all': (key) => key.endsWith('}d'),
  'the indexes of subjects': (key) => key.includes('}u:'),
  'the sessions': (key) => key.includes('}s:'),
  'the fields that lie apart': (key) => key.includes('}f:'),
  'all but those': (key) => !key.includes('}f:'),
  nothing: () => false,
  'every other key': (_, at) => at % 2 === 0,
  'every third key': (_, at) => at % 3 === 0,
}

let subjects = 0
/** Names of subjects that lie together. */
function neighbours(): [string, string] {
  const ann = `ann ${++subjects}`
  for (let at = 0; ; at++) {
    const bob = `bob ${subjects} ${at}`
    if (tagOfSubject(bob) === tagOfSubject(ann)) return [ann, bob]
  }
}

const FIELDS = new Map([
  ['a', '1'],
  ['elevated', 'yes'],
])
const fieldEnds = new Map([['elevated', NOW + 600]])
const live = (subject: string) => sessionOf({ subject, fields: FIELDS, fieldEnds })
const over = (subject: string) =>
  sessionOf({ subject, createdAt: NOW - 300, seenAt: NOW - 300, idle: 60 })
const many = (count: number, make: () => StoredSession) => Array.from({ length: count }, make)

/** The answer, or null where the store could not be asked, which is all that may go wrong. */
async function unlessMoving<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  return asked.catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'store-unavailable' })
    return null
  })
}

const idsOf = (sessions: readonly StoredSession[] | null) => sessions?.map(({ id }) => id).sort()

async function losesNothing(
  group: RedisGroup,
  store: RedisStore,
  moved: (key: string, at: number) => boolean,
) {
  const [ann, bob] = neighbours()
  const hers = many(5, () => live(ann))
  const his = many(3, () => live(bob))
  const gone = many(3, () => over(ann))
  for (const session of [...hers, ...his]) await store.create(session, NOW)
  for (const session of gone) await store.create(session, NOW - 300)
  const [ended, patched, touched, renewed] = hers as [
    StoredSession,
    StoredSession,
    StoredSession,
    StoredSession,
  ]
  const slot = await beginMove(group, `sojourn:{${tagOfSubject(ann)}}d`)
  await slot.move(slot.keys.filter(moved))

  const [listed, ...readings] = await Promise.all([
    unlessMoving(store.list(ann, NOW)),
    ...hers.map(({ id }) => unlessMoving(store.read(id, NOW, false))),
  ])
  if (listed !== null) expect(idsOf(listed)).toEqual(idsOf(hers))
  for (const reading of readings) {
    if (reading !== null)
      expect(reading).toMatchObject({ state: 'live', session: { fields: FIELDS } })
  }
  const set = new Map([['a', '2']])
  const [claimed, end, patch, touch, all, from] = await Promise.all([
    unlessMoving(store.claim(NOW, 100, 60)),
    unlessMoving(store.end(ended.id, LOGOUT, NOW)),
    unlessMoving(store.patch(patched.id, patchOf({ set, deleted: ['elevated'] }), NOW)),
    unlessMoving(store.read(touched.id, NOW + 100, true)),
    unlessMoving(store.endAll(bob, LOGOUT, NOW)),
    unlessMoving(
      store.create({ ...live(ann), id: newId(ann) }, NOW, {
        from: { id: renewed.id, deleted: [], until: null, reason: 'renewed', keep: 600 },
      }),
    ),
  ])
  await slot.finish()

  const reads = async (sessions: readonly StoredSession[]) =>
    Promise.all(sessions.map(async ({ id }) => store.read(id, NOW + 100, false)))
  await checkKeyspace(group.servers)
  const statesOfHis = (await reads(his)).map(({ state }) => state)
  expect(statesOfHis).toEqual(his.map(() => (all === null ? 'live' : 'ended')))
  expect([...(all ?? []), ...(await store.endAll(bob, LOGOUT, NOW))].sort()).toEqual(idsOf(his))
  const [first, second, third, fourth] = await reads(hers)
  expect(first?.state).toBe(end === null ? 'live' : 'ended')
  const fields = patch === null ? FIELDS : set
  expect(second).toMatchObject({ state: 'live', session: { fields } })
  const seenAt = touch === null ? NOW : NOW + 100
  expect(third).toMatchObject({ state: 'live', session: { fields: FIELDS, seenAt } })
  expect(fourth?.state).toBe(from === null ? 'live' : 'ended')
  const left = end === null ? hers.length : hers.length - 1
  expect(await store.list(ann, NOW + 100)).toHaveLength(left)
  const rest = claimed === null ? await store.claim(NOW, 100, 60) : claimed
  expect(idsOf(rest)).toEqual(idsOf(gone))
  expect(
    await store.forget(
      gone.map(({ id }) => id),
      NOW,
    ),
  ).toBe(gone.length)
  await store.endAll(ann, LOGOUT, NOW + 100)
}

const servers = [
  ['Redis', 'ioredis 5', findRedis(), NO_REDIS],
  ['a server with field expiry', 'node-redis', findNewerValkey(), NO_NEWER_VALKEY],
] as const

describe.each(servers)('on %s, with %s', (_, name, path, missing) => {
  describe('a slot is half moved', needs(path, missing), () => {
    let group: RedisGroup
    beforeAll(async () => {
      group = await startCluster(path ?? '')
    })
    afterAll(() => group?.stop())

    async function withStore(work: (store: RedisStore) => Promise<void>) {
      const connected = await CLUSTER_CLIENTS[name]?.(group.servers.map(({ port }) => port))
      if (connected === undefined) throw new Error(`no client is named ${name}`)
      try {
        await work(redisStore(connected.client))
      } finally {
        await connected.close()
      }
    }

    test.each(Object.keys(MOVED))('%s', (what) =>
      withStore((store) => losesNothing(group, store, MOVED[what] ?? (() => false))),
    )

    test('who asks while it moves is answered when it has moved', () =>
      withStore(async (store) => {
        const [ann] = neighbours()
        const sessions = many(3, () => live(ann))
        for (const session of sessions) await store.create(session, NOW)
        const slot = await beginMove(group, `sojourn:{${tagOfSubject(ann)}}d`)
        await slot.move(slot.keys.filter((key) => !key.includes('}s:')))
        const asked = Promise.all([store.list(ann, NOW), store.create(live(ann), NOW)])
        await slot.finish()
        const [listed, created] = await asked
        expect(idsOf(listed)).toEqual(expect.arrayContaining(idsOf(sessions) ?? []))
        expect(created.state).toBe('done')
      }))
  })
})
