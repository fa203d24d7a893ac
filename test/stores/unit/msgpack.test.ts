// MessagePack as msgspec has it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Float } from '../../../src/formats/values.ts'
import { readMembers, readMsgpack } from '../../../src/stores/parts/msgpack.ts'
import { writeMembers, writeMsgpack } from '../../../src/stores/parts/msgpack-writer.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

describe('MessagePack', () => {
  test.each([
    [{ _permanent: true, a: 1 }, '82aa5f7065726d616e656e74c3a16101'],
    [new Date('2024-02-29T12:00:00Z'), 'd6ff65e071c0'],
    [1, '01'],
    [-1, 'ff'],
    [-33, 'd0df'],
    [255, 'ccff'],
    [2 ** 40, 'cf0000010000000000'],
    [1.5, 'cb3ff8000000000000'],
    [new Float(1), 'cb3ff0000000000000'],
    [2n ** 64n - 1n, 'cfffffffffffffffff'],
    [Uint8Array.of(0, 255), 'c40200ff'],
    [[null, false, 'ü'], '93c0c2a2c3bc'],
  ])('writes as msgspec does, %#', (value, expected) => {
    expect(hex(writeMsgpack(value, 'key'))).toBe(expected)
  })

  test('refuses what it cannot hold, naming the key', () => {
    for (const value of [
      undefined,
      2n ** 64n,
      () => {},
      'a\ud800',
      new Map(),
      new Date(Number.NaN),
    ]) {
      expect(() => writeMsgpack(value, 'key')).toThrow('session.key')
    }
  })

  test('reads what it wrote', () => {
    const key = fc.string({ unit: 'grapheme' })
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        key,
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).filter((number) => !Number.isSafeInteger(number)),
        fc.uint8Array({ maxLength: 300 }),
        fc.date({ noInvalidDate: true }),
        fc.array(tie('value'), { maxLength: 20 }),
        fc.dictionary(
          key.filter((name) => name !== '__proto__'),
          tie('value'),
          { noNullPrototype: true },
        ),
      ),
    }))
    fc.assert(
      fc.property(value, (value) => {
        expect(readMsgpack(writeMsgpack(value, 'key'))).toEqual(value)
      }),
    )
  })

  test('never throws on what is hostile', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (hostile) => {
        readMsgpack(hostile)
        const members = readMembers(hostile)
        if (members) expect(readMembers(writeMembers(members))).toEqual(members)
      }),
      { numRuns: 5000 },
    )
    expect(readMsgpack(new Uint8Array(10_000).fill(0x91))).toBeUndefined()
    expect(readMsgpack(bytes('dfffffffff'))).toBeUndefined()
    expect(readMembers(bytes('8004952e'))).toBeNull()
  })
})
