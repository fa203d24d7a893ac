import { describe, expect, test } from 'vitest'
import { createClock } from '../../src/testing/index.ts'

const codeOf = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return 'nothing thrown'
}

describe('a clock', () => {
  test('shows its start until it is moved', () => {
    const clock = createClock(1_700_000_000)
    expect([clock(), clock.now]).toEqual([1_700_000_000, 1_700_000_000])
    clock.advance({ minutes: 1, milliseconds: 500 })
    expect([clock(), clock.now]).toEqual([1_700_000_060.5, 1_700_000_060.5])
    clock.advance('1h')
    expect(clock()).toBe(1_700_003_660.5)
  })

  test('starts at the present second', () => {
    const before = Math.floor(Date.now() / 1000)
    const { now } = createClock()
    expect(Number.isInteger(now)).toBe(true)
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now() / 1000)
  })

  test.each([
    ['seconds', 1_767_258_000],
    ['a Date', new Date('2026-01-01T09:00:00Z')],
    ['text', '2026-01-01T09:00:00Z'],
    ['text of another zone', '2026-01-01T10:30:00.000+01:30'],
  ])('takes %s', (_, at) => {
    expect(createClock(at).now).toBe(1_767_258_000)
    const clock = createClock(1_800_000_000)
    clock.set(at)
    expect(clock.now).toBe(1_767_258_000)
  })

  test('takes a day for its start in UTC', () => {
    expect(createClock('2026-01-01').now).toBe(1_767_225_600)
  })

  test.each([
    1_767_258_000_000,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    '2026-01-01T09:00:00',
    'soon',
    '',
  ])('refuses %s, and stays where it was', (at) => {
    const clock = createClock(5)
    expect(codeOf(() => clock.set(at))).toBe('bad-option')
    expect(codeOf(() => createClock(at))).toBe('bad-option')
    expect(clock.now).toBe(5)
  })

  test('goes back by set, never by advance', () => {
    const clock = createClock(100)
    expect(codeOf(() => clock.advance({ seconds: -1 }))).toBe('bad-duration')
    expect(codeOf(() => clock.advance('-1s'))).toBe('bad-duration')
    expect(codeOf(() => clock.advance(60 as never))).toBe('bad-duration')
    expect(clock.now).toBe(100)
    clock.advance('0s')
    clock.set(99)
    expect(clock.now).toBe(99)
  })

  test('works apart from its object', () => {
    const { advance, set } = createClock(0)
    set(10)
    advance('1s')
  })
})
