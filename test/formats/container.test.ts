import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { RESERVED_KEY } from '../../src/formats/flask.ts'
import {
  cookieOf,
  decode,
  format,
  jsonIn,
  make,
  NOW,
  open,
  packed,
  record,
  signText,
} from './dev-cookies.ts'

describe('compression', () => {
  const long = { a: 'x'.repeat(1017) }
  const noise = { a: Array.from({ length: 600 }, (_, at) => ((at * 7919) % 9973) ** 3).join('') }

  test("'large' starts at 1024 bytes of JSON", () => {
    expect(packed(format.encode(record({ a: 'x'.repeat(1015) }), NOW))).toBe(false)
    expect(packed(format.encode(record({ a: 'x'.repeat(1016) }), NOW))).toBe(true)
  })

  test("'flask' deflates what gets shorter, 'never' nothing", () => {
    const by = make({ compress: 'flask' })
    expect(packed(by.encode(record({ a: 'x'.repeat(20) }), NOW))).toBe(true)
    expect(packed(by.encode(record({ a: 1 }), NOW))).toBe(false)
    expect(packed(make({ compress: 'never' }).encode(record(long), NOW))).toBe(false)
  })

  test('either is read, whatever is written', () => {
    for (const fields of [long, noise]) {
      for (const compress of ['large', 'flask', 'never'] as const) {
        const cookie = make({ compress }).encode(record(fields), NOW)
        expect(decode(cookie).fields.get('a')).toBe(fields.a)
      }
    }
  })

  test('a bomb with the right signature is refused at a bound', () => {
    const bomb = (size: number) => {
      const stream = deflateSync(`{"a":"${'x'.repeat(size)}"}`)
      return signText(`.${stream.toString('base64url')}`, NOW)
    }
    expect(decode(bomb(262_000)).fields.size).toBe(1)
    for (const size of [262_144, 8_000_000]) {
      const cookie = bomb(size)
      expect(cookie.length).toBeLessThan(format.longest)
      expect(format.decode(open(cookie))).toMatchObject({ detail: 'bad-payload' })
    }
  })

  test.each([
    ['deep', `{"a":${'['.repeat(120_000)}${']'.repeat(120_000)}}`],
    ['deep objects', '{"a":'.repeat(50_000) + 1 + '}'.repeat(50_000)],
    ['deep tags', '{" t":['.repeat(30_000) + ']}'.repeat(30_000)],
    ['many digits', `{"a":${'9'.repeat(250_000)}}`],
    ['many signs', `{"a":${'-'.repeat(250_000)}}`],
    ['an open string', `{"a":"${'\\'.repeat(249_999)}`],
  ])('a bomb of another kind (%s) is refused at once', (_, json) => {
    const start = performance.now()
    const cookie = signText(`.${deflateSync(json).toString('base64url')}`, NOW)
    expect(format.decode(open(cookie))).toMatchObject({ detail: 'bad-payload' })
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test('a large flat payload is read', () => {
    const json = `{"a":{" t":[${'0,'.repeat(120_000)}0]},"b":1.0}`
    const cookie = signText(`.${deflateSync(json).toString('base64url')}`, NOW)
    expect(decode(cookie).fields.get('a')).toHaveLength(120_001)
  })
})

describe('passing on', () => {
  test('what nobody touched comes back to the letter', () => {
    const json = '{"z":1.0,"a":{" d":"some day"},"n":[1E2,NaN]}'
    const found = decode(cookieOf(json))
    expect(found.fields.get('a')).toBeNull()
    expect(jsonIn(format.encode(found, NOW))).toBe('{"a":{" d":"some day"},"n":[1E2,NaN],"z":1.0}')
  })

  test('renewing signs the same payload again', () => {
    const cookie = cookieOf('{ "b": 1 }')
    const opened = open(cookie)
    const found = { ...decode(cookie), createdAt: NOW + 5 }
    const renewed = format.renew(opened, found, NOW + 5)
    expect(jsonIn(renewed)).toBe('{ "b": 1 }')
    expect(open(renewed).seenAt).toBe(NOW + 5)
  })
})

describe('the reserved key', () => {
  test('appears only when the session began at another time, and never among the data', () => {
    expect(jsonIn(format.encode(record({ a: 1 }), NOW))).toBe('{"a":1}')
    const cookie = format.encode(record({ a: 1 }, NOW - 60), NOW)
    expect(jsonIn(cookie)).toBe(`{"_sojourn":{"c":${NOW - 60}},"a":1}`)
    const found = decode(cookie)
    expect([...found.fields.keys()]).toEqual(['a'])
    expect(found).toMatchObject({ createdAt: NOW - 60, seenAt: NOW })
  })

  test('is Sojourn’s own', () => {
    expect(() => format.encode(record({ [RESERVED_KEY]: 1 }), NOW)).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test.each([
    ['text', '{"c":"x"}'],
    ['a float', '{"c":1.5}'],
    ['below zero', '{"c":-1}'],
    ['later than the signature', `{"c":${NOW + 1}}`],
    ['no dict', '5'],
    ['a tuple', '{" t":[1]}'],
  ])('a start that is %s counts as none', (_, json) => {
    expect(decode(cookieOf(`{"_sojourn":${json},"a":1}`)).createdAt).toBe(NOW)
  })

  test('unknown members are passed on', () => {
    const found = decode(cookieOf('{"_sojourn":{"c":5,"d":{"cart":2.0},"x":3.0},"a":1}'))
    expect(found.createdAt).toBe(5)
    expect(jsonIn(format.encode(found, NOW))).toBe(
      '{"_sojourn":{"c":5,"d":{"cart":2.0},"x":3.0},"a":1}',
    )
    found.createdAt = NOW
    expect(jsonIn(format.encode(found, NOW))).toBe('{"_sojourn":{"d":{"cart":2.0},"x":3.0},"a":1}')
  })

  test('what is no dict is passed on until the key is needed', () => {
    const found = decode(cookieOf('{"_sojourn":"theirs","a":1.0}'))
    expect(found.sources?.has(RESERVED_KEY)).toBe(false)
    expect(jsonIn(format.encode(found, NOW))).toBe('{"_sojourn":"theirs","a":1.0}')
    found.createdAt = 5
    expect(jsonIn(format.encode(found, NOW))).toBe('{"_sojourn":{"c":5},"a":1.0}')
  })

  test('is dropped when no longer needed', () => {
    const found = decode(format.encode(record({ a: 1 }, 5), NOW))
    found.createdAt = NOW
    expect(jsonIn(format.encode(found, NOW))).toBe('{"a":1}')
  })

  test('renewing writes it anew only where it changes', () => {
    const plain = cookieOf('{ "a": 1 }')
    const aged = cookieOf('{ "_sojourn": {"c": 5}, "a": 1 }')
    const later = NOW + 9
    expect(jsonIn(format.renew(open(plain), decode(plain), later))).toBe(
      `{"_sojourn":{"c":${NOW}},"a":1}`,
    )
    expect(jsonIn(format.renew(open(aged), decode(aged), later))).toBe(
      '{ "_sojourn": {"c": 5}, "a": 1 }',
    )
    const unlimited = { ...decode(aged), createdAt: later }
    expect(jsonIn(format.renew(open(plain), unlimited, later))).toBe('{ "a": 1 }')
  })
})
