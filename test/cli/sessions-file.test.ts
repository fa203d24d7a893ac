// The command on a file of SQLite, through whichever driver there is; and as a process.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../src/cli/open-store.ts'
import type { Load } from '../../src/cli/store-driver.ts'
import { sqliteStore } from '../../src/stores/sqlite.ts'
import { NOW, runLater } from './run-command.ts'
import { fill, over, session, storedId } from './stored.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

let folder: string
let file: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-cli-'))
  file = join(folder, 'sessions.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function fillFile(...sessions: Parameters<typeof fill>[1]) {
  const store = sqliteStore(file)
  await fill(store, sessions)
  store.close()
}
const ask = (...args: string[]) =>
  runLater(['sessions', ...args], { env: { SOJOURN_STORE: `sqlite:${file}` } })
const askJson = async (...args: string[]) => JSON.parse((await ask(...args, '--json')).out)

test('a life: listed, shown, ended, swept, counted', async () => {
  await fillFile(session('a'), session('b'), session('c', { subject: null }), over('d'))
  expect((await askJson('list')).sessions).toHaveLength(3)
  expect((await askJson('list', 'alice')).sessions).toHaveLength(2)
  expect(await askJson('show', storedId('a'))).toMatchObject({ state: 'live', subject: 'alice' })
  expect(await ask('end', storedId('a'))).toMatchObject({ code: 0, out: 'Ended.' })
  expect(await askJson('show', storedId('a'))).toMatchObject({ state: 'ended', reason: 'revoked' })
  expect((await ask('sweep', '--json')).written).toContain(storedId('d'))
  expect(await askJson('stats')).toMatchObject({ live: 2, withSubject: 1, anonymous: 1 })
  expect((await askJson('stats')).storeBytes).toBeGreaterThan(8_000)
  expect(await askJson('end-all', 'alice')).toEqual({ ended: 1 })
  expect(await askJson('end-all', '--everyone', '--yes')).toEqual({ ended: 1 })
  expect((await ask('list')).out).toBe('No live sessions.')
})

test('what the program keeps for long, and failed to sweep once, is still told of', async () => {
  const store = sqliteStore(file, { retention: '30d' })
  const long = over('a', { createdAt: NOW - 1_000_000, seenAt: NOW - 1_000_000 })
  await fill(store, [long])
  expect(store.claim(NOW - 100, 10, 60)).toHaveLength(1)
  store.close()
  expect(await askJson('show', storedId('a'))).toMatchObject({ state: 'over' })
  expect((await ask('sweep', '--json')).written).toContain(storedId('a'))
})

test('what a sweep leaves is kept for as long as is usual, and then cleared away', async () => {
  await fillFile(over('a'))
  expect((await ask('sweep')).code).toBe(0)
  const store = sqliteStore(file)
  expect(store.read(storedId('a'), NOW, false)).toMatchObject({ state: 'ended', reason: 'idle' })
  expect(store.read(storedId('a'), NOW + 3700, false)).toEqual({ state: 'unknown' })
  store.close()
})

describe('what is there stays as it is', () => {
  test('a file that is not there is not made', async () => {
    expect(await ask('list')).toMatchObject({
      code: 3,
      problem: 'The store cannot be reached: there is no such file (ENOENT).',
    })
    expect(() => readFileSync(file)).toThrow()
  })

  test('one that is no database', async () => {
    writeFileSync(file, 'These are notes, and a good many of them. '.repeat(100))
    const { code, problem } = await ask('stats')
    expect([code, problem]).toEqual([3, expect.stringContaining('it is no SQLite file')])
  })

  test('a database of something else gets no tables', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE notes (text TEXT)')
    other.close()
    const before = readFileSync(file)
    expect(await ask('list')).toMatchObject({
      code: 3,
      problem: expect.stringContaining('there are no sessions of ours in it'),
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('a schema that is newer is said', async () => {
    await fillFile(session('a'))
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(file)
    database.exec('UPDATE sojourn_schema SET version = 99')
    database.close()
    expect(await ask('list')).toMatchObject({ code: 2, problem: expect.stringContaining('99') })
  })
})

test.each(['better-sqlite3', 'libsql'])('where Node has none, %s does', async (driver) => {
  await fillFile(session('a'))
  const load: Load = async (name) => {
    if (name === driver) return import(name)
    throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' })
  }
  const { store, close } = await openStore({ kind: 'sqlite', path: file }, load)
  expect(await store.list('alice', NOW)).toMatchObject([{ id: storedId('a') }])
  await close()
})

describe('the process', () => {
  const sojourn = (...args: string[]) =>
    spawnSync(process.execPath, ['--conditions=source', MAIN, 'sessions', ...args], {
      env: { PATH: process.env.PATH ?? '', SOJOURN_STORE: `sqlite:${file}` },
      encoding: 'utf8',
    })

  test('ends by itself, and prints a sweep line by line', async () => {
    await fillFile(over('a'), over('b'))
    const { status, stdout, stderr } = sojourn('sweep', '--json')
    expect(status).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([storedId('a'), storedId('b')])
    expect(stderr).toContain('Looked at 2: 2 over and forgotten.')
  })

  test('what nobody reads is not forgotten', async () => {
    await fillFile(...Array.from({ length: 1_000 }, (_, at) => over(`s${at}`)))
    const pipe = `"${process.execPath}" --conditions=source "${MAIN}" sessions sweep --json | head -1`
    const env = { PATH: process.env.PATH ?? '', SOJOURN_STORE: `sqlite:${file}` }
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', pipe], { env, encoding: 'utf8' })
    expect(stdout.split('\n')).toHaveLength(2)
    expect(stderr).toContain('Nobody reads the output any more.')
    expect(stderr).not.toMatch(/^ +at /m)
    const store = sqliteStore(file)
    expect(store.claim(NOW + 1e9, 10_000, 60).length).toBeGreaterThan(0)
    store.close()
  })
})
