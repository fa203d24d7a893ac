// What runs without node:crypto must write and read the very same.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runtime as node } from '../../src/runtime/node.ts'
import { runtime as portable } from '../../src/runtime/portable.ts'
import * as nodeZlib from '../../src/runtime/zlib-node.ts'
import * as portableZlib from '../../src/runtime/zlib-portable.ts'

const SECRET = new Uint8Array([1, 2, 3, 250, 251, 252])
const text = fc.string({ unit: 'binary', maxLength: 300 })
const base64url = fc.stringMatching(/^[A-Za-z0-9_-]{0,40}$/)

describe('signing and sealing', () => {
  test.each(['sha1', 'sha256', 'sha512'] as const)(
    '%s gives the same, over every length to 300',
    (digest) => {
      const [one, other] = [node.macKey(digest, SECRET), portable.macKey(digest, SECRET)]
      for (let length = 0; length <= 300; length++) {
        const message = 'é'.repeat(length % 7) + 'x'.repeat(length)
        expect(portable.mac(other, message)).toBe(node.mac(one, message))
      }
      expect(portable.macBytes(digest, SECRET, SECRET)).toEqual(
        new Uint8Array(node.macBytes(digest, SECRET, SECRET)),
      )
      expect(portable.hash(digest, SECRET)).toEqual(new Uint8Array(node.hash(digest, SECRET)))
    },
  )

  test('keys are derived the same', () => {
    expect(portable.hkdf(SECRET, 'info', 32)).toEqual(node.hkdf(SECRET, 'info', 32))
  })

  test.each([
    ['node', 'portable', node, portable],
    ['portable', 'node', portable, node],
  ] as const)('what %s seals, %s opens, and nothing else does', (_, __, from, to) => {
    const secret = node.hkdf(SECRET, 'seal', 32)
    const [seal, open] = [from.sealKey(secret), to.sealKey(secret)]
    fc.assert(
      fc.property(text, (content) => {
        const [iv = '', body = '', tag = ''] = from.seal(seal, 'header', content).split('.')
        expect(to.unseal(open, 'header', iv, body, tag)).toBe(Buffer.from(content).toString())
        expect(to.unseal(open, 'another', iv, body, tag)).toBeNull()
        expect(to.unseal(open, 'header', iv, body, tag.slice(1))).toBeNull()
        expect(to.unseal(open, 'header', `${iv}AAAA`, body, tag)).toBeNull()
        expect(to.unseal(open, 'header', iv, '*', tag)).toBeNull()
      }),
      { numRuns: 50, endOnFailure: true },
    )
  })
})

describe('bytes and text', () => {
  test('encode the same', () => {
    fc.assert(
      fc.property(text, (content) => {
        expect(portable.encode(content)).toBe(node.encode(content))
        const bytes = portable.utf8(content)
        expect(portable.encodeBytes(bytes)).toBe(node.encodeBytes(node.utf8(content)))
      }),
      { endOnFailure: true },
    )
  })

  test('only canonical base64url is decoded, by both the same', () => {
    fc.assert(
      fc.property(fc.oneof(base64url, text), (content) => {
        const [one, other] = [node.decodeBytes(content), portable.decodeBytes(content)]
        expect(other && Buffer.from(other).toString('hex')).toBe(
          one && Buffer.from(one).toString('hex'),
        )
        expect(portable.decode(content)).toBe(node.decode(content))
        if (one) expect(node.encodeBytes(one)).toBe(content)
      }),
      { numRuns: 2000, endOnFailure: true },
    )
  })

  test('text that is not UTF-8 is null, and a byte order mark stays', () => {
    for (const runtime of [node, portable]) {
      expect(runtime.fromUtf8(new Uint8Array([0xff]))).toBeNull()
      expect(runtime.decode(runtime.encodeBytes(new Uint8Array([0xff])))).toBeNull()
      expect(runtime.decode(runtime.encode('\ufeff{}'))).toBe('\ufeff{}')
      expect(runtime.toAscii('bücher')).toBe('xn--bcher-kva')
    }
  })

  test('random ids have their length and are not repeated', () => {
    for (const runtime of [node, portable]) {
      const ids = new Set(Array.from({ length: 2000 }, () => runtime.random(16)))
      expect(ids.size).toBe(2000)
      expect([...ids].every((id) => /^[\w-]{22}$/.test(id))).toBe(true)
    }
  })
})

describe('zlib', () => {
  const inflates = [nodeZlib.inflate, portableZlib.inflate]

  test('each reads what the other wrote', () => {
    const bytes = Buffer.from('{"a":"xxxxxxxxxxxxxxxxxxxx"}'.repeat(20))
    for (const deflate of [nodeZlib.deflate, portableZlib.deflate]) {
      for (const inflate of inflates) {
        expect(Buffer.from(inflate(deflate(bytes), 1000) ?? []).equals(bytes)).toBe(true)
      }
    }
  })

  test('a bomb, a cut stream and a wrong checksum are null', () => {
    const bomb = nodeZlib.deflate(new Uint8Array(5_000_000))
    const good = nodeZlib.deflate(new Uint8Array(100))
    const wrong = Uint8Array.from(good)
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1
    for (const inflate of inflates) {
      expect(inflate(bomb, 262_144)).toBeNull()
      expect(inflate(good.subarray(0, -6), 1000)).toBeNull()
      expect(inflate(wrong, 1000)).toBeNull()
      expect(inflate(new Uint8Array(), 1000)).toBeNull()
    }
  })
})
