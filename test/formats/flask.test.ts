import { deflateSync, inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../src/core/record.ts'
import { isRefusal, type Opened } from '../../src/core/token.ts'
import { type FlaskOptions, flask, RESERVED_KEY } from '../../src/formats/flask.ts'
import { signed } from '../../src/formats/signed.ts'
import { Tuple } from '../../src/formats/values.ts'
import { signText } from './sign-text.ts'

const NOW = 1_700_000_000
const KEYS = { current: Buffer.from('dev-secret'), fallbacks: [] }
const make = (options?: FlaskOptions) => flask(options)(KEYS)
const format = make()

const record = (fields: object, createdAt = NOW): SessionRecord => ({
  id: null,
  createdAt,
  seenAt: NOW,
  permanent: false,
  fields: new Map(Object.entries(fields)),
  sources: null,
})

function open(cookie: string, by = format): Opened {
  const opened = by.open(cookie)
  if (isRefusal(opened)) throw new TypeError(opened.detail)
  return opened
}

function decode(cookie: string, by = format): SessionRecord {
  const found = by.decode(open(cookie, by))
  if (isRefusal(found)) throw new TypeError(found.detail)
  return found
}

const packed = (cookie: string) => cookie.startsWith('.')
const jsonIn = (cookie: string): string => {
  const segment = cookie.split('.')[packed(cookie) ? 1 : 0] ?? ''
  const bytes = Buffer.from(segment, 'base64url')
  return String(packed(cookie) ? inflateSync(bytes) : bytes)
}
const cookieOf = (json: string) => signText(Buffer.from(json).toString('base64url'), NOW)

describe('the cookie', () => {
  test('is the one of the worked example', () => {
    expect(format.encode(record({ a: 1 }), NOW)).toBe(
      'eyJhIjoxfQ.ZVPxAA.TE-YsgGFCpwCffY7vO3X6YOKBN0',
    )
    expect(make({ compress: 'flask' }).encode(record({ a: 'x'.repeat(20) }), NOW)).toBe(
      '.eJyrVkpUslKqwAKUagGcwQt8.ZVPxAA.-R3Ks7_HSpzkZGQ-K6-zIvSiIug',
    )
  })

  test('says what it is', () => {
    expect(format).toMatchObject({
      name: 'flask',
      longest: 16_384,
      permanentKey: '_permanent',
      carriesId: false,
      throttled: false,
    })
  })

  test.each([
    ['word', 'malformed', 'no-separator'],
    ['a.b.c', 'tampered', 'bad-signature'],
    ['.'.repeat(8192), 'tampered', 'bad-signature'],
    [signText('eyJhIjoxfQ', null), 'malformed', 'timestamp-missing'],
    [signText('eyJhIjoxfQ.a', null), 'malformed', 'timestamp-malformed'],
    [signText('eyJhIjoxfQ', 253_402_300_800), 'malformed', 'timestamp-out-of-range'],
  ])('%.30s is refused as %s, %s', (cookie, reason, detail) => {
    expect(format.open(cookie)).toEqual({ reason, detail })
  })

  test.each([
    ['', 'bad-payload'],
    ['nope', 'bad-payload'],
    ['{"k":{" t":5}}', 'bad-payload'],
    ['5', 'not-a-session'],
    ['[[1,2]]', 'not-a-session'],
    ['{" u":"00000000000000000000000000000001"}', 'not-a-session'],
  ])('%s is unreadable, %s', (json, detail) => {
    expect(format.decode(open(cookieOf(json)))).toEqual({ reason: 'unreadable', detail })
  })

  test.each(['null', '[]', '""', '{}', '{" t":[]}', '{" b":""}', '{" m":""}', '{" d":"?"}'])(
    '%s is an empty session',
    (json) => {
      expect(decode(cookieOf(json)).fields.size).toBe(0)
    },
  )

  test('tells a fallback key from the current one', () => {
    const cookie = format.encode(record({ a: 1 }), NOW)
    const rotated = flask()({ current: Buffer.from('new'), fallbacks: [KEYS.current] })
    expect(open(cookie).oldKey).toBe(false)
    expect(open(cookie, rotated).oldKey).toBe(true)
  })

  test('another salt, digest or derivation makes another cookie', () => {
    const others: FlaskOptions[] = [
      { salt: 'other' },
      { digest: 'sha256' },
      { keyDerivation: 'concat' },
    ]
    const cookies = others.map((options) => make(options).encode(record({ a: 1 }), NOW))
    expect(new Set(cookies).size).toBe(3)
    for (const [at, cookie] of cookies.entries()) {
      expect(decode(cookie, make(others[at])).fields.get('a')).toBe(1)
      expect(format.open(cookie)).toMatchObject({ detail: 'bad-signature' })
    }
  })

  test('options that would not work are refused when it is made', () => {
    const bad = { code: 'bad-option' }
    const wrong = (options: object) => () => make(options as FlaskOptions)
    expect(wrong({ compress: 'gzip' })).toThrow(expect.objectContaining(bad))
    expect(wrong({ digest: 'md5' })).toThrow(expect.objectContaining(bad))
    expect(wrong({ keyDerivation: 'pbkdf2' })).toThrow(expect.objectContaining(bad))
    expect(wrong({ tags: [{ key: ' t' }] })).toThrow(expect.objectContaining(bad))
  })

  test('one value as text needs no session, and no object to be called on', () => {
    const { encodeValue } = format
    expect(encodeValue([1, new Tuple('a')])).toBe('[1,{" t":["a"]}]')
  })
})

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
    const found = decode(cookieOf('{"_sojourn":{"c":5,"f":{"cart":2.0},"x":3.0},"a":1}'))
    expect(found.createdAt).toBe(5)
    expect(jsonIn(format.encode(found, NOW))).toBe(
      '{"_sojourn":{"c":5,"f":{"cart":2.0},"x":3.0},"a":1}',
    )
    found.createdAt = NOW
    expect(jsonIn(format.encode(found, NOW))).toBe('{"_sojourn":{"f":{"cart":2.0},"x":3.0},"a":1}')
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

describe('signed()', () => {
  const by = signed()(KEYS)

  test('is the same container with SHA-256 and a salt of its own', () => {
    expect(by).toMatchObject({ name: 'signed', throttled: true, permanentKey: '_permanent' })
    const cookie = by.encode(record({ t: new Tuple(1) }), NOW)
    expect(cookie.split('.').at(-1)).toHaveLength(43)
    expect(decode(cookie, by).fields.get('t')).toEqual(new Tuple(1))
    const same = make({ salt: 'sojourn-session', digest: 'sha256' })
    expect(same.encode(record({ t: new Tuple(1) }), NOW)).toBe(cookie)
    expect(format.open(cookie)).toMatchObject({ detail: 'bad-signature' })
  })

  test('takes the options of Flask’s', () => {
    const options = { salt: 's', compress: 'never' } as const
    const cookie = signed(options)(KEYS).encode(record({ a: 'x'.repeat(2000) }), NOW)
    expect(packed(cookie)).toBe(false)
    expect(by.open(cookie)).toMatchObject({ detail: 'bad-signature' })
  })
})
