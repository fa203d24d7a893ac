import { expect, test } from 'vitest'
import { Float, flask, Markup, Tuple, UUID } from '../../src/formats/flask.ts'
import { createSessions, type Lifetime } from '../../src/index.ts'

const KEY = 'a secret key of some length'
const NOW = 1_700_000_000

const make = (lifetime: Lifetime, now = NOW) =>
  createSessions({
    secretKey: KEY,
    format: flask(),
    lifetime,
    clock: () => now,
    cookie: { name: 's', secure: false },
  })

function cookieOf(data: Record<string, unknown>, lifetime: Lifetime = {}, now = NOW): string {
  const sessions = make(lifetime, now)
  return sessions.settle(sessions.open({}).update(data)).setCookie?.split(';')[0] ?? ''
}

/** Flask keeps `permanent` among the data, judged by Python's truth. */
test.each<[string, unknown, boolean]>([
  ['true', true, true],
  ['false', false, false],
  ['null', null, false],
  ['0', 0, false],
  ['2', 2, true],
  ['an empty text', '', false],
  ['a text', 'no', true],
  ['an empty list', [], false],
  ['a list', [0], true],
  ['an empty tuple', new Tuple(), false],
  ['a tuple', new Tuple(0), true],
  ['no bytes', new Uint8Array(), false],
  ['bytes', new Uint8Array(1), true],
  ['an empty dict', {}, false],
  ['a dict with the key length', { length: 0 }, true],
  ['0.0', new Float(0), false],
  ['1.0', new Float(1), true],
  ['empty markup', new Markup(''), false],
  ['markup', new Markup('<b>'), true],
  ['a UUID', new UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), true],
  ['a date', new Date(0), true],
])('%s among the data says whether the session is permanent', (_, flag, permanent) => {
  const session = make({}).open({ cookie: cookieOf({ _permanent: flag, a: 1 }) })
  expect(session.permanent).toBe(permanent)
})

test('a cookie longer than is ever looked at is refused before any work', () => {
  const { ended } = make({}).open({ cookie: `s=${'x'.repeat(16_385)}` })
  expect(ended).toMatchObject({ reason: 'malformed', at: null, detail: 'too-long' })
})

test('a cookie from the future is refused, also where no limit is set', () => {
  const { ended } = make({}, NOW - 1).open({ cookie: cookieOf({ a: 1 }) })
  expect(ended).toMatchObject({ reason: 'future' })
})

test("the absolute clock's start rides in the reserved key, and only when it is needed", () => {
  const lifetime: Lifetime = { idle: '10m', absolute: '15m' }
  const text = (cookie: string) =>
    Buffer.from(cookie.split(/[=.]/)[1] ?? '', 'base64url').toString()
  const first = cookieOf({ a: 1 }, lifetime)
  expect(text(first)).toBe('{"a":1}')
  const sessions = make(lifetime, NOW + 500)
  const session = sessions.open({ cookie: first })
  const second = sessions.settle(session.set('a', 2)).setCookie ?? ''
  expect(text(second)).toBe(`{"_sojourn":"c${NOW}","a":2}`)
  expect(make(lifetime, NOW + 900).open({ cookie: second }).ended).toBeNull()
  expect(make(lifetime, NOW + 901).open({ cookie: second }).ended).toMatchObject({
    reason: 'absolute',
  })
  expect([...session.keys()]).toEqual(['a'])
})
