// In which of its lifetimes a policy is laxer than a standard.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lifetime } from '../../src/core/lifetime.ts'
import type { PolicyFacts } from '../../src/core/roles.ts'
import { checkLifetime, checkPolicy } from '../../src/policy/check.ts'
import { toFacts } from '../../src/policy/facts.ts'
import { PRESET_NAMES, type PresetName, presets } from '../../src/policy/presets.ts'

const RULES = { endOnFailure: true, numRuns: 300 } as const
const ADMIN: Lifetime = { idle: '10m', absolute: '8h' }
const SHOPPER: Lifetime = { idle: '2h', absolute: '8h' }
const byRole = (roles: Record<string, Lifetime>): PolicyFacts => ({
  ...toFacts({}),
  lifetime: null,
  roles,
})
const codeOf = (facts: PolicyFacts, name: string = 'aal2') => {
  try {
    checkPolicy(facts, name as PresetName)
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

describe('whose lifetime is laxer', () => {
  test('one lifetime for all has the findings of that lifetime', () => {
    expect(checkPolicy(toFacts(SHOPPER), 'aal2')).toEqual(
      checkLifetime(SHOPPER, 'aal2').map((finding) => ({
        ...finding,
        about: 'limit',
        role: null,
        permanent: false,
      })),
    )
  })

  test('each role is held against the standard', () => {
    const findings = checkPolicy(byRole({ admin: ADMIN, shopper: SHOPPER }), 'aal2')
    expect(findings).toMatchObject([
      { role: 'shopper', permanent: false, clock: 'idle', by: 3_659 },
    ])
    expect(findings[0]?.message).toMatch(/^For the role shopper, the idle limit of 2 hours /)
  })

  test('a grant is held against it, and what it does not lengthen is said once', () => {
    const facts = { ...toFacts(SHOPPER), granted: { absolute: '30d' } } as const
    expect(checkPolicy(facts, 'aal2')).toMatchObject([
      { permanent: false, clock: 'idle' },
      { permanent: true, clock: 'absolute', limit: 2_592_000 },
    ])
    expect(checkPolicy(facts, 'aal2')[1]?.message).toMatch(/^For permanent sessions, the absolute/)
  })

  test('both are named', () => {
    const facts = { ...byRole({ admin: ADMIN }), granted: { absolute: '30d' } } as const
    const [finding, ...others] = checkPolicy(facts, 'aal3')
    expect(finding?.message).toMatch(
      /^For permanent sessions of the role admin, the absolute limit/,
    )
    expect(others).toEqual([])
  })

  test('a grant that is shorter lengthens nothing', () => {
    expect(checkPolicy({ ...toFacts(ADMIN), granted: { absolute: '1h' } }, 'aal3')).toEqual([])
  })

  test('idle is exact where each request refreshes', () => {
    const facts = toFacts({ idle: '15m', absolute: '8h' })
    expect(checkPolicy(facts, 'pci')).toHaveLength(1)
    expect(checkPolicy({ ...facts, refreshEachRequest: true }, 'pci')).toEqual([])
  })

  test('renewal changes no limit', () => {
    expect(checkPolicy(toFacts({ ...presets.aal2, renewal: '15m' }), 'aal2')).toEqual([])
  })

  test('a name cannot write to the terminal', () => {
    const [finding] = checkPolicy(byRole({ '\u001b[2J\n': SHOPPER }), 'aal2')
    expect(finding?.message).not.toMatch(/\p{Cc}/u)
  })
})

describe('a lock', () => {
  const locking = (lifetime: Lifetime): PolicyFacts => ({
    ...toFacts(lifetime),
    idleAction: 'lock',
  })

  test('at aal3 is a finding, since one factor resumes it', () => {
    expect(checkPolicy(locking(ADMIN), 'aal3')).toMatchObject([
      { about: 'lock', clock: 'idle', limit: 600, by: 0, level: 'shall' },
    ])
  })

  test.each(['aal1', 'aal2', 'pci'] as const)('at %s stands for an end', (name) => {
    expect(checkPolicy(locking(ADMIN), name)).toEqual([])
  })

  test('that the absolute limit forestalls is none', () => {
    expect(checkPolicy(locking({ idle: '10m', absolute: '10m' }), 'aal3')).toEqual([])
    expect(checkPolicy(locking({ absolute: '10m' }), 'aal3')).toEqual([])
  })

  test('is said once for each role', () => {
    const facts = { ...locking(ADMIN), granted: { idle: '14m', absolute: '9h' } } as const
    expect(checkPolicy(facts, 'aal3').filter(({ about }) => about === 'lock')).toHaveLength(1)
  })

  test('without an end is refused', () => {
    expect(codeOf(locking({ idle: '10m' }))).toBe('bad-lifetime')
  })
})

describe('what cannot be checked', () => {
  test('a function that does not state its lifetimes, and roles that are none', () => {
    expect(codeOf({ ...toFacts({}), lifetime: null })).toBe('bad-option')
    expect(codeOf(byRole({}))).toBe('bad-option')
    expect(() => checkPolicy(byRole({}), 'aal2')).toThrow('byRole')
  })

  test('an unknown preset, and a lifetime that could not act', () => {
    expect(codeOf(toFacts(ADMIN), 'toString')).toBe('bad-option')
    expect(codeOf(byRole({ admin: { idle: '2h', absolute: '1h' } }))).toBe('bad-lifetime')
    expect(codeOf(byRole({ admin: { idle: 5 as never } }))).toBe('bad-duration')
  })
})

describe('for any policy', () => {
  const name = fc.constantFrom(...PRESET_NAMES)
  const role = fc.string({ minLength: 1, maxLength: 8 })
  const seconds = fc.integer({ min: 1, max: 200_000 })
  const lifetime = fc
    .tuple(seconds, seconds)
    .map(
      ([idle, more]): Lifetime => ({ idle: { seconds: idle }, absolute: { seconds: idle + more } }),
    )

  test('a preset meets itself, whatever the role', () => {
    fc.assert(
      fc.property(role, name, fc.boolean(), (key, preset, refreshEachRequest) => {
        const facts = { ...byRole({ [key]: presets[preset] }), refreshEachRequest }
        expect(checkPolicy(facts, preset)).toEqual([])
      }),
      RULES,
    )
  })

  test('a longer lifetime is never less lax', () => {
    fc.assert(
      fc.property(lifetime, fc.integer({ min: 1, max: 20 }), name, (short, factor, preset) => {
        const stretch = (given: unknown) => ({
          seconds: (given as { seconds: number }).seconds * factor,
        })
        const long = { idle: stretch(short.idle), absolute: stretch(short.absolute) }
        const longer = checkPolicy(byRole({ user: long }), preset)
        for (const { clock, by } of checkPolicy(byRole({ user: short }), preset)) {
          const found = longer.find((finding) => finding.clock === clock)
          expect(found?.by).toBeGreaterThanOrEqual(by ?? 0)
        }
      }),
      RULES,
    )
  })

  test('a grant takes no finding away, and a role adds none to another', () => {
    fc.assert(
      fc.property(lifetime, lifetime, name, (own, other, preset) => {
        const plain = checkPolicy(byRole({ user: own }), preset)
        const granted = checkPolicy({ ...byRole({ user: own }), granted: other }, preset)
        expect(granted.filter(({ permanent }) => !permanent)).toEqual(plain)
        const both = checkPolicy(byRole({ user: own, other }), preset)
        expect(both.filter((finding) => finding.role === 'user')).toEqual(plain)
      }),
      RULES,
    )
  })
})
