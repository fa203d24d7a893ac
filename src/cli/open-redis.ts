// Redis and Valkey through node-redis, ioredis or iovalkey, whichever is installed.
import type { FullStore } from '../core/store.ts'
import { redisStore } from '../stores/redis.ts'
import { CONNECT_TIMEOUT, firstOf, inTime, type Load, type Module } from './store-driver.ts'
import type { OpenStore, RedisPlace } from './store-place.ts'

/** What is used of a client, whichever it is. */
interface Client {
  on(event: 'error', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  destroy?(): unknown
  disconnect(): unknown
}

export async function openRedis(place: RedisPlace, load: Load): Promise<OpenStore> {
  const { name, module } = await firstOf(['redis', 'ioredis', 'iovalkey'], load)
  const client = name === 'redis' ? createNodeRedis(module, place) : createIoredis(module, place)
  let cause: unknown
  client.on('error', (error) => {
    cause ??= error
  })
  const close = () => letGo(client)
  try {
    await inTime(client.connect(), CONNECT_TIMEOUT)
  } catch (error) {
    close()
    // ioredis says here only that the connection is closed.
    throw new Error('not connected', { cause: cause ?? error })
  }
  try {
    return { store: storeOn(client, place), close: async () => close() }
  } catch (error) {
    close()
    throw error
  }
}

const storeOn = (client: Client, { prefix }: RedisPlace): FullStore =>
  redisStore(client as never, prefix === undefined ? {} : { prefix })

/** Also one that never connected, which some versions refuse to let go. */
function letGo(client: Client): void {
  try {
    if (client.destroy) client.destroy()
    else client.disconnect()
  } catch {
    // It is gone.
  }
}

type Create = (options: object) => Client

function createNodeRedis(module: Module, { url, cluster }: RedisPlace): Client {
  const socket = { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false }
  if (!cluster) return (module.createClient as Create)({ url, socket })
  const { tls, ...login } = loginOf(url)
  const defaults = { ...login, socket: { ...socket, ...(tls && { tls: true }) } }
  return (module.createCluster as Create)({ rootNodes: [{ url }], defaults })
}

interface Ioredis {
  readonly Redis: new (url: string, options: object) => Client
  readonly Cluster: new (nodes: readonly string[], options: object) => Client
}

function createIoredis(module: Module, { url, cluster }: RedisPlace): Client {
  const { Redis, Cluster } = module as unknown as Ioredis
  const options = { connectTimeout: CONNECT_TIMEOUT, maxRetriesPerRequest: 0 }
  const never = () => null
  if (!cluster) return new Redis(url, { ...options, lazyConnect: true, retryStrategy: never })
  const { tls, ...login } = loginOf(url)
  return new Cluster([url], {
    lazyConnect: true,
    clusterRetryStrategy: never,
    redisOptions: { ...options, ...login, ...(tls && { tls: {} }) },
  })
}

/** What the other nodes of a cluster are told, too. */
function loginOf(url: string) {
  const { protocol, username, password } = new URL(url)
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    tls: protocol === 'rediss:',
  }
}
