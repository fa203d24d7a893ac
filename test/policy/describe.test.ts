// The page that states a policy.
import { describe, expect, test } from 'vitest'
import { describeLifetime } from '../../src/policy/describe.ts'
import { presets } from '../../src/policy/presets.ts'
import { inWords } from '../../src/policy/words.ts'

const OFFICE = { idle: '30m', absolute: '12h' } as const

describe('the page', () => {
  test('opens with its title and the clocks', () => {
    const page = describeLifetime(OFFICE)
    expect(page.startsWith('# Session lifetime policy\n\n| Clock |')).toBe(true)
    expect(page).toContain('| idle | 30 minutes | 59 seconds |')
    expect(page).toContain('| absolute | 12 hours | none |')
  })

  test('names each standard, met or laxer, and the findings of the laxer ones', () => {
    const page = describeLifetime(OFFICE)
    expect(page).toContain('| aal2 | NIST SP 800-63B-4, 2.2.3 | met |')
    expect(page).toContain('| pci | PCI DSS 4.0.1, 8.2.8 | laxer |')
    expect(page).toMatch(/^- pci: The idle limit of 30 minutes .*$/m)
    expect(page).not.toMatch(/^- aal2/m)
  })

  test('says what does not exist', () => {
    expect(describeLifetime({ absolute: '1d' })).toContain('| idle | none |')
  })

  test('says whether the cookie outlives the browser', () => {
    expect(describeLifetime(OFFICE)).toContain('ends with the browser')
    expect(describeLifetime({ ...OFFICE, permanent: true })).toContain('outlives the browser')
  })

  test('has no allowance where idle is exact', () => {
    expect(describeLifetime(OFFICE, { refreshEachRequest: true })).toContain(
      '| idle | 30 minutes | none |',
    )
  })
})

describe('what the caller states', () => {
  test('the reason stands beside the deviation from NIST', () => {
    const page = describeLifetime(OFFICE, { reason: 'Nurses share no devices.' })
    expect(page).toContain('laxer than aal3 of NIST')
    expect(page).toContain('Reason: Nurses share no devices.')
  })

  test('a reason that is missing is asked for, where there is a deviation', () => {
    expect(describeLifetime(OFFICE)).toContain('No reason is stated')
    expect(describeLifetime(OFFICE, { reason: ' ' })).toContain('No reason is stated')
    const strict = describeLifetime(presets.aal3)
    expect(strict).toContain('meet all presets of NIST')
    expect(strict).not.toContain('No reason')
  })

  test('parallel sessions, stated or not', () => {
    expect(describeLifetime(OFFICE)).toContain('## Parallel sessions\n\nNot stated.')
    const page = describeLifetime(OFFICE, { parallelSessions: 'Three; the oldest ends.' })
    expect(page.endsWith('## Parallel sessions\n\nThree; the oldest ends.')).toBe(true)
  })
})

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [841, '14 minutes 1 second'],
  [90_061, '1 day 1 hour 1 minute 1 second'],
  [2_592_000, '30 days'],
])('%i seconds in words, exact', (seconds, words) => {
  expect(inWords(seconds)).toBe(words)
})
