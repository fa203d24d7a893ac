// The real process: its arguments, streams and exit codes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FLASK_COOKIE, SECRET } from './run-command.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

const sojourn = (args: readonly string[], env: Record<string, string> = {}, input = '') =>
  spawnSync(process.execPath, ['--conditions=source', MAIN, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    input,
    encoding: 'utf8',
  })

test('a good cookie: 0, said on the standard output', () => {
  const { status, stdout, stderr } = sojourn(['verify', FLASK_COOKIE], { SECRET_KEY: SECRET })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^Good: signed .*\ndata\n {2}a {2}1\n$/)
})

test('a refused one: 1, read from the standard input', () => {
  const line = `Set-Cookie: session=${FLASK_COOKIE}x; Path=/\n`
  const { status, stdout } = sojourn(['verify', '-', '--json'], { SECRET_KEY: SECRET }, line)
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ valid: false, detail: 'bad-signature' })
})

test('a key on the command line: 2, said on the standard error, the key not repeated', () => {
  const { status, stdout, stderr } = sojourn(['verify', FLASK_COOKIE, '--key', 'hunter2'])
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain('never taken from the command line')
  expect(stderr).not.toContain('hunter2')
})

test('what key makes, a file hands to sign and verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
  try {
    const file = join(folder, 'key.txt')
    const { stdout: key } = sojourn(['key'])
    writeFileSync(file, key)
    const { stdout: cookie } = sojourn(['sign', '-', '--key-file', file], {}, '{"user":"Bob"}')
    const { status, stdout, stderr } = sojourn(['verify', cookie.trim(), '--key-file', file])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('"Bob"')
    expect(stdout).not.toContain(key.trim())
  } finally {
    rmSync(folder, { recursive: true })
  }
})
