import fc from 'fast-check'
import { CompactEncrypt, EncryptJWT, jwtDecrypt } from 'jose'
import { describe, expect, test } from 'vitest'
import { deriveSealKey, sealed } from '../../src/formats/sealed.ts'
import { createSessions } from '../../src/index.ts'

const KEY = 'a secret key of some length'
const NOW = 1_700_000_000
const CONTENT_KEY = deriveSealKey(KEY)
const make = (secretKey = KEY, secretKeyFallbacks: string[] = []) =>
  createSessions({
    secretKey,
    secretKeyFallbacks,
    format: sealed(),
    clock: () => NOW,
    maxCookieSize: 0,
  })

function write(sessions: ReturnType<typeof make>, data: Record<string, unknown>): string {
  const session = sessions.open({})
  session.update(data)
  const [pair = ''] = sessions.settle(session).setCookie?.split(';') ?? []
  return pair.slice(pair.indexOf('=') + 1)
}

const read = (sessions: ReturnType<typeof make>, value: string) => {
  const session = sessions.open({ cookie: `__Host-session=${value}` })
  return { data: session.toJSON(), ended: session.ended, settle: () => sessions.settle(session) }
}

const seal = (claims: unknown, header: Record<string, unknown> = {}) =>
  new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
    .encrypt(CONTENT_KEY)

describe('a sealed cookie', () => {
  test('says nothing of what it holds', () => {
    const value = write(make(), { name: 'very private' })
    expect(Buffer.from(value, 'base64url').includes('private')).toBe(false)
    expect(read(make(), value).data).toEqual({ name: 'very private' })
  })

  test('jose reads what we write', async () => {
    const { payload, protectedHeader } = await jwtDecrypt(
      write(make(), { ü: ['ß', 1, null] }),
      CONTENT_KEY,
      {
        currentDate: new Date(NOW * 1000),
      },
    )
    expect(protectedHeader).toMatchObject({ alg: 'dir', enc: 'A256GCM' })
    expect(payload).toMatchObject({ iat: NOW, auth_time: NOW, data: { ü: ['ß', 1, null] } })
  })

  test('we read what jose writes', async () => {
    const value = await new EncryptJWT({ data: { a: 'ü' } })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setIssuedAt(NOW - 5)
      .encrypt(CONTENT_KEY)
    expect(read(make(), value)).toMatchObject({ data: { a: 'ü' }, ended: null })
  })

  test.each([
    ['zip', { zip: 'DEF' }],
    ['crit', { crit: ['exp'], exp: 1 }],
  ])('a header with %s is refused', async (_, extra) => {
    const text = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', ...extra })).toString(
      'base64url',
    )
    const [, , ...rest] = (await seal({ iat: NOW, data: {} })).split('.')
    expect(read(make(), [text, '', ...rest].join('.')).ended?.reason).toBe('malformed')
  })

  test('another algorithm is refused, whatever it holds', async () => {
    const value = await new CompactEncrypt(new TextEncoder().encode('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256' })
      .encrypt(CONTENT_KEY)
    expect(read(make(), value).ended).toMatchObject({
      reason: 'malformed',
      at: null,
      detail: 'not-a-sealed-cookie',
    })
  })

  test.each([
    [{}],
    [{ iat: 'now', data: {} }],
    [{ iat: -1, data: {} }],
    [{ iat: NOW }],
    [{ iat: NOW, data: [] }],
    [{ iat: NOW, auth_time: NOW + 1, data: {} }],
    [5],
  ])('claims %j, well sealed, are unreadable and not an error', async (claims) => {
    expect(read(make(), await seal(claims)).ended?.reason).toBe('unreadable')
  })

  test('keys rotate: an old cookie is read, and sealed anew with the response', () => {
    const old = write(make('the old secret key'), { a: 1 })
    const { data, settle } = read(make(KEY, ['the old secret key']), old)
    expect(data).toEqual({ a: 1 })
    const [pair = ''] = settle().setCookie?.split(';') ?? []
    expect(read(make(), pair.slice(pair.indexOf('=') + 1)).data).toEqual({ a: 1 })
    expect(read(make(), old).ended).toMatchObject({ reason: 'unknown-key' })
  })

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-0', -0],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a hole', new Array(1)],
    ['something inside', { a: [{ b: Symbol('b') }] }],
  ])('%s throws at save and is never rewritten', (_, value) => {
    expect(() => write(make(), { value })).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test('what goes round itself throws at save', () => {
    const ring: unknown[] = []
    ring.push(ring)
    expect(() => write(make(), { ring })).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test.each([
    ['a bigint', 1n],
    ['NaN, which JSON would call null', Number.NaN],
    ['a Date', new Date(0)],
  ])('%s put inside a value that was read throws at save as well', (_, value) => {
    const session = make().open({ cookie: `__Host-session=${write(make(), { list: [null] })}` })
    const list = session.get('list') as unknown[]
    list[0] = value
    expect(() => make().settle(session)).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test('any JSON comes back equal', () => {
    const json = fc.dictionary(
      fc.string({ maxLength: 5 }),
      fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value))),
      { maxKeys: 4 },
    )
    fc.assert(
      fc.property(json, (data) => {
        fc.pre(Object.keys(data).length > 0 && JSON.stringify(data).length < 4000)
        expect(read(make(), write(make(), data)).data).toEqual({ ...data })
      }),
      { numRuns: 300, endOnFailure: true },
    )
  })
})

describe('hostile cookies', () => {
  test('no change of a good one is taken, none throws', () => {
    const good = write(make(), { a: 1 })
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...'.-_aA0 é='), (at, character) => {
        fc.pre(good[at] !== character)
        const { ended, data } = read(make(), good.slice(0, at) + character + good.slice(at + 1))
        expect(ended).not.toBeNull()
        expect(data).toEqual({})
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['nothing', ''],
    ['a dot', '.'],
    ['three dots', '...'],
    ['four dots', '....'],
    ['five dots', '.....'],
    ['five parts', 'a.b.c.d.e'],
    ['8 KB of dots', '..'.repeat(4000)],
    ['more than is looked at', 'x'.repeat(9000)],
  ])('%s is refused', (_, value) => {
    expect(read(make(), value).data).toEqual({})
  })
})

test('a cookie that was sealed for one purpose is none of another', () => {
  const make = (purpose?: string) =>
    createSessions({
      secretKey: 'one key of two applications',
      format: sealed({ ...(purpose && { purpose }) }),
      cookie: { name: 's', secure: false },
    })
  const shop = make('shop')
  const cookie = shop.settle(shop.open({}).set('role', 'admin')).setCookie?.split(';')[0]
  expect(shop.open({ cookie }).get('role')).toBe('admin')
  for (const other of [make('staff'), make()]) {
    expect(other.open({ cookie }).ended?.reason).toBe('unknown-key')
  }
})
