// Clients of Redis and Valkey by their shape: node-redis, ioredis, iovalkey; one server, Sentinel, Cluster.
import { SessionError } from '../../core/errors.ts'

type Args = string[]

interface NodeRedisPipeline {
  execAsPipeline(): Promise<unknown[]>
}

/** `createClient` and `createClientPool` of node-redis. */
export interface NodeRedisClient {
  sendCommand(args: Args): Promise<unknown>
  multi(): NodeRedisPipeline & { addCommand(args: Args): unknown }
}

/** `createSentinel` of node-redis. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean, args: Args): Promise<unknown>
  multi(): NodeRedisPipeline & { addCommand(isReadonly: boolean, args: Args): unknown }
  getMasterNode(): unknown
}

/** `createCluster` of node-redis. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string, isReadonly: boolean, args: Args): Promise<unknown>
  multi(): NodeRedisPipeline & {
    addCommand(firstKey: string, isReadonly: boolean, args: Args): unknown
  }
  getSlotMaster(slot: number): unknown
}

/** `Redis` and `Cluster` of ioredis and iovalkey. */
export interface IoredisClient {
  call(command: string, ...args: Args): Promise<unknown>
  get?(key: string): Promise<unknown>
  pipeline(): {
    call(command: string, ...args: Args): unknown
    exec(): Promise<[error: Error | null, result: unknown][] | null>
  }
  readonly isCluster: boolean
  readonly options?: { readonly enableAutoPipelining?: boolean | undefined }
}

export type RedisClient = NodeRedisClient | NodeRedisSentinel | NodeRedisCluster | IoredisClient

/** A client as the store uses it. Both functions reject with the client's own errors. */
export interface Connection {
  /** Whether keys of different tags may lie on different servers. */
  readonly isCluster: boolean
  /** Sends one command to where the key lies. */
  send(key: string, args: Args): Promise<unknown>
  /** Sends two in a row over one connection to where the key lies. */
  sendBoth(key: string, first: Args, second: Args): Promise<unknown[]>
}

/** @throws SessionError `bad-option` for what is no such client. */
export function connectionOf(client: RedisClient): Connection {
  const shape = client as unknown as Readonly<Record<string, unknown>> | null | undefined
  const has = (name: string) => typeof shape?.[name] === 'function'
  if (has('call') && has('pipeline')) return ioredis(client as IoredisClient)
  if (has('sendCommand') && has('multi')) {
    if (has('getSlotMaster')) return nodeRedisCluster(client as NodeRedisCluster)
    if (has('getMasterNode')) return nodeRedisSentinel(client as NodeRedisSentinel)
    return nodeRedis(client as NodeRedisClient)
  }
  throw new SessionError(
    'bad-option',
    'redisStore takes a client of node-redis, ioredis or iovalkey: write redisStore(createClient({ url })) or redisStore(new Redis(url)).',
  )
}

function ioredis(client: IoredisClient): Connection {
  const isCluster = client.isCluster === true
  // What a client has a function for costs it less than what it is told by name.
  const call = (_: string, args: Args): Promise<unknown> =>
    args[0] === 'GET' && client.get !== undefined
      ? client.get(args[1] ?? '')
      : Reflect.apply(client.call, client, args)
  return {
    isCluster,
    send: isCluster && client.options?.enableAutoPipelining ? alone(client) : call,
    async sendBoth(_, ...commands) {
      const pipeline = client.pipeline()
      for (const [command = '', ...args] of commands) pipeline.call(command, ...args)
      const answers = (await pipeline.exec()) ?? []
      for (const [error] of answers) if (error) throw error
      return answers.map(([, answer]) => answer)
    },
  }
}

/** Some take the slot of what they gather from the first argument, which of a script is no key. */
const alone =
  (client: IoredisClient): Connection['send'] =>
  async (_, [command = '', ...args]) => {
    const pipeline = client.pipeline()
    pipeline.call(command, ...args)
    const [[error, answer] = [null, null]] = (await pipeline.exec()) ?? []
    if (error) throw error
    return answer
  }

function nodeRedis(client: NodeRedisClient): Connection {
  return {
    isCluster: false,
    send: (_, args) => client.sendCommand(args),
    sendBoth(_, ...commands) {
      const pipeline = client.multi()
      for (const args of commands) pipeline.addCommand(args)
      return pipeline.execAsPipeline()
    },
  }
}

function nodeRedisSentinel(client: NodeRedisSentinel): Connection {
  return {
    isCluster: false,
    send: (_, args) => client.sendCommand(false, args),
    sendBoth(_, ...commands) {
      const pipeline = client.multi()
      for (const args of commands) pipeline.addCommand(false, args)
      return pipeline.execAsPipeline()
    },
  }
}

function nodeRedisCluster(client: NodeRedisCluster): Connection {
  return {
    isCluster: true,
    send: (key, args) => client.sendCommand(key, false, args),
    sendBoth(key, ...commands) {
      const pipeline = client.multi()
      for (const args of commands) pipeline.addCommand(key, false, args)
      return pipeline.execAsPipeline()
    },
  }
}
