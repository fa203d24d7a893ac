// Redis and Valkey for tests and benchmarks: one server, Sentinel, a cluster; each on free ports, in a folder
// of its own, stopped by pid.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findProgram, ROOT } from './needs.ts'
import { ask } from './redis-ask.ts'

const PATIENCE = 20_000
/** Beyond it the bus of a cluster has no port: it listens ten thousand higher. */
const HIGHEST_PORT = 55_000

export const NO_REDIS = 'no redis-server was found (redis-server or SOJOURN_REDIS)'
export const NO_NEWER_VALKEY =
  'no server with field expiry was found (.ci/newer-valkey puts one there, or SOJOURN_VALKEY)'

/** SOJOURN_REDIS, else the usual name. */
export function findRedis(): string | null {
  return findProgram(process.env.SOJOURN_REDIS ?? 'redis-server')
}

/** SOJOURN_VALKEY, else what `.ci/newer-valkey` has put there, if its version is new enough. */
export function findNewerValkey(): string | null {
  const path = findProgram(
    process.env.SOJOURN_VALKEY ?? join(ROOT, '.servers/valkey9/valkey-server'),
  )
  if (path === null) return null
  const said = execFileSync(path, ['--version'], { encoding: 'utf8' })
  const [, name = '', version = ''] = /(valkey|redis) server v=(\d+\.\d+)/i.exec(said) ?? []
  return Number(version) >= (name.toLowerCase() === 'valkey' ? 9 : 7.4) ? path : null
}

/** One server that runs. */
export interface RedisServer {
  readonly port: number
  readonly child: ChildProcess
  /** One command, its words apart; the answer as redis-cli would have it. */
  ask(...command: string[]): Promise<string>
  kill(): void
  stop(): Promise<void>
}

/** Starts a server and waits until it answers. */
export async function startRedis(
  path: string,
  options: readonly string[] = [],
  port?: number,
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-redis-'))
  const own = port ?? (await freePort())
  const args = ['--port', String(own), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  return launch(path, [...args, '--appendonly', 'no', ...options], own, folder)
}

async function launch(
  path: string,
  args: readonly string[],
  port: number,
  folder: string,
): Promise<RedisServer> {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000)
    })
  }
  const exit = once(child, 'exit')
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const server: RedisServer = {
    port,
    child,
    ask: (...command) => ask(port, command),
    kill: () => child.kill('SIGKILL'),
    async stop() {
      if (!isOver()) child.kill('SIGKILL')
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await until(async () => {
    if (isOver()) throw new Error(`a server ended:\n${output}`)
    return (await server.ask('PING').catch(() => '')) === 'PONG'
  }, 'a server to answer')
  return server
}

/** Several servers that belong together. */
export interface RedisGroup {
  readonly servers: readonly RedisServer[]
  stop(): Promise<void>
}

export interface SentinelGroup extends RedisGroup {
  readonly sentinels: readonly RedisServer[]
  readonly name: string
  /** The port of the master that the sentinels agree upon. */
  master(): Promise<number>
}

const REPLICATING = ['--repl-diskless-sync-delay', '0']

/** A master with two replicas, and three sentinels, two of which decide. */
export async function startSentinels(path: string): Promise<SentinelGroup> {
  const servers = [await startRedis(path, REPLICATING)]
  const [master] = servers as [RedisServer]
  const follow = ['--replicaof', '127.0.0.1', String(master.port)]
  for (let at = 0; at < 2; at++) servers.push(await startRedis(path, [...REPLICATING, ...follow]))
  await until(() => areLinked(servers.slice(1)), 'the replicas to follow')
  const name = 'sojourn'
  const sentinels: RedisServer[] = []
  for (let at = 0; at < 3; at++) sentinels.push(await startSentinel(path, name, master.port))
  const knows = async ({ ask }: RedisServer) => {
    const facts = await ask('SENTINEL', 'MASTER', name)
    return /num-slaves\s2\b/.test(facts) && /num-other-sentinels\s2\b/.test(facts)
  }
  const all = async () => (await Promise.all(sentinels.map(knows))).every(Boolean)
  await until(all, 'the sentinels to know each other')
  return {
    servers,
    sentinels,
    name,
    async master() {
      const [, port] = (
        (await sentinels[0]?.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) ?? ''
      ).split('\n')
      return Number(port)
    },
    stop: () => stopAll([...sentinels, ...servers]),
  }
}

async function startSentinel(path: string, name: string, master: number): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-sentinel-'))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
  ]
  writeFileSync(file, `${settings.join('\n')}\n`)
  return launch(path, [file, '--sentinel'], port, folder)
}

/** Three masters with a replica each. */
export async function startCluster(path: string): Promise<RedisGroup> {
  const settings = [
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'],
    ...['--cluster-replica-validity-factor', '0', ...REPLICATING],
  ]
  const servers: RedisServer[] = []
  for (let at = 0; at < 6; at++) servers.push(await startRedis(path, settings))
  const places = servers.map(({ port }) => `127.0.0.1:${port}`)
  const cli = join(path, '../', path.endsWith('valkey-server') ? 'valkey-cli' : 'redis-cli')
  const create = ['--cluster', 'create', ...places, '--cluster-replicas', '1', '--cluster-yes']
  await promisify(execFile)(cli, create)
  const isReady = async () => {
    const states = await Promise.all(servers.map(({ ask }) => ask('CLUSTER', 'INFO')))
    if (!states.every((state) => state.includes('cluster_state:ok'))) return false
    const replicas = []
    for (const server of servers) {
      if ((await server.ask('INFO', 'replication')).includes('role:slave')) replicas.push(server)
    }
    return replicas.length === 3 && areLinked(replicas)
  }
  await until(isReady, 'the cluster to be complete')
  return { servers, stop: () => stopAll(servers) }
}

async function areLinked(replicas: readonly RedisServer[]): Promise<boolean> {
  const states = await Promise.all(replicas.map(({ ask }) => ask('INFO', 'replication')))
  return states.every((state) => state.includes('master_link_status:up'))
}

const stopAll = async (servers: readonly RedisServer[]): Promise<void> => {
  await Promise.all(servers.map((server) => server.stop()))
}

/** Waits until something is so. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
    await pause(20)
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    if (address === null || typeof address === 'string') throw new Error('no port was given')
    if (address.port < HIGHEST_PORT) return address.port
  }
}
