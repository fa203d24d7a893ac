// The table of commands: help, usage, exit codes, and keys that never show.
import { describe, expect, test } from 'vitest'
import { FLASK_COOKIE, NOW, runCommand, SECRET } from './run-command.ts'

const COMMANDS = [
  ...['key', 'inspect', 'verify', 'sign', 'explain', 'policy', 'migration'],
  ...['list', 'show', 'end', 'end-all', 'sweep', 'stats'].map((verb) => `sessions ${verb}`),
]

describe('help', () => {
  test('without a command it is an error that shows the help', () => {
    const { code, out, problem } = runCommand([])
    expect([code, out]).toEqual([2, ''])
    for (const command of COMMANDS) expect(problem).toContain(`  ${command}`)
  })

  test.each(['--help', '-h', 'help'])('%s shows every command and the exit codes', (flag) => {
    const { code, out } = runCommand([flag])
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(out).toContain(`  ${command}`)
    expect(out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /)
  })

  test.each(COMMANDS)('%s explains itself, in three ways', (command) => {
    const words = command.split(' ')
    const { code, out } = runCommand([...words, '--help'])
    expect(code).toBe(0)
    expect(out).toContain(`sojourn ${command}`)
    expect(out).toContain('Exit codes:')
    expect(runCommand([...words, '-h']).out).toBe(out)
    expect(runCommand(['help', ...words]).out).toBe(out)
  })

  test('every line fits a wide terminal', () => {
    for (const command of COMMANDS) {
      for (const line of runCommand([...command.split(' '), '--help']).out.split('\n')) {
        expect(line.length).toBeLessThanOrEqual(110)
      }
    }
  })
})

describe('what was not understood ends with 2', () => {
  test.each([
    [['burn']],
    [['verify']],
    [['verify', FLASK_COOKIE, 'another']],
    [['verify', FLASK_COOKIE, '--nonsense']],
    [['verify', FLASK_COOKIE, '--max-age']],
    [['verify', FLASK_COOKIE, '--max-age', '30']],
    [['verify', FLASK_COOKIE, '--format', 'jwt']],
    [['verify', FLASK_COOKIE, '--digest', 'md5']],
    [['verify', FLASK_COOKIE, '--key-derivation', 'guess']],
    [['verify', FLASK_COOKIE, '--format', 'sealed', '--salt', 'x']],
    [['verify', FLASK_COOKIE, '--now', 'tomorrow']],
    [['verify', FLASK_COOKIE, '--now', '1700000000000']],
    [['verify', FLASK_COOKIE, '--now', '2026-01-31T12:00:00']],
    [['verify', '-']],
    [['verify', ' ']],
    [['key', 'more']],
    [['key', '--bytes', '8']],
    [['key', '--bytes', 'many']],
    [['sign', '[1]']],
    [['sign', '{"a":']],
    [['explain', FLASK_COOKIE]],
    [['explain', FLASK_COOKIE, '--idle', '12h', '--absolute', '30m']],
  ])('%j', (args) => {
    const { code, out, problem } = runCommand(args, { env: { SECRET_KEY: SECRET } })
    expect([code, out]).toEqual([2, ''])
    expect(problem).not.toBe('')
  })

  test.each(['verify', 'sign'])('%s without a key', (command) => {
    const { code, problem } = runCommand([command, FLASK_COOKIE])
    expect(code).toBe(2)
    expect(problem).toContain('SECRET_KEY')
  })
})

describe('a secret', () => {
  const HIDDEN = 'hunter2-hunter2-hunter2'

  test.each([
    [['--key', HIDDEN]],
    [[`--key=${HIDDEN}`]],
    [['--secret-key', HIDDEN]],
    [['--secret', HIDDEN]],
    [['--fallback', HIDDEN]],
  ])('is refused on the command line, with the reason: %#', (args) => {
    for (const command of ['verify', 'sign', 'explain']) {
      const { code, problem } = runCommand([command, FLASK_COOKIE, ...args])
      expect(code).toBe(2)
      expect(problem).toMatch(/never taken from the command line.*SECRET_KEY/s)
      expect(problem).not.toContain(HIDDEN)
    }
  })

  const env = { SECRET_KEY: HIDDEN, SECRET_KEY_FALLBACKS: `["${HIDDEN}-old"]` }
  const cookie = runCommand(['sign', '{"a":1}', '--format', 'flask'], { env }).out

  test.each([
    [['verify', cookie]],
    [['verify', cookie, '--json']],
    [['verify', `${cookie}x`]],
    [['verify', cookie, '--digest', HIDDEN]],
    [['verify', cookie, '--key-derivation', HIDDEN]],
    [['verify', cookie, '--key-file', HIDDEN]],
    [['verify', cookie, '--fallback-file', HIDDEN]],
    [['verify', cookie, '--max-age', HIDDEN]],
    [['verify', cookie, '--now', HIDDEN]],
    [['verify', cookie, '--format', HIDDEN]],
    [['verify', cookie, `--${HIDDEN}`]],
    [['verify', cookie, `-${HIDDEN}`]],
    [['verify', HIDDEN]],
    [['verify', cookie, HIDDEN]],
    [['inspect', cookie]],
    [['inspect', HIDDEN]],
    [['explain', cookie, '--idle', '30m']],
    [['sign', HIDDEN]],
    [['sign', `{"a":${HIDDEN}`]],
    [['sign', '{"a":1}', '--json']],
    [[HIDDEN]],
  ])('is never printed: %#', (args) => {
    const { out, problem } = runCommand(args, { env })
    expect(out + problem).not.toContain('hunter2')
  })

  test('is not printed when its list cannot be read', () => {
    const broken = { SECRET_KEY: HIDDEN, SECRET_KEY_FALLBACKS: `["${HIDDEN}` }
    const { code, out, problem } = runCommand(['verify', cookie], { env: broken })
    expect(code).toBe(2)
    expect(out + problem).not.toContain('hunter2')
  })
})

test('key makes another one each time, of the length asked for', () => {
  const one = runCommand(['key']).out
  expect(one).toMatch(/^[\w-]{43}$/)
  expect(runCommand(['key']).out).not.toBe(one)
  expect(runCommand(['key', '--bytes', '64']).out).toHaveLength(86)
  expect(JSON.parse(runCommand(['key', '--json']).out)).toMatchObject({ bytes: 32 })
})

test('the time stands still at --now', () => {
  const at = (now: string) =>
    JSON.parse(runCommand(['inspect', FLASK_COOKIE, '--json', '--now', now]).out).age
  expect(at(String(NOW + 60))).toBe(60)
  expect(at('2023-11-14T22:13:20Z')).toBe(0)
  expect(at('2023-11-14T23:13:20+01:00')).toBe(0)
  expect(at('2023-11-15')).toBe(6400)
})
