import { describe, expect, test } from 'vitest'
import { type Duration, toSeconds } from '../../src/core/duration.ts'

const refused = (duration: unknown) => {
  try {
    toSeconds(duration as Duration)
  } catch (error) {
    return error
  }
  return undefined
}

describe('a duration', () => {
  test.each<[Duration, number]>([
    [{ seconds: 10 }, 10],
    [{ minutes: 30 }, 1800],
    [{ hours: 1, minutes: 30 }, 5400],
    [{ days: 7 }, 604_800],
    [{ weeks: 2 }, 1_209_600],
    [{ milliseconds: 1500 }, 1.5],
    [{ microseconds: 1, nanoseconds: 1 }, 0.000_001_001],
    [{ seconds: 0.1, milliseconds: 200 }, 0.3],
    [{ seconds: -5 }, -5],
    ['90s', 90],
    ['30m', 1800],
    ['1.5h', 5400],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['250ms', 0.25],
    ['-5s', -5],
  ])('%j is %d seconds', (duration, seconds) => {
    expect(toSeconds(duration)).toBe(seconds)
  })

  test('a Temporal.Duration fits: getters on its prototype, years and months of zero', () => {
    class TemporalLike {
      get years() {
        return 0
      }
      get months() {
        return 0
      }
      get hours() {
        return 2
      }
    }
    expect(toSeconds(new TemporalLike() as Duration)).toBe(7200)
  })

  const wrong: readonly unknown[] = [
    1800,
    0,
    Number.NaN,
    1800n,
    null,
    undefined,
    true,
    {},
    [],
    '30',
    '30 m',
    '30minutes',
    'm',
    '',
    { minute: 30 },
    { minutes: '30' },
    { minutes: Number.NaN },
    { minutes: Number.POSITIVE_INFINITY },
    { years: 1 },
    { months: 1, days: 1 },
  ]
  test.each(wrong.map((duration) => [String(duration), duration]))(
    '%s is refused with advice',
    (_, duration) => {
      expect(refused(duration)).toMatchObject({ name: 'SessionError', code: 'bad-duration' })
    },
  )

  test('a bare number is told what to write instead', () => {
    expect(String(refused(1800))).toContain('{ minutes: 30 }')
  })
})
