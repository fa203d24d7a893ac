import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Terms } from '../../src/core/record.ts'
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
    expect(jsonIn(cookie)).toBe(`{"_sojourn":"c${NOW - 60}","a":1}`)
    const found = decode(cookie)
    expect([...found.fields.keys()]).toEqual(['a'])
    expect(found).toMatchObject({ createdAt: NOW - 60, seenAt: NOW })
  })

  test('is Sojourn’s own', () => {
    expect(() => format.encode(record({ [RESERVED_KEY]: 1 }), NOW)).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test('holds the start and the terms in one text', () => {
    const terms: Terms = {
      subject: 'ann, of %',
      proofs: new Map([['password', NOW - 9]]),
      signed: { idle: 1859, absolute: 43_200, locks: true },
      own: { idle: 60, absolute: 0, from: NOW - 8 },
      spared: NOW - 7,
      clocks: new Map([
        ['locale', { idle: 3600, absolute: 0, from: NOW - 60 }],
        ['csrf', { idle: 0, absolute: 7200, from: NOW - 60 }],
        ['code', { idle: 30, absolute: 300, from: NOW - 5 }],
      ]),
    }
    const cookie = format.encode({ ...record({ a: 1 }, NOW - 60), terms }, NOW)
    const parts = [`k1859,43200 c${NOW - 60} l60,0,${NOW - 8} sann%2c%20of%20%25 x${NOW - 7}`]
    parts.push(`ppassword,${NOW - 9}`, 'flocale,3600 fcsrf,0,7200 fcode,30,300,55')
    expect(jsonIn(cookie)).toBe(`{"_sojourn":"${parts.join(' ')}","a":1}`)
    expect(decode(cookie)).toMatchObject({ createdAt: NOW - 60, seenAt: NOW, terms })
  })

  test.each([
    ['of somebody else', 'theirs'],
    ['with a part that is unknown', `c${NOW} z1`],
    ['with a start that is no number', 'cx'],
    ['with a start that is no whole number', 'c1.5'],
    ['with a start below zero', 'c-1'],
    ['with a start later than the signature', `c${NOW + 1}`],
  ])('a text %s is refused', (_, text) => {
    const cookie = cookieOf(`{"_sojourn":"${text}","a":1}`)
    const refused = { reason: 'unreadable', detail: 'bad-terms' }
    expect(format.decode(open(cookie))).toEqual(refused)
  })

  test('an empty text says nothing, and leaves', () => {
    const found = decode(cookieOf('{"_sojourn":"","a":1}'))
    expect(found).toMatchObject({ createdAt: NOW, terms: null })
    expect(jsonIn(format.encode(found, NOW))).toBe('{"a":1}')
  })

  test.each(['5', 'null', 'true', '{"c":5,"x":3.0}', '[]', '{" t":[1]}'])(
    'what is no text is passed on until the place is needed: %s',
    (json) => {
      const found = decode(cookieOf(`{"_sojourn":${json},"a":1.0}`))
      expect([found.createdAt, found.terms, [...found.fields.keys()]]).toEqual([NOW, null, ['a']])
      expect(found.sources?.has(RESERVED_KEY)).toBe(false)
      expect(jsonIn(format.encode(found, NOW))).toBe(`{"_sojourn":${json},"a":1.0}`)
      found.createdAt = 5
      expect(jsonIn(format.encode(found, NOW))).toBe('{"_sojourn":"c5","a":1.0}')
    },
  )

  test.each(['1.0', '{" d":"some day"}', '{ "c": 5 }'])(
    'what is no text comes back to the letter where the payload is signed again: %s',
    (json) => {
      const cookie = cookieOf(`{"_sojourn":${json}}`)
      expect(jsonIn(format.renew(open(cookie), decode(cookie), NOW))).toBe(`{"_sojourn":${json}}`)
    },
  )

  test.each(['1.0', '{" d":"some day"}'])(
    'what is no text comes back to the letter where the data are written too: %s',
    (json) => {
      const found = decode(cookieOf(`{"_sojourn":${json},"a":1.0}`))
      expect(jsonIn(format.encode(found, NOW))).toBe(`{"_sojourn":${json},"a":1.0}`)
    },
  )

  test('is dropped when no longer needed', () => {
    const found = decode(format.encode(record({ a: 1 }, 5), NOW))
    found.createdAt = NOW
    expect(jsonIn(format.encode(found, NOW))).toBe('{"a":1}')
  })

  test('renewing writes it anew only where it changes', () => {
    const plain = cookieOf('{ "a": 1 }')
    const aged = cookieOf('{ "_sojourn": "c5", "a": 1 }')
    const later = NOW + 9
    expect(jsonIn(format.renew(open(plain), decode(plain), later))).toBe(
      `{"_sojourn":"c${NOW}","a":1}`,
    )
    expect(jsonIn(format.renew(open(aged), decode(aged), later))).toBe(
      '{ "_sojourn": "c5", "a": 1 }',
    )
    const renewed = (cookie: string) =>
      jsonIn(format.renew(open(cookie), { ...decode(cookie), createdAt: later }, later))
    expect(renewed(plain)).toBe('{ "a": 1 }')
    expect(renewed(aged)).toBe('{"a":1}')
  })
})
