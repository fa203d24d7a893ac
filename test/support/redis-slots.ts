// A slot of a cluster on its way from one master to another, key by key, as a resharding moves it.
import { type RedisGroup, type RedisServer, until } from './redis.ts'

export interface MovingSlot {
  /** The keys that are there at first. */
  readonly keys: readonly string[]
  /** Takes some keys to the new master. */
  move(keys: readonly string[]): Promise<void>
  /** Takes what is left, and the slot with it. */
  finish(): Promise<void>
}

interface Master {
  readonly server: RedisServer
  readonly name: string
}

/** Begins to move the slot in which a key lies; nothing of it is at the new master yet. */
export async function beginMove({ servers }: RedisGroup, key: string): Promise<MovingSlot> {
  const masters = await mastersOf(servers)
  const [one] = masters as [Master]
  const slot = await one.server.ask('CLUSTER', 'KEYSLOT', key)
  const keysOf = async ({ server }: Master) =>
    (await server.ask('CLUSTER', 'GETKEYSINSLOT', slot, '1000')).split('\n').filter(Boolean)
  const held = await Promise.all(masters.map(keysOf))
  const at = held.findIndex((keys) => keys.length > 0)
  const [from, to] = [masters[at], masters[(at + 1) % masters.length]] as [Master, Master]
  await to.server.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.name)
  await from.server.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.name)
  const move = async (keys: readonly string[]) => {
    const place = ['127.0.0.1', String(to.server.port), '', '0', '5000', 'KEYS']
    if (keys.length > 0) await from.server.ask('MIGRATE', ...place, ...keys)
  }
  return {
    keys: held[at] ?? [],
    move,
    async finish() {
      await move(await keysOf(from))
      for (const { server } of [to, from, ...masters]) {
        await server.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to.name)
      }
      const knows = async ({ ask }: RedisServer) =>
        (await ask('CLUSTER', 'NODES')).includes(`${to.name} `) && (await isStable(ask))
      await until(
        async () => (await Promise.all(servers.map(knows))).every(Boolean),
        'all servers to know where the slot is',
      )
    },
  }
}

const isStable = async (ask: RedisServer['ask']): Promise<boolean> =>
  (await ask('CLUSTER', 'INFO')).includes('cluster_state:ok')

async function mastersOf(servers: readonly RedisServer[]): Promise<Master[]> {
  const masters: Master[] = []
  for (const server of servers) {
    if (!(await server.ask('INFO', 'replication')).includes('role:master')) continue
    masters.push({ server, name: await server.ask('CLUSTER', 'MYID') })
  }
  return masters
}
