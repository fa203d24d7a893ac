// Which store, by which driver, and what is said where there is none: never with a password.
import { describe, expect, test } from 'vitest'
import { openStore } from '../../src/cli/open-store.ts'
import { readPlace } from '../../src/cli/store-options.ts'
import type { StorePlace } from '../../src/cli/store-place.ts'
import { modelStore } from '../support/model-store.ts'
import { runCommand, runLater } from './run-command.ts'

const LIST = ['sessions', 'list']
const HIDDEN = 'hunter2'
const placeOf = (url: string, given = {}) =>
  readPlace(given, { env: { SOJOURN_STORE: url } } as never)

test.each([
  ['redis://h:1/2', { kind: 'redis', url: 'redis://h:1/2', cluster: false }],
  ['rediss://:p@h', { kind: 'redis', url: 'rediss://:p@h' }],
  ['valkey://h', { kind: 'redis', url: 'redis://h' }],
  ['VALKEYS://h', { kind: 'redis', url: 'rediss://h' }],
  ['postgres://u:p@h/db', { kind: 'postgres', url: 'postgres://u:p@h/db' }],
  ['postgresql:///db', { kind: 'postgres', url: 'postgresql:///db' }],
  ['sqlite:sessions.db', { kind: 'sqlite', path: 'sessions.db' }],
  ['sqlite:/var/s.db', { kind: 'sqlite', path: '/var/s.db' }],
  ['sqlite:///var/s.db', { kind: 'sqlite', path: '/var/s.db' }],
])('%s', (url, place) => {
  expect(placeOf(url)).toMatchObject(place)
})

test('the options of a store reach it', () => {
  expect(placeOf('redis://h', { prefix: 'app:', cluster: true })).toMatchObject({
    prefix: 'app:',
    cluster: true,
  })
  expect(placeOf('postgres://h/db', { schema: 'app' })).toMatchObject({ schema: 'app' })
})

test('what stands on the command line goes before the environment', async () => {
  const env = { SOJOURN_STORE: 'sqlite:/nowhere/at/all.db' }
  const args = [...LIST, '--store', 'redis://localhost', '--prefix', 'app:']
  expect(await runLater(args, { env, store: modelStore() })).toMatchObject({ code: 0 })
})

describe('what was not understood ends with 2', () => {
  test.each([
    ['no store', {}, [], 'SOJOURN_STORE'],
    ['an unknown scheme', {}, ['--store', 'mysql://localhost'], 'named by a URL'],
    ['no URL', {}, ['--store', 'sessions.db'], 'named by a URL'],
    ['a password that breaks the URL', { SOJOURN_STORE: 'redis://:hunter2#@h:x' }, [], '%23'],
    ['a prefix for SQLite', { SOJOURN_STORE: 'sqlite:x' }, ['--prefix', 'a'], '--prefix belongs'],
    ['a schema for Redis', { SOJOURN_STORE: 'redis://h' }, ['--schema', 'a'], '--schema belongs'],
    ['a cluster of files', { SOJOURN_STORE: 'sqlite:x' }, ['--cluster'], '--cluster belongs'],
    ['too many', { SOJOURN_STORE: 'sqlite:x' }, ['--most', '0'], '--most is a whole number'],
  ])('%s', async (_, env, args, said) => {
    const { code, out, problem } = await runLater([...LIST, ...args], { env, store: modelStore() })
    expect([code, out]).toEqual([2, ''])
    expect(problem).toContain(said)
    expect(problem).not.toContain(HIDDEN)
  })

  test.each([
    ['sessions'],
    ['sessions burn'],
    ['sessions show'],
    ['sessions end'],
    ['sessions stats more'],
    ['sessions list alice bob'],
    ['migration'],
    ['migration mysql'],
  ])('%s', async (line) => {
    const env = { SOJOURN_STORE: 'redis://localhost' }
    const { code, out, problem } = await runLater(line.split(' '), { env, store: modelStore() })
    expect([code, out]).toEqual([2, ''])
    expect(problem).not.toBe('')
  })

  test.each([
    'redis://:hunter2@localhost',
    'redis://bob:hunter2@localhost:6379/0',
    'postgres://bob:hunter2@localhost/app',
    'postgres://bob:hun@ter2/hunter2@localhost/app',
    'postgres://localhost/app?user=bob&password=hunter2',
    'sqlite://bob:hunter2@localhost',
    'mysql://bob:hunter2@localhost',
  ])('a password on the command line is refused: %#', async (url) => {
    for (const args of [['--store', url], [`--store=${url}`]]) {
      const { code, out, problem } = await runLater([...LIST, ...args], { store: modelStore() })
      expect([code, out]).toEqual([2, ''])
      expect(problem).toMatch(/never taken from the command line.*SOJOURN_STORE/s)
      expect(problem).not.toContain(HIDDEN)
    }
  })
})

describe('help', () => {
  test.each([['sessions --help'], ['help sessions'], ['sessions -h']])(
    '%s shows all that can be done',
    async (line) => {
      const { code, out } = runCommand(line.split(' '))
      expect(code).toBe(0)
      for (const verb of ['list', 'show', 'end', 'end-all', 'sweep', 'stats']) {
        expect(out).toContain(`  sessions ${verb}`)
      }
      expect(out).not.toContain('  inspect')
    },
  )

  test('of one says how a store is named', () => {
    const { out } = runCommand(['sessions', 'show', '--help'])
    expect(out).toContain('SOJOURN_STORE')
    expect(out).toContain('sessions show ID')
    expect(runCommand(['help', 'sessions', 'show']).out).toBe(out)
  })
})

describe('a driver that is not installed', () => {
  const missing = async () => {
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  }

  test.each<[StorePlace, string]>([
    [{ kind: 'redis', url: 'redis://h', cluster: false, prefix: undefined }, 'redis'],
    [{ kind: 'postgres', url: 'postgres://h/db', schema: undefined }, 'pg'],
    [{ kind: 'sqlite', path: import.meta.filename }, 'better-sqlite3'],
  ])('%j', async (place, name) => {
    await expect(openStore(place, missing)).rejects.toThrow(`npm install ${name}`)
  })
})

describe('an option that a store refuses lets its connection go', () => {
  test.each([
    ['redis', { kind: 'redis', url: 'redis://h', cluster: false, prefix: 'a{b' }],
    ['pg', { kind: 'postgres', url: 'postgres://h/db', schema: 'No Such' }],
    ['postgres', { kind: 'postgres', url: 'postgres://h/db', schema: 'No Such' }],
  ] as [string, StorePlace][])('of %s', async (driver, place) => {
    let open = 0
    const client = {
      on: () => client,
      connect: async () => {
        open += 1
      },
      destroy: () => {
        open -= 1
      },
    }
    class Pool {
      constructor() {
        open += 1
      }
      on() {}
      query() {}
      async end() {
        open -= 1
      }
    }
    const sql = () => {
      open += 1
      return {
        unsafe: () => {},
        end: async () => {
          open -= 1
        },
      }
    }
    const load = async (name: string) => {
      if (name === driver) return { createClient: () => client, Pool, default: sql }
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    }
    await expect(openStore(place, load)).rejects.toMatchObject({ code: 'bad-option' })
    expect(open).toBe(0)
  })
})

describe('a store that cannot be reached ends with 3', () => {
  const fail = async (error: unknown) => {
    const store = { ...modelStore(), scan: () => Promise.reject(error) }
    return runLater(LIST, { env: { SOJOURN_STORE: 'redis://:hunter2@localhost' }, store })
  }
  const coded = (code: string, message = `at redis://:${HIDDEN}@localhost`) =>
    Object.assign(new Error(message), { code })

  test.each([
    [coded('ECONNREFUSED'), 'nothing listens there (ECONNREFUSED)'],
    [new AggregateError([coded('ENOTFOUND')], 'all failed'), 'its host is not known'],
    [new Error('wrapped', { cause: coded('28P01') }), 'another user or password'],
    [new Error(`WRONGPASS ${HIDDEN}`), 'another user or password'],
    [new Error('MOVED 1 127.0.0.1:7000'), 'add --cluster'],
    [coded('42P01'), 'sojourn migration postgres'],
    [coded('HUNTER2'), 'does not answer as one of ours (Error)'],
    [new TypeError(`Invalid URL ${HIDDEN}`), '(TypeError)'],
    [Object.assign(new Error('x'), { name: `${HIDDEN} is the password` }), '(no Error)'],
    [HIDDEN, '(no Error)'],
  ])('%#', async (error, said) => {
    const { code, out, problem } = await fail(error)
    expect([code, out]).toEqual([3, ''])
    expect(problem).toContain(said)
    expect(problem.toLowerCase()).not.toContain(HIDDEN)
  })

  test('and is let go of', async () => {
    let closed = 0
    const store = { ...modelStore(), scan: () => Promise.reject(coded('ECONNRESET')) }
    const { run } = await import('../../src/cli/commands.ts')
    const world = {
      env: { SOJOURN_STORE: 'redis://localhost' },
      now: () => 0,
      openStore: async () => ({
        store,
        close: async () => {
          closed += 1
        },
      }),
    }
    await run(LIST, world as never)
    expect(closed).toBe(1)
  })
})
