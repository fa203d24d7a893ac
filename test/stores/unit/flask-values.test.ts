// JSON as msgspec has it; and what holds for both formats of Flask-Session.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Float, Markup, UUID } from '../../../src/formats/values.ts'
import { json } from '../../../src/stores/parts/json-texts.ts'
import { msgpack } from '../../../src/stores/parts/msgpack-writer.ts'
import type { Serialization } from '../../../src/stores/parts/serialization.ts'
import { utf8 } from '../../support/bytes.ts'

describe('json', () => {
  test.each<[unknown, string]>([
    [{ _permanent: true, a: 1 }, '{"_permanent":true,"a":1}'],
    [{ b: 1, a: 'ü\x7f"\\\n\x01' }, '{"b":1,"a":"ü\x7f\\"\\\\\\n\\u0001"}'],
    [
      [new Float(1), new Float(-0), 1.5, 1e16, 1e-7, 2 ** 53],
      '[1.0,-0.0,1.5,1e16,1e-7,9007199254740992.0]',
    ],
    [2n ** 70n, '1180591620717411303424'],
    [[null, true, [], {}], '[null,true,[],{}]'],
  ])('writes %o as msgspec does', (value, expected) => {
    expect(json.write(value, 'key')).toBe(utf8(expected))
  })

  test('numbers are read as Python reads them, and stay what they were', () => {
    const text = '[1.0,-0.0,-0,1e2,9007199254740993,-12345678901234567890,1,{"a":2.0,"b":2}]'
    const value = json.read(text) as unknown[]
    expect(value.slice(0, 7)).toEqual([1, -0, 0, 100, 2n ** 53n + 1n, -12345678901234567890n, 1])
    expect(json.write(value, 'key')).toBe(text.replace('-0,', '0,').replace('1e2', '100.0'))
  })

  test('a text that looks like a number, or begins with NUL, is that text', () => {
    const value = { '1.0': '1.0', '\0': ['\0', '\u00001.5', '\0\0x', '1e5'], x: 1.0 }
    expect(json.read(utf8(JSON.stringify(value).replace('"x":1', '"x":1.0')))).toEqual(value)
  })

  test('members are taken apart to the letter', () => {
    const text = utf8(
      ' { "a" : [1.0, {"b":"},]"}] ,"ü\\u0061":"\u00a0" ,"__proto__":null, "a":2 } ',
    )
    expect([...(json.split(text)?.entries ?? [])]).toEqual([
      ['a', '2'],
      ['üa', utf8('"\u00a0"')],
      ['__proto__', 'null'],
    ])
  })

  test('nothing hostile is a session, and nothing throws', () => {
    const deep = `{"a":${'['.repeat(600)}${']'.repeat(600)}}`
    const wrong = [
      '',
      '5',
      '[]',
      'null',
      '"a"',
      '{',
      '{"a":NaN}',
      '{1.0:2}',
      '{"a":01.0}',
      '\ufeff{}',
    ]
    for (const text of [...wrong, deep, '{"\\ud800":1}']) expect(json.split(utf8(text))).toBeNull()
    expect(json.split('{"a":"\xff"}')).toBeNull()
    expect(json.read(utf8(`1${'0'.repeat(5000)}`))).toBeUndefined()
    expect(json.read('['.repeat(1_000_000))).toBeUndefined()
  })
})

const key = fc.string({ unit: 'grapheme' })
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    key,
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => !Number.isSafeInteger(one)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
}))

describe.each<[string, Serialization]>([
  ['msgpack', msgpack],
  ['json', json],
])('%s', (_, serialization) => {
  test('reads what it wrote, alone and as a member', () => {
    fc.assert(
      fc.property(anyValue, key, (value, name) => {
        const bytes = serialization.write(value, 'key')
        expect(serialization.read(bytes)).toEqual(value)
        const whole = serialization.write({ [name]: value }, 'key')
        const mapping = serialization.split(whole)
        expect([...(mapping?.entries ?? [])]).toEqual([[name, bytes]])
        expect(serialization.join(mapping as never)).toBe(whole)
      }),
    )
  })

  test('whatever bytes there are, they are read the same again', () => {
    const bytes = fc
      .uint8Array({ maxLength: 64 })
      .map((each) => Buffer.from(each).toString('latin1'))
    const cut = fc.tuple(anyValue, fc.nat(), bytes).map(([value, at, other]) => {
      const whole = serialization.write({ a: value }, 'key')
      const from = at % whole.length
      return whole.slice(0, from) + other + whole.slice(from + other.length)
    })
    fc.assert(
      fc.property(fc.oneof(bytes, cut), (hostile) => {
        serialization.read(hostile)
        const mapping = serialization.split(hostile)
        if (mapping) expect(serialization.split(serialization.join(mapping))).toEqual(mapping)
      }),
      { numRuns: 5000 },
    )
  })

  test('refuses what Flask would see as something else, naming where', () => {
    const circle: unknown[] = []
    circle.push(circle)
    const values = [undefined, () => {}, Symbol('a'), new Set(), new UUID('0'.repeat(32))]
    for (const value of [...values, new Markup('<b>'), 'a\ud800', circle, { [Symbol('a')]: 1 }]) {
      const write = () => serialization.write({ in: [value] }, 'key')
      expect(write).toThrow(expect.objectContaining({ code: 'not-serializable' }))
      expect(write).toThrow('session.key.in')
    }
    expect(() => serialization.write({ '\udc00': 1 }, 'key')).toThrow('session.key')
  })
})

test('what only one of the formats can hold is refused by the other', () => {
  const refused = expect.objectContaining({ code: 'not-serializable' })
  for (const value of [
    Uint8Array.of(1),
    new Date(0),
    Number.NaN,
    new Map([[1, 1]]),
    10n ** 4300n,
  ]) {
    expect(() => json.write(value, 'key')).toThrow(refused)
  }
  for (const value of [2n ** 64n, -(2n ** 63n) - 1n, new Date(Number.NaN), new Date(9e14)]) {
    expect(() => msgpack.write(value, 'key')).toThrow(refused)
  }
})
