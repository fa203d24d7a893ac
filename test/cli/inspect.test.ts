// What a cookie says without a key.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dissect, findCookie } from '../../src/cli/cookie-text.ts'
import { ask, COMPRESSED_COOKIE, FLASK_COOKIE, NOW, runCommand, SECRET } from './run-command.ts'

const env = { SECRET_KEY: SECRET }
const make = (json: string, format: string) =>
  runCommand(['sign', json, '--format', format], { env }).out

test('a cookie by Flask is recognised and read', () => {
  expect(ask(['inspect', FLASK_COOKIE, '--now', String(NOW + 300)], { env: {} })).toEqual({
    code: 0,
    format: 'flask',
    digest: 'sha1',
    verified: false,
    timestamp: NOW,
    signedAt: '2023-11-14T22:13:20Z',
    age: 300,
    compressed: false,
    sizes: { cookie: 45, payload: 10, json: 7 },
    payload: '{"a":1}',
    data: { a: 1 },
  })
})

test('for people it says the age in words', () => {
  const { code, out } = runCommand(['inspect', FLASK_COOKIE], { now: NOW + 5_400 })
  expect(code).toBe(0)
  expect(out).toContain('2023-11-14 22:13:20 UTC (1 hour 30 minutes ago)')
  expect(out).toMatch(/^ {2}a {2}1$/m)
})

test('a compressed one is inflated', () => {
  expect(ask(['inspect', COMPRESSED_COOKIE])).toMatchObject({
    compressed: true,
    payload: '{"a":"xxxxxxxxxxxxxxxxxxxx"}',
    sizes: { json: 28 },
  })
})

test('one of ours with SHA-256 is told apart', () => {
  expect(ask(['inspect', make('{"a":1}', 'signed')])).toMatchObject({ code: 0, format: 'signed' })
})

test('of a sealed one the header shows, and nothing of the data', () => {
  const cookie = make('{"user":"Bob"}', 'sealed')
  expect(ask(['inspect', cookie])).toMatchObject({
    code: 0,
    format: 'sealed',
    header: { alg: 'dir', enc: 'A256GCM' },
  })
  expect(runCommand(['inspect', cookie]).out).not.toContain('Bob')
})

test.each([
  ['Set-Cookie: session=% ; Expires=Fri, 15 Dec 2023 22:13:20 GMT; HttpOnly; Path=/'],
  ['set-cookie: __Host-session=%; Secure'],
  ['Cookie: theme=dark; session=%'],
  ['session=%'],
  ['session="%"'],
  ['  %\n'],
])('a pasted line is taken apart: %s', (line) => {
  expect(findCookie(line.replace('%', FLASK_COOKIE))).toBe(FLASK_COOKIE)
})

test('the standard input is read for -', () => {
  expect(ask(['inspect', '-'], { input: `session=${FLASK_COOKIE}\n` })).toMatchObject({ code: 0 })
})

test("values that JSON lacks are shown by Python's names", () => {
  const json =
    '{"t":{" t":[1,2.0]},"one":{" t":[null]},"d":{" d":"Thu, 29 Feb 2024 12:34:56 GMT"},"b":{" b":"aGk="},"u":{" u":"6ba7b8109dad11d180b400c04fd430c8"},"m":{" m":"<b>"},"big":123456789012345678901,"n":NaN,"f":1.0,"o":{"x":[1,"y"]}}'
  const cookie = make(json, 'flask')
  const { out } = runCommand(['inspect', cookie])
  for (const line of [
    't    (1, 2.0)',
    'one  (null,)',
    'd    2024-02-29 12:34:56 UTC',
    'b    bytes(aGk=)',
    'u    UUID(6ba7b810-9dad-11d1-80b4-00c04fd430c8)',
    'm    Markup("<b>")',
    'big  123456789012345678901',
    'n    NaN',
    'f    1.0',
    'o    {"x": [1, "y"]}',
  ]) {
    expect(out).toContain(`  ${line}`)
  }
  expect(runCommand(['verify', cookie], { env }).out).toContain('f    1.0')
  expect(ask(['inspect', cookie]).data).toEqual({
    t: [1, 2],
    one: [null],
    d: '2024-02-29T12:34:56Z',
    b: 'aGk=',
    u: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    m: '<b>',
    big: '123456789012345678901',
    n: 'NaN',
    f: 1,
    o: { x: [1, 'y'] },
  })
})

test('no control character of a visitor reaches the terminal', () => {
  const json = JSON.stringify({ 'a\u001b[2J': '\u001b]0;x\u0007\u009b31m\u202e' })
  expect(runCommand(['inspect', make(json, 'flask')]).out).not.toMatch(
    /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/,
  )
})

test('__proto__ is a key like any other', () => {
  const cookie = make('{"__proto__":{"x":1},"a":1}', 'flask')
  expect(runCommand(['inspect', cookie, '--json']).out).toContain('"__proto__"')
  expect(runCommand(['inspect', cookie]).out).toContain('__proto__  {"x": 1}')
})

test.each([
  'nonsense',
  'a.b',
  'a.b.c.d.e',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXRoYXQtaXMtbm90LW91cnM',
  '.eJyrVkpUslKqwAKU.ZVPxAA.-R3Ks7_HSpzkZGQ-K6-zIvSiIug',
])('what is no session cookie ends with 1: %s', (cookie) => {
  expect(runCommand(['inspect', cookie]).code).toBe(1)
})

test('nothing that is pasted makes it throw', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('.', '=', ';', '"', 'eyJhIjoxfQ', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0'),
    fc.constantFrom(FLASK_COOKIE, COMPRESSED_COOKIE, 'Set-Cookie: ', 'session='),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const pasted = pieces.join('')
      dissect(findCookie(pasted))
      for (const command of ['inspect', 'verify', 'explain']) {
        const limit = command === 'explain' ? ['--idle', '30m'] : []
        expect([0, 1, 2]).toContain(runCommand([command, ...limit, '--', pasted], { env }).code)
      }
    }),
    { seed: 7, numRuns: 500 },
  )
})
