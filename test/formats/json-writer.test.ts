import { describe, expect, test } from 'vitest'
import { TaggedJson } from '../../src/formats/tagged-json.ts'
import { Float, Markup, Tuple, UUID } from '../../src/formats/values.ts'

const json = new TaggedJson()
const HEX = '6ba7b8109dad11d180b400c04fd430c8'

describe('writing as Flask does', () => {
  test.each<[unknown, string]>([
    [null, 'null'],
    [[true, false], '[true,false]'],
    [-5, '-5'],
    [1.5, '1.5'],
    [-0, '-0.0'],
    [1e16, '1e+16'],
    [9007199254740992, '9007199254740992.0'],
    [10n ** 20n, '100000000000000000000'],
    [new Float(3), '3.0'],
    [
      'a"b\\c\b\f\n\r\t\0\x7fé😀\ud800/<>&',
      '"a\\"b\\\\c\\b\\f\\n\\r\\t\\u0000\\u007f\\u00e9\\ud83d\\ude00\\ud800/<>&"',
    ],
    [{ b: 1, a: { d: [], c: {} } }, '{"a":{"c":{},"d":[]},"b":1}'],
    [{ 9: 1, 10: 2 }, '{"10":2,"9":1}'],
    [{ '😀': 1, '～': 2, a: 3 }, '{"a":3,"\\uff5e":2,"\\ud83d\\ude00":1}'],
    [
      { '😀b': 1, '😀a': 2, '😀': 3 },
      '{"\\ud83d\\ude00":3,"\\ud83d\\ude00a":2,"\\ud83d\\ude00b":1}',
    ],
    [new Tuple<unknown>(1, [2]), '{" t":[1,[2]]}'],
    [Uint8Array.of(255), '{" b":"/w=="}'],
    [Buffer.from('a?>~'), '{" b":"YT8+fg=="}'],
    [new Markup('<i>'), '{" m":"<i>"}'],
    [new UUID(HEX), `{" u":"${HEX}"}`],
    [new Date(-500), '{" d":"Wed, 31 Dec 1969 23:59:59 GMT"}'],
    [{ ' t': [1] }, '{" di":{" t__":[1]}}'],
    [{ ' di': { ' b': 1 } }, '{" di":{" di__":{" di":{" b__":1}}}}'],
    [{ ' t': 1, a: 2 }, '{" t":1,"a":2}'],
    [{ ' x': 1 }, '{" x":1}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ])('%o as %s', (value, text) => {
    expect(json.write(value)).toBe(text)
  })
})

describe('refusing what Python could not hold', () => {
  const holes: unknown[] = []
  holes[1] = 1
  const cycle: Record<string, unknown> = {}
  cycle.self = { cycle, again: cycle }
  class Own {}

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['an instance', new Own()],
    ['a nameless instance', Object.create(Object.create(null))],
    ['another typed array', new Uint16Array(1)],
    ['a hole', holes],
    ['an invalid date', new Date(Number.NaN)],
    ['a year below 100', new Date('0099-12-31T23:59:59Z')],
    ['a year above 9999', new Date('+010000-01-01T00:00:00Z')],
    ['a symbol as key', { [Symbol('s')]: 1 }],
    ['a huge integer', 10n ** 4300n],
    ['a cycle', cycle],
  ])('%s', (_, value) => {
    expect(() => json.write({ a: [value] })).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test('names where', () => {
    const fields = new Map<string, unknown>([['cart', { items: [{ at: undefined }] }]])
    expect(() => json.writeFields(fields, null, null)).toThrow(
      'session.cart.items[0].at is undefined',
    )
  })

  test('takes 4300 digits and the years at the edges', () => {
    expect(json.write(-(10n ** 4299n))).toHaveLength(4301)
    expect(json.write(new Date('0100-01-01T00:00:00Z'))).toContain('0100')
    expect(json.write(new Date('9999-12-31T23:59:59.999Z'))).toContain('9999')
  })

  test('writes as deep as it reads', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    const tuples = (depth: number): unknown => (depth === 0 ? 1 : new Tuple(tuples(depth - 1)))
    const write = (value: unknown) => json.writeFields(new Map([['a', value]]), null, null)
    expect(json.read(write(nested(499)))).not.toBeNull()
    expect(() => write(nested(500))).toThrow('500 deep')
    expect(json.read(write(tuples(249)))).not.toBeNull()
    expect(() => write(tuples(250))).toThrow('500 deep')
  })
})
