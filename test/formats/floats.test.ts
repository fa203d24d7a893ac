import { describe, expect, test } from 'vitest'
import { floatsOf, formatFloat, isFloat, markFloats } from '../../src/formats/floats.ts'

describe('formatFloat spells as Python does', () => {
  test.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-1.5, '-1.5'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [123456789.25, '123456789.25'],
    [9999999999999998, '9999999999999998.0'],
    [1e16, '1e+16'],
    [-1.2345e20, '-1.2345e+20'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('%d as %s', (value, text) => {
    expect(formatFloat(value)).toBe(text)
  })
})

describe('isFloat', () => {
  test('follows the number, not the place', () => {
    const list: unknown[] = [1, 1]
    markFloats(list, new Map([[0, 1]]))
    expect([isFloat(list, 0), isFloat(list, 1)]).toEqual([true, false])
    list[0] = 2
    expect(isFloat(list, 0)).toBe(false)
  })

  test('looks into Maps', () => {
    const fields = new Map<string, unknown>([['a', 3]])
    markFloats(fields, new Map([['a', 3]]))
    expect(isFloat(fields, 'a')).toBe(true)
    expect(isFloat(fields, 'b')).toBe(false)
  })

  test('is true of every number that no int of JavaScript could be', () => {
    const numbers = [0.5, -0, 1e16, Number.NaN, Number.POSITIVE_INFINITY]
    expect(numbers.every((_, at) => isFloat(numbers, at))).toBe(true)
    expect(isFloat([0, 'a', 5n], 0)).toBe(false)
    expect(isFloat(['a'], 0)).toBe(false)
  })

  test('keeps nothing where there is nothing to remember', () => {
    const list: unknown[] = []
    markFloats(list, null)
    markFloats(list, undefined)
    expect(floatsOf(list)).toBeUndefined()
  })
})
