// MessagePack as msgspec has it, byte by byte.
import { describe, expect, test } from 'vitest'
import { Float, Tuple } from '../../../src/formats/values.ts'
import { Extension } from '../../../src/stores/parts/msgpack-reader.ts'
import { msgpack } from '../../../src/stores/parts/msgpack-writer.ts'
import { bytesOf, EXAMPLE, hexOf, PICKLE } from '../../support/bytes.ts'

describe('msgpack', () => {
  test.each<[unknown, string]>([
    [{ _permanent: true, a: 1 }, EXAMPLE],
    [new Date('2024-02-29T12:00:00Z'), 'd6 ff 65e071c0'],
    [new Date('2024-02-29T12:00:00.5Z'), 'd7 ff 77359400 65e071c0'],
    [new Date('1969-12-31T23:59:59.5Z'), 'c7 0c ff 1dcd6500 ffffffffffffffff'],
    [127, '7f'],
    [128, 'cc 80'],
    [256, 'cd 0100'],
    [65_536, 'ce 00010000'],
    [2 ** 32, 'cf 0000000100000000'],
    [2n ** 64n - 1n, 'cf ffffffffffffffff'],
    [-32, 'e0'],
    [-33, 'd0 df'],
    [-129, 'd1 ff7f'],
    [-32_769, 'd2 ffff7fff'],
    [-(2 ** 31) - 1, 'd3 ffffffff7fffffff'],
    [-(2n ** 63n), 'd3 8000000000000000'],
    [5n, '05'],
    [1.5, 'cb 3ff8000000000000'],
    [new Float(1), 'cb 3ff0000000000000'],
    [-0, 'cb 8000000000000000'],
    [2 ** 53, 'cb 4340000000000000'],
    [Number.POSITIVE_INFINITY, 'cb 7ff0000000000000'],
    [Uint8Array.of(0, 255), 'c4 02 00ff'],
    [[null, false, 'ü'], '93 c0 c2 a2 c3bc'],
    [new Tuple<unknown>('a', 1), '92 a1 61 01'],
    [new Map([[1, 'a']]), '81 01 a1 61'],
    [new Extension(7, Uint8Array.of(9)), 'd4 07 09'],
  ])('writes %o as msgspec does', (value, expected) => {
    expect(hexOf(msgpack.write(value, 'key'))).toBe(expected.replaceAll(' ', ''))
  })

  test('reads what others write in longer forms than msgspec', () => {
    for (const hex of ['cc 01', 'cd 0001', 'ce 00000001', 'd0 01', 'd3 0000000000000001']) {
      expect(msgpack.read(bytesOf(hex))).toBe(1)
    }
    expect(msgpack.read(bytesOf('ca 3fc00000'))).toBe(1.5)
    expect(msgpack.read(bytesOf('dd 00000001 db 00000001 61'))).toEqual(['a'])
    expect(msgpack.read(bytesOf('df 00000001 d9 01 61 c6 00000001 07'))).toEqual({
      a: Uint8Array.of(7),
    })
  })

  test('an integer beyond 2^53 is a bigint, to the last digit', () => {
    expect(msgpack.read(bytesOf('cf 0020000000000001'))).toBe(2n ** 53n + 1n)
    expect(msgpack.read(bytesOf('cf 001fffffffffffff'))).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('whole floats inside a value stay floats when something else in it changes', () => {
    const bytes = bytesOf('82 a1 61 92 cb 3ff0000000000000 01 a1 62 cb 4000000000000000')
    const value = msgpack.read(bytes) as { a: number[]; b: number; c?: number }
    expect(value).toEqual({ a: [1, 1], b: 2 })
    expect(msgpack.write(value, 'key')).toBe(bytes)
    value.c = 3
    expect(hexOf(msgpack.write(value, 'key'))).toContain('cb3ff000000000000001')
    value.b = 7
    expect(hexOf(msgpack.write(value, 'key'))).toContain('a16207')
  })

  test('a time keeps its nanoseconds until it is another time', () => {
    const bytes = bytesOf('d7 ff 00000ed8 65e071c0')
    const date = msgpack.read(bytes) as Date
    expect(date.toISOString()).toBe('2024-02-29T12:00:00.000Z')
    expect(msgpack.write([date], 'key')).toBe(bytesOf('91') + bytes)
    date.setUTCSeconds(1)
    expect(hexOf(msgpack.write(date, 'key'))).toBe('d6ff65e071c1')
  })

  test('a mapping with keys that are no text is a Map, and comes back as it was', () => {
    const bytes = bytesOf('83 01 a1 61 a1 31 a1 62 c4 01 ff c3')
    const map = msgpack.read(bytes) as Map<unknown, unknown>
    expect([...map.keys()]).toEqual([1, '1', Uint8Array.of(255)])
    expect(msgpack.write(map, 'key')).toBe(bytes)
  })

  test('members of the session whose keys are no text are passed on', () => {
    const bytes = bytesOf('82 07 c0 a1 61 01')
    const mapping = msgpack.split(bytes)
    expect([...(mapping?.entries ?? [])]).toEqual([['a', '\x01']])
    expect(hexOf(msgpack.join(mapping as never))).toBe('82a1610107c0')
  })

  test('nothing hostile is a session, and nothing throws', () => {
    const deep = '\x91'.repeat(100_000)
    const wrong = ['', '5', PICKLE, 'c1', 'df ffffffff', 'dd ffffffff', '81 a1 61', '81 a2 c328 01']
    for (const hex of [
      ...wrong,
      '80 80',
      '81 a1 61 d6 05',
      '81 a1 61 c7 ff',
      '81 d6 ff ffffffff',
    ]) {
      expect(msgpack.split(bytesOf(hex))).toBeNull()
    }
    expect(msgpack.split(`\x81\xa1a${deep}`)).toBeNull()
    expect(msgpack.read(deep)).toBeUndefined()
    // Beyond the years that Python knows, and more nanoseconds than a second has.
    for (const hex of [
      'c7 0c ff 00000000 000fffffffffffff',
      'c7 0c ff 3b9aca00 0000000000000000',
    ]) {
      expect(msgpack.read(bytesOf(hex))).toBeUndefined()
    }
  })
})
