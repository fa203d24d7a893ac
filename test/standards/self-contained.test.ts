// Item 10: what a cookie that carries the session must withstand, keys and algorithms above all.
import { createCipheriv } from 'node:crypto'
import { CompactEncrypt, SignJWT, UnsecuredJWT } from 'jose'
import { createSessions } from 'sojourn'
import { flask } from 'sojourn/formats/flask'
import { deriveSealKey, sealed } from 'sojourn/formats/sealed'
import { signed } from 'sojourn/formats/signed'
import { describe, expect, test } from 'vitest'
import { bodyOf, createSite, FORMATS, isLive, SECRET, START, signIn, whyNot } from './site.ts'

const KEY = deriveSealKey(SECRET)
const CLAIMS = { iat: START, auth_time: START, jti: 'A'.repeat(22), data: { user: 'eve' } }
const named = (value: string) => `__Host-session=${value}`

const jwe = (header: { alg: string; enc: string } & Record<string, unknown>, key: Uint8Array) =>
  new CompactEncrypt(Buffer.from(JSON.stringify(CLAIMS))).setProtectedHeader(header).encrypt(key)

/** A sealed cookie of the right key under any header at all. */
function seal(header: object, claims: unknown = CLAIMS, key = KEY): string {
  const head = Buffer.from(JSON.stringify(header)).toString('base64url')
  const iv = Buffer.alloc(12, 7)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head))
  const body = Buffer.concat([cipher.update(JSON.stringify(claims)), cipher.final()])
  const parts = [iv, body, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return named(`${head}..${parts.join('.')}`)
}

const OURS = { alg: 'dir', enc: 'A256GCM' }

describe('algorithms', () => {
  const { sessions } = createSite()

  test('item 10: sealed: the one listed algorithm is read, by whomever it was written', async () => {
    expect(sessions.open({ cookie: named(await jwe(OURS, KEY)) }).get('user')).toBe('eve')
    expect(sessions.open({ cookie: seal(OURS) }).get('user')).toBe('eve')
  })

  test('item 10: sealed: another algorithm is refused, under the right key too', async () => {
    const others = [
      named(await jwe({ alg: 'A256KW', enc: 'A256GCM' }, KEY)),
      named(await jwe({ alg: 'A256GCMKW', enc: 'A256GCM' }, KEY)),
      named(await jwe({ alg: 'dir', enc: 'A128GCM' }, KEY.subarray(0, 16))),
      ...['none', 'None', 'DIR', 'HS256', '', null, ['dir']].map((alg) => seal({ ...OURS, alg })),
      ...['none', 'A128GCM', 'a256gcm', null].map((enc) => seal({ ...OURS, enc })),
      seal({ ...OURS, crit: ['exp'], exp: 1 }),
      seal({ ...OURS, zip: 'DEF' }),
    ]
    expect(others.map((cookie) => whyNot(sessions, cookie))).toEqual(others.map(() => 'malformed'))
  })

  test('item 10: sealed: no signed or unsecured token passes for an encrypted one', async () => {
    const unsecured = new UnsecuredJWT(CLAIMS).encode()
    const jws = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256' }).sign(KEY)
    for (const token of [unsecured, jws, `${unsecured}..`, jws.replace(/\.[^.]*$/, '.')]) {
      expect(isLive(sessions, named(token))).toBe(false)
    }
  })

  test('item 10: signed: no signature, an empty one or a weaker one is none', () => {
    const site = createSite({ format: signed() }).sessions
    const [payload, time, signature] = bodyOf(signIn(site)).split('.')
    const weak = createSite({ format: signed({ digest: 'sha1' }) }).sessions
    const plain = createSite({ format: signed({ keyDerivation: 'none' }) }).sessions
    for (const value of [
      `${payload}.${time}`,
      `${payload}.${time}.`,
      `${payload}.${time}.none`,
      `${payload}.${time}.${signature?.slice(0, 42)}`,
      bodyOf(signIn(weak)),
      bodyOf(signIn(plain)),
    ]) {
      expect(whyNot(site, named(value))).toBe('tampered')
    }
    expect(isLive(site, named(`${payload}.${time}.${signature}`))).toBe(true)
  })
})

describe('keys', () => {
  test('item 10: sealed: a key that the cookie brings or points at is never used', () => {
    const { sessions } = createSite()
    const own = Buffer.alloc(32, 1)
    const k = own.toString('base64url')
    for (const header of [
      { ...OURS, jwk: { kty: 'oct', k } },
      { ...OURS, jku: 'https://eve.example/keys', kid: k },
      { ...OURS, x5u: 'https://eve.example/cert' },
      { ...OURS, kid: '../../../dev/null' },
      { ...OURS, kid: '__proto__' },
      { ...OURS, kid: { k } },
    ]) {
      expect(['tampered', 'unknown-key']).toContain(whyNot(sessions, seal(header, CLAIMS, own)))
    }
  })

  test.each(FORMATS)('item 10: %s: keys come from the options, and go with them', (_, format) => {
    const before = createSite({ format })
    const cookie = signIn(before.sessions)
    const secretKey = 'the next secret key of the site'
    const { clock } = before
    const both = createSessions({ secretKey, secretKeyFallbacks: [SECRET], clock, format })
    const next = createSessions({ secretKey, clock, format })
    expect([both, next].map((sessions) => isLive(sessions, cookie))).toEqual([true, false])
    const foreign = signIn(createSite({ format, secretKey: 'a key that was never ours' }).sessions)
    expect(isLive(both, foreign)).toBe(false)
  })

  test.each(FORMATS)(
    'item 10: %s: a cookie of another format under the same key is refused',
    (name, format) => {
      const { sessions } = createSite({ format })
      for (const [other, its] of FORMATS.filter((each) => each[0] !== name)) {
        const cookie = signIn(createSite({ format: its }).sessions)
        expect([other, isLive(sessions, cookie)]).toEqual([other, false])
      }
    },
  )

  test('item 10: a signature of the same digest does not pass from one format to the other', () => {
    for (const digest of ['sha1', 'sha256'] as const) {
      const [ours, flasks] = [signed({ digest }), flask({ digest })].map(
        (format) => createSite({ format }).sessions,
      ) as [Site, Site]
      expect([whyNot(ours, signIn(flasks)), whyNot(flasks, signIn(ours))]).toEqual([
        ...['tampered', 'tampered'],
      ])
    }
  })

  test.each([
    ['sealed', (purpose: string) => sealed({ purpose }), 'unknown-key'],
    ['signed', (salt: string) => signed({ salt }), 'tampered'],
    ['flask', (salt: string) => flask({ salt }), 'tampered'],
  ] as const)('item 10: %s: two audiences of one key are kept apart', (_, formatOf, reason) => {
    const [shop, staff] = ['shop', 'staff'].map(
      (audience) => createSite({ format: formatOf(audience) }).sessions,
    ) as [Site, Site]
    expect(isLive(shop, signIn(shop))).toBe(true)
    expect(whyNot(staff, signIn(shop))).toBe(reason)
  })
})

type Site = ReturnType<typeof createSite>['sessions']

describe('the order and the span', () => {
  test.each(FORMATS)(
    'item 10: %s: the signature comes first, before time and data',
    (_, format) => {
      const { sessions, clock } = createSite({ format, lifetime: { idle: '5m' } })
      const cookie = signIn(sessions)
      clock.advance({ days: 400 })
      expect(whyNot(sessions, cookie)).toBe('idle')
      const at = cookie.length - 2
      const letters = [...cookie]
      letters[at] = letters[at] === 'A' ? 'B' : 'A'
      expect(whyNot(sessions, letters.join(''))).toBe('tampered')
    },
  )

  test.each(FORMATS)('item 10: %s: a cookie from the future is not valid yet', (_, format) => {
    const { sessions, clock } = createSite({ format })
    clock.advance({ seconds: 1 })
    const cookie = signIn(sessions)
    clock.set(START)
    expect(whyNot(sessions, cookie)).toBe('future')
    clock.set(START + 1)
    expect(isLive(sessions, cookie)).toBe(true)
  })

  test('item 10: sealed: claims that cannot be ours are refused, though rightly sealed', () => {
    const { sessions } = createSite()
    for (const claims of [
      { ...CLAIMS, iat: undefined },
      { ...CLAIMS, iat: '1700000000' },
      { ...CLAIMS, iat: -1 },
      { ...CLAIMS, auth_time: START + 1 },
      { ...CLAIMS, data: [] },
      { sub: 'eve', exp: START + 60 },
      [],
    ]) {
      expect(whyNot(sessions, seal(OURS, claims))).toBe('unreadable')
    }
  })
})
