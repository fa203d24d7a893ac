import { describe, expect, test } from 'vitest'
import { isFloat } from '../../src/formats/floats.ts'
import { DEEPEST, MOST_DIGITS, readJson } from '../../src/formats/json-reader.ts'
import { survey } from '../../src/formats/json-survey.ts'

const read = (text: string) => readJson(text)?.value

describe('readJson', () => {
  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['1e999', Number.POSITIVE_INFINITY],
    ['-0', 0],
    ['-0.0', -0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['1E5', 100000],
    ['true', true],
    ['null', null],
    [' [ 1 , 2 ] ', [1, 2]],
    ['[]', []],
    ['{ }', {}],
    ['"a\\n\\u00E9\\/"', 'a\né/'],
    ['"\\ud800"', '\ud800'],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('reads %s', (text, value) => {
    expect(read(text)).toEqual(value)
    expect(Object.is(read(text), -0)).toBe(Object.is(value, -0))
  })

  test.each(
    '|nope|{|[|{"a"}|{"a":}|{"a":1,}|[1,]|[1 2]|{1:2}|{"a" 1}|"a|"\\x"|"\\u12"|"\t"|01|1.|.5|+1|-|--1|0x10|nan|-NaN|tru|1e|{}{}|{}x|\u00a01|"\\|{"a":1'.split(
      '|',
    ),
  )('refuses %j', (text) => {
    expect(readJson(text)).toBeNull()
  })

  test('refuses integers of more than 4300 digits, and takes those of 4300', () => {
    expect(read('9'.repeat(MOST_DIGITS))).toBe(BigInt('9'.repeat(MOST_DIGITS)))
    expect(read(`-${'9'.repeat(MOST_DIGITS)}`)).toBeTypeOf('bigint')
    expect(readJson('9'.repeat(MOST_DIGITS + 1))).toBeNull()
    expect(read(`1${'0'.repeat(MOST_DIGITS)}.5`)).toBe(Number.POSITIVE_INFINITY)
  })

  test('goes 500 deep and no deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(readJson(nested(DEEPEST))).not.toBeNull()
    expect(readJson(nested(DEEPEST + 1))).toBeNull()
    expect(readJson('{"a":'.repeat(100_000))).toBeNull()
  })

  test('takes __proto__ for a key like any other', () => {
    const value = read('{"__proto__":{"polluted":true},"constructor":1}') as object
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })

  test('remembers which whole numbers were floats; of equal keys the last counts', () => {
    const value = read('{"a":1.0,"b":1,"c":[1,2e0,{}],"d":1.0,"d":1,"e":0.5}') as Record<
      string,
      object
    >
    expect(Object.keys(value).map((key) => isFloat(value, key))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ])
    expect([0, 1, 2].map((at) => isFloat(value.c as object, at))).toEqual([false, true, false])
  })

  test('keeps the source of every member of the outermost object alone', () => {
    const parsed = readJson('{ "a" : 1.50 , "b":{"c": NaN }, "a":[ 2 ]}')
    expect([...(parsed?.sources ?? [])]).toEqual([
      ['a', '[ 2 ]'],
      ['b', '{"c": NaN }'],
    ])
  })
})

describe('survey', () => {
  test.each([
    ['{"a":[1,-2,"x: 1.5 [[",true,null]}', 'plain'],
    ['{"a":123456789012345,"b":"1e5","c":"a\\"1.5"}', 'plain'],
    ['{"a":"ends in \\\\","b":1}', 'plain'],
    ['{" t":[]}', 'tagged'],
    ['{"\\u0020t":[]}', 'tagged'],
    ['{"a":1.0}', 'odd'],
    ['{"a":1E5}', 'odd'],
    ['[-0]', 'odd'],
    ['[-0.5]', 'odd'],
    ['[1234567890123456]', 'odd'],
    ['"unfinished', 'plain'],
    [`${'['.repeat(501)}`, 'odd'],
    [`${'['.repeat(500)}`, 'plain'],
    [`[${'[],'.repeat(600)}[]]`, 'plain'],
  ])('%s is %s', (text, found) => {
    expect(survey(text)).toBe(found)
  })
})
