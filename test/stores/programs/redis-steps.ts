// A life of sessions in Redis, command by command: ends itself with SIGKILL before the one that it is told.
// Says what it is about to do and what was answered, for whoever looks afterwards.
import { createClient, createCluster } from 'redis'
import { HASHED_IDS } from '../../../src/core/ids.ts'
import type { From, Patch, StoredSession } from '../../../src/core/store.ts'
import { type RedisClient, redisStore } from '../../../src/stores/redis.ts'

const ports = JSON.parse(process.env.PORTS ?? '[]') as number[]
const killAt = Number(process.env.KILL_AT)
const NOW = Math.floor(Date.now() / 1000)

const urls = ports.map((port) => ({ url: `redis://127.0.0.1:${port}` }))
const client = urls.length > 1 ? createCluster({ rootNodes: urls }) : createClient(urls[0] ?? {})
await client.connect()

let sent = 0
/** The same client, which dies before the command with that number. */
const counting = new Proxy(client, {
  get(target, name) {
    const value = Reflect.get(target, name) as unknown
    if (typeof value !== 'function') return value
    if (name !== 'sendCommand') return value.bind(target)
    return (...args: unknown[]) => {
      sent += 1
      if (sent === killAt) process.kill(process.pid, 'SIGKILL')
      return Reflect.apply(value, target, args)
    }
  },
}) as unknown as RedisClient

const store = redisStore(counting)
const LOGOUT = { reason: 'logout', keep: 600 } as const

const sessionOf = (
  subject: string | null,
  changes: Partial<StoredSession> = {},
): StoredSession => ({
  id: HASHED_IDS.storedId(HASHED_IDS.create(subject)),
  subject,
  createdAt: NOW,
  seenAt: NOW,
  idle: 1800,
  endsAt: NOW + 86_400,
  throttle: 60,
  checkAt: 0,
  fields: new Map([['cart', '[1]']]),
  ...changes,
})

const fromOf = ({ id }: StoredSession): From => ({
  id,
  deleted: [],
  until: NOW + 10,
  reason: 'renewed',
  keep: 600,
})

/** What is said before and after: `try` an id, then `live` or `ended`. */
async function does<Answer>(
  work: () => Promise<Answer>,
  after: { readonly live?: readonly StoredSession[]; readonly ended?: readonly StoredSession[] },
): Promise<Answer> {
  const { live = [], ended = [] } = after
  for (const { id } of [...live, ...ended]) console.log(`try ${id}`)
  const answer = await work()
  for (const { id } of live) console.log(`live ${id}`)
  for (const { id } of ended) console.log(`ended ${id}`)
  return answer
}

const patch = (changes: Partial<Patch>): Patch => ({ set: new Map(), deleted: [], ...changes })
const begin = (session: StoredSession) =>
  does(() => store.create(session, NOW), { live: [session] })

const anonymous = sessionOf(null)
const renewed = sessionOf(null)
const [first, second, third, fourth] = [1, 2, 3, 4].map(() => sessionOf('ann')) as Four
type Four = [StoredSession, StoredSession, StoredSession, StoredSession]
const short = sessionOf('bob', { idle: 10 })
const alone = sessionOf('bob')
const limit = { most: 2, action: 'end-oldest', ...LOGOUT } as const
const refusing = { ...limit, action: 'refuse' } as const

await begin(anonymous)
const change = patch({ set: new Map([['views', '1']]), checkAt: NOW + 50 })
await does(() => store.patch(anonymous.id, change, NOW), { live: [anonymous] })
await does(() => store.create(renewed, NOW, { from: fromOf(anonymous) }), {
  live: [renewed],
  ended: [anonymous],
})
await does(() => store.create(first, NOW, { from: fromOf(renewed), limit: refusing }), {
  live: [first],
  ended: [renewed],
})
await begin(second)
await does(() => store.create(third, NOW, { limit }), { live: [third], ended: [first] })
await does(() => store.create(fourth, NOW, { from: fromOf(third), limit: refusing }), {
  live: [fourth],
  ended: [third],
})
await store.create(sessionOf('ann'), NOW, { limit: refusing })
await begin(short)
await begin(alone)
await store.read(alone.id, NOW + 1, true)
await does(() => store.read(alone.id, NOW + 100, true), { live: [alone] })
await does(() => store.touch(alone.id, NOW + 200), { live: [alone] })
await store.list('bob', NOW)
// In a cluster this is a command for each of 256 tags.
if (urls.length === 1) await store.claim(NOW + 20, 10, 60)
await does(() => store.forget([short.id], NOW + 20), { ended: [short] })
await does(() => store.end(alone.id, LOGOUT, NOW + 200), { ended: [alone] })
await does(() => store.endAll('ann', LOGOUT, NOW), { ended: [second, fourth] })
client.destroy()
