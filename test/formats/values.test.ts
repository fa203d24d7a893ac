import { describe, expect, test } from 'vitest'
import { Float, Markup, Tuple, UUID } from '../../src/formats/values.ts'

const DASHED = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
const HEX = '6ba7b8109dad11d180b400c04fd430c8'

describe('Tuple', () => {
  test('holds what it is given, also a single number', () => {
    expect([...new Tuple(3)]).toEqual([3])
    expect([...new Tuple<unknown>('a', 1)]).toEqual(['a', 1])
    expect(new Tuple()).toHaveLength(0)
  })

  test('is made by of and from like any array', () => {
    expect(Tuple.of(5)).toEqual(new Tuple(5))
    expect(Tuple.of()).toHaveLength(0)
    expect(Tuple.from([1, 2])).toEqual(new Tuple(1, 2))
    expect(Tuple.from({ length: 2 }, (_, at) => at)).toEqual(new Tuple(0, 1))
    expect(Tuple.from([7])).toBeInstanceOf(Tuple)
  })

  test('gives plain arrays from its methods', () => {
    const tuple = new Tuple(1, 2)
    expect(Array.isArray(tuple)).toBe(true)
    expect(tuple.map((item) => item * 2)).not.toBeInstanceOf(Tuple)
    expect(tuple.slice(1)).toEqual([2])
  })
})

describe('UUID', () => {
  test.each([DASHED, HEX, DASHED.toUpperCase(), `{${DASHED}}`, `urn:uuid:${DASHED}`, `{${HEX}}`])(
    'reads %s',
    (text) => {
      expect(new UUID(text).hex).toBe(HEX)
      expect(String(new UUID(text))).toBe(DASHED)
    },
  )

  test.each(['', '6ba7', `${HEX}0`, HEX.replace('6', 'g'), `${DASHED}\n`])('refuses %j', (text) => {
    expect(() => new UUID(text)).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })

  test('goes into JSON as its text', () => {
    expect(JSON.stringify([new UUID(HEX)])).toBe(`["${DASHED}"]`)
  })
})

describe('Markup and Float', () => {
  test('Markup is its text', () => {
    expect(String(new Markup('<b>'))).toBe('<b>')
    expect(new Markup('<b>').text).toBe('<b>')
    expect(JSON.stringify(new Markup('<b>'))).toBe('"<b>"')
  })

  test('Float counts as its number and prints as Python does', () => {
    expect(new Float(1).value).toBe(1)
    expect(Number(new Float(1)) + 1).toBe(2)
    expect(String(new Float(1))).toBe('1.0')
    expect(JSON.stringify(new Float(1.5))).toBe('1.5')
  })
})
