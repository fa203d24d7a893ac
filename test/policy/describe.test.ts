// The page that states a policy.
import { describe, expect, test } from 'vitest'
import type { PolicyFacts } from '../../src/core/roles.ts'
import { describeLifetime, describePolicy } from '../../src/policy/describe.ts'
import { toFacts } from '../../src/policy/facts.ts'
import { presets } from '../../src/policy/presets.ts'
import { inWords } from '../../src/policy/words.ts'

const OFFICE = { idle: '30m', absolute: '12h' } as const

describe('the page', () => {
  test('opens with its title, and states the limits', () => {
    const page = describeLifetime(OFFICE)
    expect(page.startsWith('# Session lifetime policy\n\n')).toBe(true)
    expect(page).toContain('| all | 30 minutes | 59 seconds | 12 hours |')
  })

  test('names each standard, met or laxer, and the findings of the laxer ones', () => {
    const page = describeLifetime(OFFICE)
    expect(page).toContain('| aal2 | NIST SP 800-63B-4, 2.2.3 | met |')
    expect(page).toContain('| pci | PCI DSS 4.0.1, 8.2.8 | laxer |')
    expect(page).toMatch(/^- pci: The idle limit of 30 minutes .*$/m)
    expect(page).not.toMatch(/^- aal2/m)
  })

  test('says what does not exist', () => {
    expect(describeLifetime({ absolute: '1d' })).toContain('| all | none | none | 1 day |')
  })

  test('says whether the cookie outlives the browser', () => {
    expect(describeLifetime(OFFICE)).toContain('ends with the browser')
    expect(describeLifetime({ ...OFFICE, permanent: true })).toContain('outlives the browser')
  })

  test('has no allowance where idle is exact', () => {
    const page = describeLifetime(OFFICE, { refreshEachRequest: true })
    expect(page).toContain('| all | 30 minutes | none | 12 hours |')
    expect(page).not.toContain('- Allowance')
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
    expect(page).toContain('## Parallel sessions\n\nThree; the oldest ends.\n')
  })
})

describe('a whole policy', () => {
  const CLINIC: PolicyFacts = {
    ...toFacts(OFFICE),
    lifetime: null,
    roles: {
      nurse: { idle: '5m', absolute: '8h', renewal: '1h' },
      default: { idle: '1h', absolute: '12h' },
    },
    granted: { idle: '7d', absolute: '30d' },
    fields: {
      cart: { idle: { hours: 2 }, keepAfterLogout: true },
      otp: { absolute: '5m' },
    },
  }

  test('has a row for each role, and one for its permanent sessions', () => {
    const page = describePolicy(CLINIC)
    expect(page).toContain('| `nurse` | 5 minutes | 29 seconds | 8 hours | every 1 hour |')
    expect(page).toContain('| `nurse`, permanent | 7 days | 59 seconds | 30 days | every 1 hour |')
    expect(page).toContain('| `default` | 1 hour | 59 seconds | 12 hours | never |')
  })

  test('has no row for permanent sessions that live no longer', () => {
    const page = describePolicy({ ...CLINIC, granted: { absolute: '1h' } })
    expect(page).not.toContain(', permanent |')
    expect(page).not.toContain('- Permanent:')
  })

  test('says whose limits hold for somebody without a listed role', () => {
    expect(describePolicy(CLINIC)).toContain('has those of `default`')
    const { nurse } = CLINIC.roles ?? {}
    const page = describePolicy({ ...CLINIC, roles: { nurse: nurse ?? {} } })
    expect(page).toContain('has the strictest of all')
  })

  test('lists the keys with limits of their own, and what outlives the session', () => {
    const page = describePolicy(CLINIC)
    expect(page).toContain('| `cart` | 2 hours | none | kept |')
    expect(page).toContain('| `otp` | none | 5 minutes | gone |')
    expect(describePolicy({ ...CLINIC, fields: {} })).not.toContain('## Data')
  })

  test('says whether idling ends or locks', () => {
    expect(describePolicy(CLINIC)).toContain('activity the session ends.')
    expect(describePolicy({ ...CLINIC, idleAction: 'lock' })).toContain('the session is locked')
  })

  test('keeps a name a name', () => {
    const roles = { 'a|b`c\n# d\u202e<i>': { idle: '1h', absolute: '90d' } } as const
    const page = describePolicy({ ...CLINIC, roles, granted: null })
    expect(page).toContain('| `` a\\|b`c\ufffd# d\ufffd<i> `` | 1 hour |')
    expect(page).toContain('For the role a\\|b\\`c\ufffd\\# d\ufffd\\<i\\>, the idle limit')
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
