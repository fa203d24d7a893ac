import { expect, test } from 'vitest'
import { readTimestamp, writeTimestamp } from '../../src/formats/timestamp.ts'

test.each([
  [0, ''],
  [1, 'AQ'],
  [255, '_w'],
  [256, 'AQA'],
  [65_536, 'AQAA'],
  [1_700_000_000, 'ZVPxAA'],
  [4_294_967_296, 'AQAAAAA'],
  [253_402_300_799, 'Ov_0QX8'],
])('%d is %j', (second, text) => {
  expect(writeTimestamp(second)).toBe(text)
  expect(readTimestamp(text)).toBe(second)
})

test('every second comes back, and every spelling is canonical', () => {
  for (let second = 1; second < 2 ** 52; second = second * 3 + 1) {
    const text = writeTimestamp(second)
    expect(readTimestamp(text)).toBe(second)
    expect(Buffer.from(text, 'base64url').toString('base64url')).toBe(text)
  }
})

test.each([
  'a',
  'AR',
  'AQB',
  'ZVPxAB',
  'ZVPxAA==',
  'ZVPx A',
  'AQ+/',
  'AQ[',
  'AQ{',
  'AQ^A',
  'AAAAAABlU_EA',
  'é',
])('%j is malformed', (text) => {
  expect(readTimestamp(text)).toBeNull()
})

test('leading zero bytes count nothing; eight bytes are the most', () => {
  expect(readTimestamp('AAAAAGVT8QA')).toBe(1_700_000_000)
  expect(readTimestamp('__________8')).toBeGreaterThan(2 ** 63)
})
