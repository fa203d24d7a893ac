// Every client of Redis that the store knows, connected, by name.
import * as ioredis5 from 'ioredis'
import * as ioredis6 from 'ioredis6'
import * as iovalkey from 'iovalkey'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import type { RedisClient } from '../../src/stores/redis.ts'

/** A client that is connected, and how to let it go. */
export interface Connected {
  readonly client: RedisClient
  readonly close: () => unknown
}

const HOST = '127.0.0.1'
const silent = () => {}

type Connect<Place> = (place: Place) => Promise<Connected>

export const CLIENTS: Readonly<Record<string, Connect<number>>> = {
  'node-redis': async (port) => {
    const client = createClient({ url: `redis://${HOST}:${port}` })
    await client.on('error', silent).connect()
    return { client, close: () => client.destroy() }
  },
  'node-redis with RESP2': async (port) => {
    const client = createClient({ url: `redis://${HOST}:${port}`, RESP: 2 })
    await client.on('error', silent).connect()
    return { client, close: () => client.destroy() }
  },
  'node-redis, a pool': async (port) => {
    const client = createClientPool({ url: `redis://${HOST}:${port}` })
    await client.on('error', silent).connect()
    return { client, close: () => client.destroy() }
  },
  'ioredis 5': async (port) => connected(new ioredis5.Redis(port, HOST)),
  'ioredis 5, with a keyPrefix': async (port) =>
    connected(new ioredis5.Redis(port, HOST, { keyPrefix: 'app:' })),
  'ioredis 6': async (port) => connected(new ioredis6.Redis(port, HOST)),
  iovalkey: async (port) => connected(new iovalkey.Redis(port, HOST)),
}

export const CLUSTER_CLIENTS: Readonly<Record<string, Connect<readonly number[]>>> = {
  'node-redis': async (ports) => {
    const rootNodes = ports.map((port) => ({ url: `redis://${HOST}:${port}` }))
    const client = createCluster({ rootNodes })
    await client.on('error', silent).connect()
    return { client, close: () => client.destroy() }
  },
  'ioredis 5': async (ports) => connected(new ioredis5.Cluster(nodesOf(ports))),
  'ioredis 6': async (ports) => connected(new ioredis6.Cluster(nodesOf(ports))),
  'ioredis 5, gathering': async (ports) =>
    connected(new ioredis5.Cluster(nodesOf(ports), { enableAutoPipelining: true })),
  iovalkey: async (ports) => connected(new iovalkey.Cluster(nodesOf(ports))),
  'iovalkey, gathering': async (ports) =>
    connected(new iovalkey.Cluster(nodesOf(ports), { enableAutoPipelining: true })),
}

interface SentinelPlace {
  readonly name: string
  readonly ports: readonly number[]
}

export const SENTINEL_CLIENTS: Readonly<Record<string, Connect<SentinelPlace>>> = {
  'node-redis': async ({ name, ports }) => {
    const client = createSentinel({ name, sentinelRootNodes: nodesOf(ports) })
    await client.on('error', silent).connect()
    return { client, close: () => client.destroy() }
  },
  'ioredis 5': async ({ name, ports }) =>
    connected(new ioredis5.Redis({ name, sentinels: nodesOf(ports) })),
  'ioredis 6': async ({ name, ports }) =>
    connected(new ioredis6.Redis({ name, sentinels: nodesOf(ports) })),
  iovalkey: async ({ name, ports }) =>
    connected(new iovalkey.Redis({ name, sentinels: nodesOf(ports) })),
}

const nodesOf = (ports: readonly number[]) => ports.map((port) => ({ host: HOST, port }))

type Ioredis = RedisClient & {
  on(event: 'error', listener: () => void): unknown
  once(event: 'ready', listener: () => void): unknown
  disconnect(): void
}

async function connected(client: Ioredis): Promise<Connected> {
  client.on('error', silent)
  await new Promise<void>((resolve) => client.once('ready', resolve))
  return { client, close: () => client.disconnect() }
}
