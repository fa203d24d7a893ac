// The lifetimes of the presets, against the figures of the standards.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toSeconds } from '../../src/core/duration.ts'
import { type Lifetime, toLimits } from '../../src/core/lifetime.ts'
import { checkLifetime } from '../../src/policy/check.ts'
import { PRESET_NAMES, presets, within } from '../../src/policy/presets.ts'

const MINUTE = 60
const HOUR = 3_600

/** The longest that each clock can run, the allowance counted. */
const longestOf = (lifetime: Lifetime) =>
  Object.fromEntries(
    toLimits(lifetime).map(({ clock, seconds, allowance }) => [clock, seconds + allowance]),
  )

test.each([
  ['aal1', { absolute: 30 * 24 * HOUR }],
  ['aal2', { idle: HOUR, absolute: 24 * HOUR }],
  ['aal3', { idle: 15 * MINUTE, absolute: 12 * HOUR }],
  ['pci', { idle: 15 * MINUTE, absolute: 8 * HOUR }],
  ['owaspHigh', { idle: 5 * MINUTE, absolute: 8 * HOUR }],
  ['owaspLow', { idle: 30 * MINUTE, absolute: 8 * HOUR }],
] as const)('%s runs to the figures of its standard and no second longer', (name, figures) => {
  expect(longestOf(presets[name])).toEqual(figures)
})

test.each(PRESET_NAMES)('%s meets itself, with the throttle and without', (name) => {
  expect(checkLifetime(presets[name], name)).toEqual([])
  expect(checkLifetime(presets[name], name, { refreshEachRequest: true })).toEqual([])
})

test('the allowance is taken off idle', () => {
  expect(within(15 * MINUTE)).toBe(841)
  expect(within(5 * MINUTE)).toBe(274)
  expect(within(HOUR)).toBe(3_541)
  expect(presets.aal3.idle && toSeconds(presets.aal3.idle)).toBe(841)
})

test('what is within a figure is the longest that is', () => {
  const longest = (seconds: number) => longestOf({ idle: { seconds } }).idle
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (figure) => {
      const seconds = within(figure)
      expect(longest(seconds)).toBeLessThanOrEqual(figure)
      expect(longest(seconds + 1)).toBeGreaterThan(figure)
    }),
  )
})

test('nobody changes a preset', () => {
  expect(Object.isFrozen(presets)).toBe(true)
  for (const { idle, absolute, ...rest } of Object.values(presets)) {
    expect([idle, absolute].every((part) => Object.isFrozen(part))).toBe(true)
    expect(rest).toEqual({})
  }
  expect(Object.values(presets).every((preset) => Object.isFrozen(preset))).toBe(true)
})
