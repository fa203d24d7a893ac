import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { constantTimeEqual } from '../../src/core/bytes.ts'
import { deriveKey, type KeyDerivation, Signer } from '../../src/core/signer.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const FLASK = { salt: 'cookie-session', digest: 'sha1', keyDerivation: 'hmac' } as const

describe('a signer', () => {
  test('signs as itsdangerous does', () => {
    const signer = new Signer({ current: bytes('dev-secret'), fallbacks: [] }, FLASK)
    expect(signer.sign('eyJhIjoxfQ.ZVPxAA')).toBe('TE-YsgGFCpwCffY7vO3X6YOKBN0')
  })

  test('tells the current key, an old one and none apart', () => {
    const old = new Signer({ current: bytes('old'), fallbacks: [] }, FLASK)
    const both = new Signer(
      { current: bytes('new'), fallbacks: [bytes('older'), bytes('old')] },
      FLASK,
    )
    expect(both.verify('text', both.sign('text'))).toBe('current')
    expect(both.verify('text', old.sign('text'))).toBe('old')
    expect(old.verify('text', both.sign('text'))).toBe('bad')
    expect(both.verify('text', '')).toBe('bad')
    expect(both.verify('text', `${both.sign('text')}A`)).toBe('bad')
  })

  test('no other signature fits', () => {
    const signer = new Signer({ current: bytes('k'), fallbacks: [bytes('j')] }, FLASK)
    fc.assert(
      fc.property(fc.string(), fc.nat(26), fc.integer({ min: 1, max: 127 }), (text, at, change) => {
        const good = signer.sign(text)
        const code = good.charCodeAt(at) ^ change
        const bad = good.slice(0, at) + String.fromCharCode(code) + good.slice(at + 1)
        expect(signer.verify(text, bad)).toBe('bad')
      }),
    )
  })

  test.each(['sha1', 'sha256', 'sha512'] as const)('%s is HMAC of the derived key', (digest) => {
    const signer = new Signer({ current: bytes('k'), fallbacks: [] }, { ...FLASK, digest })
    const key = createHmac(digest, 'k').update('cookie-session').digest()
    expect(signer.sign('é.x')).toBe(createHmac(digest, key).update('é.x').digest('base64url'))
  })

  test.each<[KeyDerivation, string]>([
    ['concat', createHash('sha1').update('saltkey').digest('hex')],
    ['django-concat', createHash('sha1').update('saltsignerkey').digest('hex')],
    ['hmac', createHmac('sha1', 'key').update('salt').digest('hex')],
    ['none', Buffer.from('key').toString('hex')],
  ])('derives keys by %s', (keyDerivation, hex) => {
    const derived = deriveKey(bytes('key'), { salt: 'salt', digest: 'sha1', keyDerivation })
    expect(Buffer.from(derived).toString('hex')).toBe(hex)
  })

  test('an unknown digest or derivation is refused at construction', () => {
    const keys = { current: bytes('k'), fallbacks: [] }
    const wrong = [{ digest: 'md5' as 'sha1' }, { keyDerivation: 'pbkdf2' as 'hmac' }]
    for (const option of wrong) {
      expect(() => new Signer(keys, { ...FLASK, ...option })).toThrow(
        expect.objectContaining({ code: 'bad-option' }),
      )
    }
  })
})

test('constant-time equality is equality', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), (one, other) => {
      expect(constantTimeEqual(one, other)).toBe(one === other)
      expect(constantTimeEqual(one, one)).toBe(true)
    }),
  )
})
