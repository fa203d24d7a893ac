import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expiryOf, explain, isSlideDue, judge } from '../../src/core/judgement.ts'
import {
  DEFAULT_LIFETIME,
  type Lifetime,
  type Limit,
  toLimit,
  toLimits,
} from '../../src/core/lifetime.ts'

const idleOf = (seconds: number): Limit => toLimit('idle', seconds, { throttled: false })
const absoluteOf = (seconds: number): Limit => toLimit('absolute', seconds, { throttled: false })
const codeOf = (lifetime: Lifetime) => {
  try {
    toLimits(lifetime)
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

describe('limits', () => {
  test('a limit below a second is refused, unless any length goes', () => {
    expect(codeOf({ idle: { milliseconds: 999 } })).toBe('bad-lifetime')
    expect(codeOf({ absolute: { seconds: 0 } })).toBe('bad-lifetime')
    expect(codeOf({ idle: { seconds: -1 } })).toBe('bad-lifetime')
    expect(
      toLimits({ idle: { seconds: -5 } }, { throttled: false, anyLength: true })[0]?.seconds,
    ).toBe(-5)
  })

  test('a limit of a second is taken', () => {
    expect(toLimits({ idle: '1s' })[0]).toMatchObject({ clock: 'idle', seconds: 1 })
  })

  test('the defaults are 30 idle minutes and 12 hours, until the browser closes', () => {
    expect(DEFAULT_LIFETIME).toEqual({
      idle: { minutes: 30 },
      absolute: { hours: 12 },
      permanent: false,
    })
    expect(Object.isFrozen(DEFAULT_LIFETIME)).toBe(true)
  })

  test('an absolute limit below the idle one is refused; equal ones are not', () => {
    expect(codeOf({ idle: '1h', absolute: '59m' })).toBe('bad-lifetime')
    expect(codeOf({ idle: '1h', absolute: '1h' })).toBeNull()
  })

  test('no limit is a choice', () => {
    expect(toLimits({})).toEqual([])
    expect(judge({ createdAt: 0, seenAt: 0 }, [], 1e12)).toEqual({
      live: true,
      locked: false,
      endsAt: null,
      because: null,
    })
  })

  test('a fraction is cut off toward zero, and kept for Expires', () => {
    expect(toLimit('idle', 1.5, { throttled: false })).toMatchObject({ seconds: 1, exact: 1.5 })
    expect(toLimit('idle', -1.5, { throttled: false }).seconds).toBe(-1)
  })

  test.each([
    [5, 0],
    [10, 0],
    [100, 9],
    [600, 59],
    [1800, 59],
    [86_400, 59],
  ])('an idle limit of %d s allows %d s of unwritten activity', (seconds, allowance) => {
    expect(toLimit('idle', seconds).allowance).toBe(allowance)
    expect(toLimit('absolute', seconds).allowance).toBe(0)
  })
})

describe('judgement', () => {
  const moments = { createdAt: 1000, seenAt: 1500 }
  const limits = [idleOf(60), absoluteOf(600)]

  test('an age equal to the limit lives, a second more does not', () => {
    expect(judge(moments, limits, 1560)).toEqual({
      live: true,
      locked: false,
      endsAt: 1560,
      because: 'idle',
    })
    expect(judge(moments, limits, 1561)).toEqual({
      live: false,
      locked: false,
      endsAt: 1560,
      because: 'idle',
    })
  })

  test('the earliest deadline decides', () => {
    expect(judge({ createdAt: 1000, seenAt: 1590 }, limits, 1600)).toEqual({
      live: true,
      locked: false,
      endsAt: 1600,
      because: 'absolute',
    })
    expect(judge({ createdAt: 1000, seenAt: 1590 }, limits, 1601).live).toBe(false)
  })

  test('of two deadlines in one second the idle clock is named', () => {
    expect(judge({ createdAt: 1000, seenAt: 1540 }, limits, 1600).because).toBe('idle')
  })

  test('a fraction of a second does not count', () => {
    expect(judge(moments, limits, 1560.999).live).toBe(true)
    expect(judge(moments, limits, 1499.999)).toMatchObject({ live: false, because: 'future' })
  })

  test('explaining names every clock and agrees with judging', () => {
    expect(explain(moments, limits, 1510.5)).toMatchObject({
      live: true,
      because: 'idle',
      now: 1510,
      endsAt: 1560,
      clocks: [
        { clock: 'idle', seconds: 60, startedAt: 1500, endsAt: 1560 },
        { clock: 'absolute', seconds: 600, startedAt: 1000, endsAt: 1600 },
      ],
    })
  })
})

describe('sliding', () => {
  test('a read is written down when the throttle has gone by, not before', () => {
    const limits = toLimits({ idle: '30m' })
    expect(isSlideDue({ createdAt: 0, seenAt: 1000 }, limits, 1059.9)).toBe(false)
    expect(isSlideDue({ createdAt: 0, seenAt: 1000 }, limits, 1060)).toBe(true)
  })

  test('without an idle limit nothing slides', () => {
    expect(isSlideDue({ createdAt: 0, seenAt: 0 }, toLimits({ absolute: '1h' }), 1e9)).toBe(false)
  })
})

describe('the expiry of a permanent cookie', () => {
  test('is the deadline, counted from this activity, its fraction cut after adding', () => {
    expect(expiryOf(0, [idleOf(1.5)], 1000.9)).toBe(1002)
    expect(expiryOf(0, [idleOf(600), absoluteOf(1100)], 1000)).toBe(1100)
  })

  test('is 400 days at most, and so where there is no limit', () => {
    expect(expiryOf(0, [], 10)).toBe(34_560_010)
    expect(expiryOf(0, [idleOf(1e9)], 10)).toBe(34_560_010)
    expect(expiryOf(0, [idleOf(1e9)], 10, Number.POSITIVE_INFINITY)).toBe(1e9 + 10)
  })
})

describe('for every history of activity', () => {
  /** The model: a session dies for good once a gap or its age is over its limit. */
  const model = (steps: readonly number[], idle: number, absolute: number): boolean[] => {
    let [now, seen, alive] = [0, 0, true]
    return steps.map((step) => {
      now += step
      alive = alive && now - seen <= idle && now <= absolute
      if (alive) seen = now
      return alive
    })
  }

  test('alive exactly when the model says, never later, never revived', () => {
    const history = fc.array(fc.nat(200), { maxLength: 60 })
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 150 }), fc.nat(2000), (steps, idle, more) => {
        const limits = [idleOf(idle), absoluteOf(idle + more)]
        let [now, seenAt, dead] = [0, 0, false]
        const judged = steps.map((step) => {
          now += step
          dead ||= !judge({ createdAt: 0, seenAt }, limits, now).live
          if (!dead) seenAt = now
          return !dead
        })
        expect(judged).toEqual(model(steps, idle, idle + more))
      }),
      { numRuns: 2000 },
    )
  })

  test('under the throttle nobody active is cut off early, and nobody lives past the allowance', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(400), { maxLength: 60 }),
        fc.integer({ min: 1, max: 300 }),
        (steps, idle) => {
          const limits = [toLimit('idle', idle)]
          const allowance = limits[0]?.allowance ?? 0
          let [now, active, seenAt] = [0, 0, 0]
          for (const step of steps) {
            now += step
            const { live } = judge({ createdAt: 0, seenAt }, limits, now)
            if (now - active <= idle) expect(live).toBe(true)
            if (now - active > idle + allowance) expect(live).toBe(false)
            if (!live) return
            active = now
            if (isSlideDue({ createdAt: 0, seenAt }, limits, now)) seenAt = now
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
