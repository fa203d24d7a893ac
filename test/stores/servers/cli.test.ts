// The command on real servers, by URL, through each driver that it knows.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../../src/cli/commands.ts'
import { openStore } from '../../../src/cli/open-store.ts'
import { HASHED_IDS } from '../../../src/core/ids.ts'
import type { FullStore, StoredSession } from '../../../src/index.ts'
import { needs } from '../../support/needs.ts'
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../../support/postgres.ts'
import {
  findRedis,
  NO_REDIS,
  type RedisGroup,
  type RedisServer,
  startCluster,
  startRedis,
} from '../../support/redis.ts'

const redis = findRedis()
const postgres = findPostgres()
const PASSWORD = 'hunter2@:/#'
const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

const only = (driver: string) => async (name: string) => {
  if (name === driver) return import(name)
  throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' })
}

/** The command with one driver installed, at a place. */
const commandOf = (driver: string, url: string, ...options: string[]) => {
  const world = {
    env: { SOJOURN_STORE: url },
    now: () => Date.now() / 1000,
    readFile: () => new Uint8Array(),
    readInput: () => '',
    write: async () => {},
    openStore: (place: Parameters<typeof openStore>[0]) => openStore(place, only(driver)),
  }
  const ask = (...args: string[]) => run(['sessions', ...args, ...options], world)
  const askJson = async (...args: string[]) => JSON.parse((await ask(...args, '--json')).out)
  const use = async (work: (store: FullStore) => Promise<void>) => {
    const { readPlace } = await import('../../../src/cli/store-options.ts')
    const given = { cluster: options.includes('--cluster') || undefined }
    const { store, close } = await openStore(readPlace(given, world), only(driver))
    try {
      await work(store)
    } finally {
      await close()
    }
  }
  return { ask, askJson, use }
}

function session(subject: string | null, changes: Partial<StoredSession> = {}): StoredSession {
  const now = Math.floor(Date.now() / 1000)
  return {
    id: HASHED_IDS.storedId(HASHED_IDS.create(subject)),
    subject,
    createdAt: now - 60,
    seenAt: now - 60,
    idle: 1_800,
    endsAt: now + 40_000,
    throttle: 60,
    checkAt: 0,
    fields: new Map([['note', '"hunter2"']]),
    ...changes,
  }
}

/** Listed, shown, ended, swept and counted. */
async function live({ ask, askJson, use }: ReturnType<typeof commandOf>): Promise<void> {
  const [one, other, nobody] = [session('alice'), session('alice'), session(null)]
  const over = session('bob', { idle: 30 })
  await use(async (store) => {
    for (const each of [one, other, nobody, over]) await store.create(each, each.createdAt)
  })
  expect((await askJson('list')).sessions).toHaveLength(3)
  expect((await askJson('list', 'alice')).sessions).toHaveLength(2)
  expect(await askJson('show', one.id)).toMatchObject({ state: 'live', data: [{ key: 'note' }] })
  expect(await askJson('show', over.id)).toMatchObject({ state: 'over' })
  expect(await askJson('stats')).toMatchObject({ live: 3, withSubject: 2, anonymous: 1 })
  expect((await ask('list')).out + (await ask('show', one.id)).out).not.toContain('hunter2')
  expect(await ask('end', one.id)).toMatchObject({ code: 0 })
  expect(await ask('end', one.id)).toMatchObject({ code: 1 })
  expect((await ask('sweep')).out).toBe('Looked at 1: 1 over and forgotten.')
  await use(async (store) => {
    const [at, usual] = [over.seenAt + over.idle, 3600]
    expect(await store.read(over.id, at + usual, false)).toMatchObject({ state: 'ended', at })
    expect(await store.read(over.id, at + usual + 1, false)).toEqual({ state: 'unknown' })
  })
  expect(await askJson('end-all', 'alice')).toEqual({ ended: 1 })
  expect(await askJson('end-all', '--everyone', '--yes')).toEqual({ ended: 1 })
  expect(await askJson('stats')).toMatchObject({ live: 0 })
}

/** The command as a process, which must end by itself. */
async function sojourn(url: string, ...args: string[]) {
  const child = spawn(process.execPath, ['--conditions=source', MAIN, 'sessions', ...args], {
    env: { PATH: process.env.PATH ?? '', SOJOURN_STORE: url },
  })
  const [[code], out, problem] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, out, problem }
}

/** Whatever goes wrong is one sentence, without what is secret. */
function expectUnreachable(outcome: { code: number; out: string; problem: string }, said: string) {
  expect([outcome.code, outcome.out]).toEqual([3, ''])
  expect(outcome.problem).toContain(said)
  expect(outcome.problem.trimEnd().split('\n')).toHaveLength(1)
  expect(outcome.problem).not.toContain('hunter2')
}

/** Takes connections, and never says a word. */
async function startSilent() {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port, stop }
}

describe('Redis', needs(redis, NO_REDIS), () => {
  const drivers = ['redis', 'ioredis', 'iovalkey']
  let server: RedisServer
  let url: string
  beforeAll(async () => {
    server = await startRedis(redis ?? '')
    await server.ask('ACL', 'SETUSER', 'operator', 'on', `>${PASSWORD}`, '~*', '+@all')
    await server.ask('ACL', 'SETUSER', 'default', 'off')
    url = `valkey://operator:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}`
  })
  afterAll(() => server?.stop())

  test.each(drivers)('through %s', (driver) => live(commandOf(driver, url)))

  test.each(drivers)('another prefix is another store: %s', async (driver) => {
    await commandOf(driver, url).use(async (store) => {
      await store.create(session('carol'), Math.floor(Date.now() / 1000))
    })
    const { askJson } = commandOf(driver, url, '--prefix', 'other:')
    expect((await askJson('list', 'carol')).sessions).toEqual([])
    expect(await commandOf(driver, url).askJson('end-all', 'carol')).toEqual({ ended: 1 })
  })

  test.each(drivers)('what cannot be reached, through %s', async (driver) => {
    const wrong = `redis://operator:hunter2@127.0.0.1:${server.port}`
    expectUnreachable(await commandOf(driver, wrong).ask('list'), 'another user or password')
    const none = `redis://127.0.0.1:${server.port}`
    expectUnreachable(await commandOf(driver, none).ask('list'), 'another user or password')
    const silent = await startSilent()
    const mute = `redis://:hunter2@127.0.0.1:${silent.port}`
    expectUnreachable(await commandOf(driver, mute).ask('list'), 'did not answer in time')
    silent.stop()
    expectUnreachable(await commandOf(driver, mute).ask('list'), 'nothing listens there')
  })

  test('the process ends by itself', async () => {
    expect(await sojourn(url, 'stats')).toMatchObject({ code: 0, problem: '' })
    expectUnreachable(await sojourn('redis://:hunter2@127.0.0.1:1', 'stats'), 'nothing listens')
  })
})

describe('a Redis Cluster', needs(redis, NO_REDIS), () => {
  let group: RedisGroup
  beforeAll(async () => {
    group = await startCluster(redis ?? '')
  })
  afterAll(() => group?.stop())
  const url = () => `redis://127.0.0.1:${group.servers[0]?.port}`

  test.each(['redis', 'ioredis', 'iovalkey'])('through %s', async (driver) => {
    await live(commandOf(driver, url(), '--cluster'))
    expectUnreachable(await commandOf(driver, url()).ask('list'), 'add --cluster')
  })
})

describe('PostgreSQL', needs(postgres, NO_POSTGRES), () => {
  const drivers = ['pg', 'postgres']
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres(postgres ?? '')
  })
  afterAll(() => server?.stop())
  const url = (user = 'postgres', database = 'postgres') =>
    `postgres://${user}:hunter2@127.0.0.1:${server.port}/${database}`

  test.each(drivers)('through %s', (driver) => live(commandOf(driver, url())))

  test.each(drivers)('a schema of its own, as the command prints it: %s', async (driver) => {
    const schema = `through_${driver}`
    const { ask, askJson } = commandOf(driver, url(), '--schema', schema)
    expectUnreachable(await ask('list'), 'sojourn migration postgres')
    const { out } = await run(['migration', 'postgres', '--schema', schema], {} as never)
    await server.pool.query(`CREATE SCHEMA ${schema}`)
    await server.pool.query(out)
    await server.pool.query(out)
    expect((await askJson('list')).sessions).toEqual([])
    expect((await askJson('stats')).storeBytes).toBeGreaterThan(8_000)
  })

  test.each(drivers)('what cannot be reached, through %s', async (driver) => {
    expectUnreachable(await commandOf(driver, url('nobody')).ask('list'), 'another user')
    const absent = commandOf(driver, url('postgres', 'absent'))
    expectUnreachable(await absent.ask('list'), 'no such database')
    const silent = await startSilent()
    const mute = `postgres://postgres:hunter2@127.0.0.1:${silent.port}/postgres`
    expectUnreachable(await commandOf(driver, mute).ask('list'), 'did not answer in time')
    silent.stop()
    expectUnreachable(await commandOf(driver, mute).ask('list'), 'nothing listens there')
  })

  test('the process ends by itself, also where the table is locked', async () => {
    expect(await sojourn(url(), 'stats')).toMatchObject({ code: 0, problem: '' })
    const client = await server.pool.connect()
    try {
      await client.query('BEGIN; LOCK TABLE sojourn_sessions IN ACCESS EXCLUSIVE MODE')
      expectUnreachable(await sojourn(url(), 'list'), 'did not answer in time')
    } finally {
      client.release(true)
    }
  })
})
