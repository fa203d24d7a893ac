// Everything that lies in the servers, held against itself: what must be true between any two commands.
import assert from 'node:assert/strict'
import { hash } from '../../src/core/ids.ts'
import type { RedisServer } from './redis.ts'

const KEY = /^([^{]*\{([\da-f]{2})\})([sfudw])(?::(.*))?$/
const SESSION = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\d+)(\+?)\0([^\0]*)\0(?:[^\0]*\0[^\0]*\0)*$/
const TOMBSTONE = /^!(\d+) (\d+) (\d+) ([a-z-]+) ([\w-]*)\0([^\0]*)\0$/
const HELD = /^\?\d+$/

/** The keys of all servers that are masters. */
export interface Keyspace {
  /** Each key, with the text that a session key holds. */
  readonly keys: ReadonlyMap<string, string>
  readonly live: number
  readonly ended: number
  readonly held: number
}

/**
 * Fails where a session is half written, an index names what is not there or does not name what is, or
 * a key would stay for ever. Of time it knows nothing: what is over counts as live.
 */
export async function checkKeyspace(servers: readonly RedisServer[]): Promise<Keyspace> {
  const keys = new Map<string, string>()
  const indexed = new Map<string, Map<string, number>>()
  for (const server of servers) {
    if (!(await server.ask('INFO', 'replication').catch(() => '')).includes('role:master')) continue
    for (const key of lines(await server.ask('KEYS', '*'))) {
      const [, , , kind] = KEY.exec(key) ?? []
      assert.ok(kind, `a key that the store does not know: ${key}`)
      assert.ok(Number(await server.ask('PTTL', key)) !== -1, `it would stay for ever: ${key}`)
      keys.set(key, kind === 's' ? await server.ask('GET', key) : '')
      if (kind === 'u' || kind === 'd') indexed.set(key, await scoresOf(server, key))
    }
  }
  const counts = { live: 0, ended: 0, held: 0 }
  for (const [key, text] of keys) {
    const [, base = '', , kind, id = ''] = KEY.exec(key) ?? []
    if (kind === 's') counts[checkSession(base, id, text, keys, indexed)] += 1
    if (kind === 'f') assert.match(keys.get(`${base}s:${id}`) ?? '', /^[\d ]+\+/)
    if (kind === 'u' || kind === 'd') checkIndex(key, keys, indexed.get(key) ?? new Map())
  }
  return { keys, ...counts }
}

type Scores = Map<string, number>

async function scoresOf({ ask }: RedisServer, key: string): Promise<Scores> {
  const words = lines(await ask('ZRANGE', key, '0', '-1', 'WITHSCORES'))
  const scores: Scores = new Map()
  for (let at = 1; at < words.length; at += 2) scores.set(words[at - 1] ?? '', Number(words[at]))
  return scores
}

function checkSession(
  base: string,
  id: string,
  text: string,
  keys: ReadonlyMap<string, string>,
  indexed: ReadonlyMap<string, Scores>,
): 'live' | 'ended' | 'held' {
  if (HELD.test(text)) return 'held'
  if (TOMBSTONE.test(text)) {
    assert.ok(!keys.has(`${base}f:${id}`), 'a tombstone keeps no fields')
    return 'ended'
  }
  const [, made, , , , , , apart, whose = ''] = SESSION.exec(text) ?? []
  assert.ok(made, 'a session is written whole')
  assert.ok(indexed.get(`${base}d`)?.has(id), 'the sweep knows of a session')
  if (whose !== '') {
    const index = indexed.get(`${base}u:${whose.slice(0, 22)}`)
    const score = index?.get(id) ?? Number.NaN
    assert.equal(Math.floor(score), Number(made), "the subject's index knows of a session")
  }
  if (apart === '') assert.ok(!keys.has(`${base}f:${id}`), 'fields that lie apart are known of')
  return 'live'
}

/** What an index names is there: a session, or a place that is held for one. */
function checkIndex(key: string, keys: ReadonlyMap<string, string>, scores: Scores): void {
  const [, base = '', , kind, name = ''] = KEY.exec(key) ?? []
  for (const id of scores.keys()) {
    const text = keys.get(`${base}s:${id}`) ?? ''
    const [, , , , , , , , whose = ''] = SESSION.exec(text) ?? []
    if (kind === 'u') assert.ok(HELD.test(text) || whose.startsWith(name), 'an index lies')
    else assert.match(text, SESSION, 'the sweep looks at what is not there')
  }
}

const lines = (answer: string): string[] => (answer === '' ? [] : answer.split('\n'))

/** What may be seen of a subject in a key. */
export const shownOf = (subject: string): string => hash(subject).slice(0, 22)
