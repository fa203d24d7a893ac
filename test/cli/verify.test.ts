// Verifying and signing: each reads what the other made, under the keys that are at hand.
import { describe, expect, test } from 'vitest'
import { ask, FLASK_COOKIE, NOW, runCommand, SECRET } from './run-command.ts'

const env = { SECRET_KEY: SECRET }
const verify = (cookie: string, args: readonly string[] = [], scene = {}) =>
  ask(['verify', cookie, ...args], scene)

describe("Flask's cookie", () => {
  test('is good under its key', () => {
    expect(verify(FLASK_COOKIE)).toEqual({
      code: 0,
      valid: true,
      format: 'flask',
      key: 'current',
      timestamp: NOW,
      signedAt: '2023-11-14T22:13:20Z',
      age: 0,
      endsAt: null,
      data: { a: 1 },
    })
  })

  test('is written as Flask writes it', () => {
    const { out } = runCommand(['sign', '{"a": 1}', '--format', 'flask'], { env })
    expect(out).toBe(FLASK_COOKIE)
  })

  test.each([
    [0, 0],
    [1800, 0],
    [1801, 1],
    [-1, 1],
  ])('of %i seconds under --max-age 30m ends with %i', (age, code) => {
    expect(
      runCommand(['verify', FLASK_COOKIE, '--max-age', '30m'], { env, now: NOW + age }).code,
    ).toBe(code)
  })

  test('says why it is refused, and what it would have been', () => {
    expect(verify(FLASK_COOKIE, ['--max-age', '30m'], { now: NOW + 3600 })).toMatchObject({
      valid: false,
      detail: 'expired',
      endsAt: NOW + 1800,
    })
    expect(verify(FLASK_COOKIE, [], { now: NOW - 1 })).toMatchObject({
      valid: false,
      detail: 'future',
    })
    expect(verify(`${FLASK_COOKIE.slice(0, -4)}AAAA`)).toMatchObject({
      code: 1,
      reason: 'tampered',
      detail: 'bad-signature',
    })
  })
})

describe('every format', () => {
  const json = '{"a":[1,"x",null],"b":{"c":true}}'

  test.each(['flask', 'signed', 'sealed'])('%s is made, recognised and read back', (format) => {
    const { out: cookie } = runCommand(['sign', json, '--format', format], { env })
    expect(verify(cookie)).toMatchObject({ code: 0, format, data: JSON.parse(json) })
    expect(verify(cookie, ['--format', format])).toMatchObject({ code: 0 })
    expect(verify(cookie, [], { env: { SECRET_KEY: 'another' } })).toMatchObject({
      code: 1,
      valid: false,
    })
    expect(runCommand(['verify', cookie], { env }).out).toMatch(/^Good: (signed|sealed) just now/)
  })

  test.each(['flask', 'signed', 'sealed'])('%s is good under a fallback key', (format) => {
    const { out: cookie } = runCommand(['sign', json, '--format', format], { env })
    for (const SECRET_KEY_FALLBACKS of [`["older","${SECRET}"]`, `older,${SECRET}`]) {
      const rotated = { env: { SECRET_KEY: 'new', SECRET_KEY_FALLBACKS } }
      expect(verify(cookie, [], rotated)).toMatchObject({ code: 0, key: 'fallback' })
    }
  })

  test('sealed is what sign makes without a format', () => {
    expect(ask(['sign', json])).toMatchObject({ code: 0, format: 'sealed' })
  })

  test.each(['flask', 'signed', 'sealed'])('%s refuses another format', (format) => {
    const other = format === 'sealed' ? 'flask' : 'sealed'
    const { out: cookie } = runCommand(['sign', json, '--format', other], { env })
    expect(verify(cookie, ['--format', format])).toMatchObject({ code: 1, valid: false })
  })
})

test('salt, digest and derivation change the signature', () => {
  const choices = ['--salt', 'mine', '--digest', 'sha512', '--key-derivation', 'django-concat']
  const { out: cookie } = runCommand(['sign', '{"a":1}', '--format', 'flask', ...choices], { env })
  expect(verify(cookie, choices)).toMatchObject({ code: 0, format: 'flask' })
  expect(verify(cookie)).toMatchObject({ code: 1 })
})

test('keys are read from files, without the line break at the end', () => {
  const files = { new: 'another\n', old: `${SECRET}\r\n`, space: `${SECRET} \n` }
  const rotated = ['--key-file', 'new', '--fallback-file', 'old']
  expect(verify(FLASK_COOKIE, ['--key-file', 'old'], { env: {}, files })).toMatchObject({ code: 0 })
  expect(verify(FLASK_COOKIE, rotated, { files })).toMatchObject({ code: 0, key: 'fallback' })
  expect(verify(FLASK_COOKIE, ['--key-file', 'space'], { files })).toMatchObject({ code: 1 })
})

test('tags are signed as what they stand for', () => {
  const { out: cookie } = runCommand(['sign', '{"t":{" t":[1,2.0]}}', '--format', 'flask'], { env })
  expect(JSON.parse(runCommand(['inspect', cookie, '--json']).out).payload).toBe(
    '{"t":{" t":[1,2.0]}}',
  )
})

test('a permanent session says so', () => {
  const make = (format: string) =>
    runCommand(['sign', '{"a":1}', '--permanent', '--format', format], { env }).out
  expect(verify(make('flask')).data).toEqual({ _permanent: true, a: 1 })
  expect(verify(make('sealed')).data).toEqual({ a: 1 })
})

test('what the format cannot hold is a misuse', () => {
  expect(runCommand(['sign', '{"_sojourn":1,"a":1}', '--format', 'flask'], { env }).code).toBe(2)
})
