// In which clock, by how much and against which clause a lifetime is laxer.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lifetime } from '../../src/core/lifetime.ts'
import { checkLifetime } from '../../src/policy/check.ts'
import { PRESET_NAMES, type PresetName, presets } from '../../src/policy/presets.ts'

const NIST = 'NIST SP 800-63B-4'
const codeOf = (lifetime: unknown, name: unknown) => {
  try {
    checkLifetime(lifetime as Lifetime, name as PresetName)
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

describe('what is laxer', () => {
  test('each clock that runs longer is a finding of its own', () => {
    expect(checkLifetime({ idle: '2h', absolute: '25h' }, 'aal2')).toMatchObject([
      { clock: 'idle', limit: 7_200, ceiling: 3_600, by: 3_659, clause: `${NIST}, 2.2.3` },
      { clock: 'absolute', limit: 90_000, ceiling: 86_400, by: 3_600, clause: `${NIST}, 2.2.3` },
    ])
  })

  test('the allowance of the throttle counts', () => {
    const lifetime = { idle: { minutes: 15 }, absolute: '8h' } as const
    expect(checkLifetime(lifetime, 'pci')).toEqual([
      {
        clock: 'idle',
        limit: 900,
        ceiling: 900,
        by: 59,
        clause: 'PCI DSS 4.0.1, 8.2.8',
        level: 'shall',
        message:
          'The idle limit of 15 minutes with an allowance of 59 seconds is 59 seconds over the 15 minutes of PCI DSS 4.0.1, 8.2.8 (shall).',
      },
    ])
    expect(checkLifetime(lifetime, 'pci', { refreshEachRequest: true })).toEqual([])
  })

  test('one second is laxer', () => {
    expect(checkLifetime({ idle: { seconds: 841 } }, 'pci')).toEqual([])
    expect(checkLifetime({ idle: { seconds: 842 } }, 'pci')).toMatchObject([{ by: 1 }])
  })

  test('a missing limit is laxer by no number', () => {
    expect(checkLifetime({}, 'aal3')).toMatchObject([
      { clock: 'idle', limit: null, ceiling: 900, by: null, level: 'should' },
      { clock: 'absolute', limit: null, ceiling: 43_200, by: null, level: 'shall' },
    ])
    expect(checkLifetime({ absolute: '12h' }, 'aal3')).toMatchObject([
      {
        clock: 'idle',
        message: `There is no idle limit, and ${NIST}, 2.3.3 (should) asks for one of at most 15 minutes.`,
      },
    ])
  })

  test('at aal1 a limit shall exist, and should be no longer than 30 days', () => {
    expect(checkLifetime({ idle: '1h' }, 'aal1')).toMatchObject([{ by: null, level: 'shall' }])
    expect(checkLifetime({ absolute: '31d' }, 'aal1')).toMatchObject([
      { by: 86_400, level: 'should' },
    ])
  })
})

describe('what is not', () => {
  test('stricter is no finding', () => {
    for (const name of PRESET_NAMES) {
      expect(checkLifetime({ idle: '1m', absolute: '1h' }, name)).toEqual([])
    }
  })

  test('aal1 leaves idle open, and PCI DSS the absolute limit', () => {
    expect(checkLifetime({ absolute: '30d' }, 'aal1')).toEqual([])
    expect(checkLifetime({ idle: '10m', absolute: '90d' }, 'pci')).toEqual([])
  })

  test('an absolute limit as short as the idle ceiling bounds idling too', () => {
    expect(checkLifetime({ absolute: '1h' }, 'aal2')).toEqual([])
    expect(checkLifetime({ idle: '1h', absolute: '1h' }, 'aal2')).toEqual([])
  })

  test('shortening a limit never adds a finding', () => {
    const seconds = fc.integer({ min: 1, max: 200_000 })
    fc.assert(
      fc.property(seconds, seconds, fc.constantFrom(...PRESET_NAMES), (idle, more, name) => {
        const absolute = { seconds: idle + more }
        const clocks = (lifetime: Lifetime) => checkLifetime(lifetime, name).length
        const shorter = { idle: { seconds: Math.ceil(idle / 2) }, absolute }
        expect(clocks(shorter)).toBeLessThanOrEqual(clocks({ idle: { seconds: idle }, absolute }))
      }),
    )
  })
})

describe('what is thrown', () => {
  test.each(['aal4', 'constructor', 'toString', '', undefined])('no preset is %s', (name) => {
    expect(codeOf(presets.aal2, name)).toBe('bad-option')
  })

  test('the error lists the presets', () => {
    expect(() => checkLifetime({}, 'aal4' as PresetName)).toThrow(PRESET_NAMES.join(', '))
  })

  test('a lifetime that could not act, and what is none', () => {
    expect(codeOf({ idle: '2h', absolute: '1h' }, 'aal1')).toBe('bad-lifetime')
    expect(codeOf({ idle: 900 }, 'aal1')).toBe('bad-duration')
    for (const none of [null, undefined, () => presets.aal2]) {
      expect(codeOf(none, 'aal2')).toBe('bad-lifetime')
    }
  })
})
