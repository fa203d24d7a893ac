import { describe, expect, test } from 'vitest'
import { type FlaskOptions, flask } from '../../src/formats/flask.ts'
import { signed } from '../../src/formats/signed.ts'
import { Tuple } from '../../src/formats/values.ts'
import {
  cookieOf,
  decode,
  format,
  KEYS,
  make,
  NOW,
  open,
  packed,
  record,
  signText,
} from './dev-cookies.ts'

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
