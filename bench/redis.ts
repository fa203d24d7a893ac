// What a session in Redis costs, in multiples of a bare GET of the same 188 bytes through the same client.
// Runs by itself: `node --expose-gc --conditions=source bench/redis.ts`; it starts a server of its own.
import { fileURLToPath } from 'node:url'
import { RedisStore as ConnectRedis } from 'connect-redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type RedisClient, redisStore } from 'sojourn/stores/redis'
import { findRedis, NO_REDIS, startRedis } from '../test/support/redis.ts'
import { ofExpressSession } from './express-lane.ts'
import { type Candidate, measure, table, VISITORS } from './lanes.ts'
import { createLogin } from './plumbing.ts'
import { loginSession, unitCosts, weights } from './redis-units.ts'
import { storedRequests } from './stored-request.ts'

const NOW = Math.floor(Date.now() / 1000)

/** The tables, as text. */
export async function measureRedis(): Promise<string> {
  const path = findRedis()
  if (path === null) return `Skipped: ${NO_REDIS}.`
  const server = await startRedis(path)
  try {
    const nodeRedis = await createNodeRedis(server.port)
      .on('error', () => {})
      .connect()
    const ioredis = new Redis(server.port)
    const parts = [
      table('node-redis', await measure(await nodeRedisCandidates(nodeRedis))),
      table('ioredis', await measure(await ownCandidates(ioredis, (key) => ioredis.get(key)))),
      await unitCosts(server, nodeRedis),
      await weights(server, nodeRedis),
    ]
    nodeRedis.destroy()
    ioredis.disconnect()
    return parts.join('\n\n')
  } finally {
    await server.stop()
  }
}

const createNodeRedis = (port: number) => createClient({ url: `redis://127.0.0.1:${port}` })

type NodeRedis = ReturnType<typeof createNodeRedis>

async function nodeRedisCandidates(client: NodeRedis): Promise<Candidate[]> {
  const own = await ownCandidates(client, (key) => client.get(key))
  return [...own, await expressCandidate(client)]
}

/** The GET first: all others are multiples of it. */
async function ownCandidates(
  client: RedisClient,
  get: (key: string) => Promise<unknown>,
): Promise<Candidate[]> {
  const ids = await beginLogins(client)
  const store = redisStore(client)
  let unseen = store
  const whole = await storedRequests(redisStore(client, { prefix: 'whole:' }), VISITORS)
  return [
    { name: 'bare GET', read: (visitor) => get(`login:${visitor}`) },
    { name: 'store.read', read: (visitor) => store.read(ids[visitor] ?? '', NOW, true) },
    {
      name: 'store.read, by a process that has not seen the session',
      read: (visitor) => {
        if (visitor === 0) unseen = redisStore(client)
        return unseen.read(ids[visitor] ?? '', NOW, true)
      },
    },
    {
      name: 'whole request: open, load, get, settle, commit',
      goals: [1.15, 1.6],
      read: (visitor) => whole.read(whole.cookies[visitor] ?? ''),
    },
  ]
}

/** As the documentation of connect-redis has it. */
const expressCandidate = (client: NodeRedis): Promise<Candidate> =>
  ofExpressSession('connect-redis', new ConnectRedis({ client }))

/** A login for each visitor, as a bare text and as a session; the ids of the sessions. */
async function beginLogins(client: RedisClient): Promise<string[]> {
  const store = redisStore(client)
  const ids: string[] = []
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const login = createLogin(visitor)
    await (client as NodeRedis).set(`login:${visitor}`, JSON.stringify(login))
    const session = loginSession(`user-${visitor}`, login, NOW)
    await store.create(session, NOW)
    ids.push(session.id)
  }
  return ids
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await measureRedis())
  process.exit(0)
}
