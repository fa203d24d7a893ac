import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Tag, TaggedJson } from '../../src/formats/flask.ts'
import { isFloat } from '../../src/formats/floats.ts'
import { Float, Markup, Tuple, UUID } from '../../src/formats/values.ts'
import { objectToTyped } from '../vectors/typed.ts'

const json = new TaggedJson()
const read = (text: string) => json.read(text)?.value
const again = (text: string) => json.write(read(text))

describe('reading tags', () => {
  test.each<[string, unknown]>([
    ['{" t":[1,{" t":[]}]}', new Tuple<unknown>(1, new Tuple())],
    ['{"\\u0020t":[]}', new Tuple()],
    ['{" b":"/w=="}', Uint8Array.of(255)],
    ['{" m":"<i>"}', new Markup('<i>')],
    ['{" d":"Mon, 29 Feb 2024 12:34:56 GMT"}', new Date('2024-02-29T12:34:56Z')],
    ['{" d":"Thu, 01 Jan 0069 00:00:00 GMT"}', new Date('1969-01-01T00:00:00Z')],
    ['{" d":"Thu, 01 Jan 0068 00:00:00 GMT"}', new Date('2068-01-01T00:00:00Z')],
    ['{" d":"Fri, 30 Feb 2024 12:00:00 GMT"}', null],
    ['{" d":"Thu, 29 Feb 2024 24:00:00 GMT"}', null],
    ['{" d":"Thu, 29 Feb 2024 23:59:60 GMT"}', null],
    ['{" d":"Thu, 01 anF 2024 00:00:00 GMT"}', null],
    ['{" d":"Thu, 01 Foo 2024 00:00:00 GMT"}', null],
    ['{" d":null}', null],
    ['{" di":{" t__":1}}', { ' t': 1 }],
    ['{" t":1,"a":{" b":"","x":1}}', { ' t': 1, a: { ' b': '', x: 1 } }],
    ['{" x":[1]}', { ' x': [1] }],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  test.each([
    '{" t":5}',
    '{" t":"ab"}',
    '{" t":null}',
    '{" t":{" t":[]}}',
    '{" b":"YQ"}',
    '{" b":"YR=="}',
    '{" b":"-_-_"}',
    '{" b":"Y==="}',
    '{" b":5}',
    '{" m":null}',
    '{" u":"6ba7"}',
    '{" d":5}',
    '{" di":{}}',
    '{" di":5}',
    '{" di":{"abc":1}}',
    '{" di":{"a__":1,"b__":2}}',
    '{" di":{" t":[1]}}',
    '{"a":1.0,"k":[{" t":5}]}',
  ])('refuses %s', (text) => {
    expect(json.read(text)).toBeNull()
  })

  test('does not lose __proto__ around a tag', () => {
    const value = read('{"__proto__":{" t":[1]}}') as object
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual(new Tuple(1))
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('keeping what JavaScript would lose', () => {
  test.each([
    '{"a":1.0,"b":[2.0,2,{"c":-0.0}]}',
    '{" t":[1.0,{" t":[5.0]}]}',
    '{" di":{" t__":1.0}}',
    '[1e+16,9007199254740993,NaN,Infinity]',
  ])('%s comes back to the letter', (text) => {
    expect(again(text)).toBe(text)
  })

  test('a changed number is no float any more', () => {
    const value = read('{"a":1.0,"b":1.0}') as Record<string, unknown>
    value.a = 2
    expect(json.write(value)).toBe('{"a":2,"b":1.0}')
    expect(isFloat(value, 'b')).toBe(true)
  })

  test('sources are kept where a value would not come back, and only there', () => {
    expect(json.read('{"a":[1]}')?.sources).toBeNull()
    expect(json.read('{"a":{" t":[1]}}')?.sources).toBeNull()
    const text = '{"a":{" d":"some day"},"b":1}'
    expect([...(json.read(text)?.sources ?? [])]).toEqual([
      ['a', '{" d":"some day"}'],
      ['b', '1'],
    ])
    expect(json.read('{" di":{" t__":1.0}}')?.sources).toBeNull()
  })

  test('a source wins over its value', () => {
    const fields = new Map<string, unknown>([
      ['a', 1],
      ['b', 2],
    ])
    expect(json.writeFields(fields, new Map([['a', '1.50']]), ['0', '{}'])).toBe(
      '{"0":{},"a":1.50,"b":2}',
    )
  })

  test('a session that is named like a tag is escaped whole, with its source', () => {
    const fields = new Map([[' t', 1]])
    expect(json.writeFields(fields, null, null)).toBe('{" di":{" t__":1}}')
    expect(json.writeFields(fields, new Map([[' t', '1.0']]), null)).toBe('{" di":{" t__":1.0}}')
    expect(json.writeFields(fields, null, ['x', '2'])).toBe('{" t":1,"x":2}')
  })
})

describe('tags of the user', () => {
  const setTag: Tag = {
    key: ' s',
    fits: (value) => value instanceof Set,
    write: (value) => [...(value as Set<unknown>)],
    read: (content) => new Set(content as unknown[]),
  }
  const wordTag: Tag = {
    key: 'word',
    fits: (value) => value === 7,
    write: () => 'seven',
    read: (content) => {
      if (content !== 'seven') throw new TypeError('not seven')
      return 7
    },
  }
  const own = new TaggedJson([setTag, wordTag])

  test('come first, and their content is tagged in turn', () => {
    const text = '{"a":{" s":[{" t":[1]},{"word":"seven"}]}}'
    const value = { a: new Set([new Tuple(1), 7]) }
    expect(own.write(value)).toBe(text)
    expect(own.read(text)?.value).toEqual(value)
  })

  test('escape their keys, and fail as a value', () => {
    expect(own.write({ word: 1 })).toBe('{" di":{"word__":1}}')
    expect(own.read('{"word":1}')).toBeNull()
    expect(json.read('{"word":1}')?.value).toEqual({ word: 1 })
  })

  test('a tag may refuse, and may not call itself for ever', () => {
    const refusing = new TaggedJson([{ ...setTag, write: () => undefined }])
    expect(() => refusing.write(new Set())).toThrow("refused by tag ' s'")
    const endless = new TaggedJson([{ ...setTag, write: (value) => value }])
    expect(() => endless.write(new Set())).toThrow('500 deep')
  })

  test.each<[string, unknown]>([
    ['a built-in key', { ...setTag, key: ' t' }],
    ['an empty key', { ...setTag, key: '' }],
    ['no key', { ...setTag, key: undefined }],
    ['no reader', { ...setTag, read: undefined }],
    ['nothing', null],
  ])('%s is refused', (_, tag) => {
    expect(() => new TaggedJson([tag as Tag])).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
    expect(() => new TaggedJson([setTag, setTag])).toThrow('taken')
  })
})

const DAY = { min: new Date('0100-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') }
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(' t', ' di', ' b__', '__proto__', '1', ' d'),
)
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.double().map((value) => new Float(value)),
  fc.integer().map((value) => new Float(value)),
  fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => new Markup(text)),
  fc.uint8Array(),
  fc.uuid().map((text) => new UUID(text)),
  fc.date({ ...DAY, noInvalidDate: true }).map((date) => new Date(Math.floor(+date / 1000) * 1000)),
)
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('list'), tie('dict')),
  list: fc
    .tuple(fc.boolean(), fc.array(tie('value'), { maxLength: 4 }))
    .map(([tuple, items]) => (tuple ? Tuple.from(items) : items)),
  dict: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((pairs) => Object.fromEntries(pairs)),
}))

test('what is written is read back equal, and written again the same', () => {
  const session = fc.array(fc.tuple(key, anyValue), { maxLength: 4 }).map((pairs) => new Map(pairs))
  fc.assert(
    fc.property(session, (fields) => {
      const text = json.writeFields(fields, null, null)
      expect(text).toMatch(/^[ -~]*$/)
      const { value } = json.read(text) as { value: Record<string, unknown> }
      expect(objectToTyped(value)).toEqual(objectToTyped(fields))
      expect(again(text)).toBe(text)
    }),
    { numRuns: 2000, seed: 20_261_123 },
  )
})

test('any text is read or refused, never thrown at', () => {
  const piece = fc.constantFrom(
    ...'{}[],:"\\ 0123456789.eE+-tfnNI'.split(''),
    '" t"',
    'null',
    '1.0',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('')
      let native: unknown = null
      try {
        native = { value: JSON.parse(text) }
      } catch {}
      if (json.read(text) !== null && native === null) expect(text).toMatch(/NaN|Infinity/)
    }),
    { numRuns: 20_000, seed: 20_261_123 },
  )
})
