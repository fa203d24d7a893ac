import { expect, test } from 'vitest'
import { type StandardSchema, validate } from '../../src/core/schema.ts'

const schemaOf = (answer: unknown): StandardSchema => ({
  '~standard': { version: 1, vendor: 'test', validate: () => answer },
})

test.each([
  [[{ path: ['views', 0] }], 'views'],
  [[{ path: [{ key: 'cart' }] }, { path: ['a'] }], 'cart, a'],
  [[{}], 'the session'],
  [[{ path: [] }], 'the session'],
])('issues %j are told by their keys', (issues, failed) => {
  expect(validate(schemaOf({ issues }), new Map())).toEqual({ failed })
})

test.each([null, 5, Promise.resolve({ value: {} })])('an answer that is none throws', (answer) => {
  expect(() => validate(schemaOf(answer), new Map())).toThrow(
    expect.objectContaining({ code: 'bad-option' }),
  )
})

test('what the schema made is what counts', () => {
  expect(validate(schemaOf({ value: { a: 2 } }), new Map([['a', 1]]))).toEqual({ value: { a: 2 } })
})
