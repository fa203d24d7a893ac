// What a session takes of a Redis server: time for each verb, commands, bytes.
import { type RedisClient, type RedisStore, redisStore } from 'sojourn/stores/redis'
import { HASHED_IDS, hash } from '../src/core/ids.ts'
import type { StoredSession } from '../src/core/store.ts'
import type { NodeRedisClient } from '../src/stores/parts/redis-client.ts'
import type { RedisServer } from '../test/support/redis.ts'
import { createLogin, type Login } from './plumbing.ts'

const NOW = Math.floor(Date.now() / 1000)
const TIMES = 2000
const WEIGHED = 100_000
const AT_ONCE = 500
const LOGOUT = { reason: 'logout', keep: 3600 } as const
const LONG_BETWEEN = 100

/** A login as a session of a store. */
export function loginSession(subject: string | null, login: Login, now: number): StoredSession {
  const id = HASHED_IDS.storedId(HASHED_IDS.create(subject))
  const times = { createdAt: now, seenAt: now, endsAt: now + 43_200, idle: 1800, throttle: 90 }
  const fields = new Map(Object.entries(login).map(([key, value]) => [key, JSON.stringify(value)]))
  return { id, subject, ...times, checkAt: 0, fields }
}

/** A login whose texts nobody else has. */
const ownLogin = (at: number): Login => {
  const [one, other] = [hash(`one ${at}`), hash(`other ${at}`)]
  return { ...createLogin(at), _id: (one + other).slice(0, 64), csrf_token: other.slice(0, 40) }
}

/** Each verb on its own: what the server is sent, and for how long it is busy with it. */
export async function unitCosts({ ask }: RedisServer, client: RedisClient): Promise<string> {
  await ask('FLUSHALL')
  const store = redisStore(client)
  const sessions = Array.from({ length: TIMES }, (_, at) =>
    loginSession(`user-${at}`, ownLogin(at), NOW),
  )
  const each = (work: (session: StoredSession, at: number) => Promise<unknown>) => async () => {
    for (const [at, session] of sessions.entries()) await work(session, at)
  }
  const set = new Map([['views', '11']])
  const verbs = {
    'create, with a subject': each((session) => store.create(session, NOW)),
    'read, not seen before': each(({ id }) => store.read(id, NOW, true)),
    'read, nothing due': each(({ id }) => store.read(id, NOW + 1, true)),
    'read, with the touch that is due': each(({ id }) => store.read(id, NOW + LONG_BETWEEN, true)),
    'patch of one field': each(({ id }) => store.patch(id, { set, deleted: [] }, NOW)),
    'list of one session': each(({ subject }) => store.list(subject ?? '', NOW)),
    end: each(({ id }) => store.end(id, LOGOUT, NOW)),
  }
  const rows = [
    '| verb | µs of the server | commands, those inside scripts in brackets |',
    '| --- | --- | --- |',
  ]
  for (const [name, work] of Object.entries(verbs)) rows.push(await unitCost(ask, name, work))
  return rows.join('\n')
}

async function unitCost(
  ask: RedisServer['ask'],
  name: string,
  work: () => Promise<void>,
): Promise<string> {
  await ask('CONFIG', 'RESETSTAT')
  await work()
  const stats = await ask('INFO', 'commandstats')
  const all = [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+),usec=\d+,usec_per_call=([\d.]+)/g)]
    .map(([, command = '', calls, micros]) => ({ command, calls: Number(calls) / TIMES, micros }))
    .filter(({ command }) => !/^(config|info)/.test(command))
  const outer = all.find(({ command }) => command === 'evalsha') ?? all[0]
  const told = ({ command, calls }: { command: string; calls: number }) =>
    `${command} ${Number(calls.toFixed(2))}`
  const inner = all.filter((one) => one !== outer && one.command !== 'eval').map(told)
  const commands = `${outer && told(outer)}${inner.length === 0 ? '' : ` (${inner.join(', ')})`}`
  return `| ${name} | ${outer?.micros} | ${commands} |`
}

/** Bytes of a session of 188 bytes, its share of the indexes counted. */
export async function weights(server: RedisServer, client: NodeRedisClient): Promise<string> {
  const text = (at: number) => JSON.stringify(ownLogin(at))
  const setBare = (at: number) =>
    client.sendCommand(['SET', `sess:${hash(`${at}`)}`, text(at), 'PX', '9999999'])
  const begin = (subjectOf: (at: number) => string | null) => {
    const store: RedisStore = redisStore(client)
    return (at: number) => store.create(loginSession(subjectOf(at), ownLogin(at), NOW), NOW)
  }
  const rows = [
    `| ${WEIGHED.toLocaleString('en')} sessions of 188 bytes | bytes each, all in all |`,
    '| --- | --- |',
    `| a bare text with a time to live | ${await weigh(server, setBare)} |`,
    `| of nobody | ${await weigh(
      server,
      begin(() => null),
    )} |`,
    `| of one subject each | ${await weigh(
      server,
      begin((at) => `user-${at}`),
    )} |`,
    `| of subjects with four sessions each | ${await weigh(
      server,
      begin((at) => `user-${at >> 2}`),
    )} |`,
  ]
  return rows.join('\n')
}

async function weigh({ ask }: RedisServer, begin: (at: number) => unknown): Promise<string> {
  await ask('FLUSHALL')
  const used = async () => Number(/used_memory:(\d+)/.exec(await ask('INFO', 'memory'))?.[1])
  const before = await used()
  for (let at = 0; at < WEIGHED; at += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, turn) => begin(at + turn)))
  }
  return (((await used()) - before) / WEIGHED).toFixed(0)
}
