// A lifetime in a file, held against a standard or written down.
import { describe, expect, test } from 'vitest'
import { PRESET_NAMES } from '../../src/policy/presets.ts'
import { ask, runCommand } from './run-command.ts'

const FILE = 'session.json'
const OFFICE = { lifetime: { idle: '30m', absolute: { hours: 12 } }, reason: 'Night shifts.' }
const scene = (policy: unknown) => ({ files: { [FILE]: JSON.stringify(policy) } })
const problemOf = (policy: unknown) => {
  const { code, problem } = runCommand(['policy', FILE], scene(policy))
  return [code, problem.split('\n')[0]]
}

describe('with a preset', () => {
  test('0 where it meets it', () => {
    const { code, out } = runCommand(['policy', FILE, '--preset', 'aal2'], scene(OFFICE))
    expect([code, out]).toEqual([0, 'Meets aal2 (NIST SP 800-63B-4, 2.2.3).'])
  })

  test('1 where it is laxer, with a line for each finding', () => {
    const { code, out } = runCommand(['policy', FILE, '--preset', 'owaspHigh'], scene(OFFICE))
    expect(code).toBe(1)
    expect(out.split('\n').map((line) => line.slice(0, 22))).toEqual([
      'Laxer than owaspHigh:',
      '- The idle limit of 30',
      '- The absolute limit o',
    ])
  })

  test('for programs', () => {
    expect(ask(['policy', FILE, '--preset', 'aal3'], scene(OFFICE))).toMatchObject({
      code: 1,
      preset: 'aal3',
      meets: false,
      findings: [{ clock: 'idle', limit: 1_800, ceiling: 900, by: 959, level: 'should' }],
    })
  })

  test('idle is exact where each request refreshes', () => {
    const exact = { lifetime: { idle: '15m' }, refreshEachRequest: true }
    expect(ask(['policy', FILE, '--preset', 'pci'], scene(exact)).code).toBe(0)
    expect(ask(['policy', FILE, '--preset', 'pci'], scene({ lifetime: exact.lifetime })).code).toBe(
      1,
    )
  })
})

describe('without one', () => {
  test('it prints the page', () => {
    const { code, out } = runCommand(['policy', FILE], scene(OFFICE))
    expect(code).toBe(0)
    expect(out).toMatch(/^# Session lifetime policy\n/)
    expect(out).toContain('Reason: Night shifts.')
  })

  test('for programs, every preset with its findings', () => {
    const { presets, ...facts } = ask(['policy', FILE], scene(OFFICE))
    expect(facts).toEqual({
      code: 0,
      limits: [
        { clock: 'idle', limit: 1_800, allowance: 59 },
        { clock: 'absolute', limit: 43_200, allowance: 0 },
      ],
      permanent: false,
    })
    expect(Object.keys(presets as object)).toEqual(PRESET_NAMES)
    expect(presets).toMatchObject({ aal2: [], aal3: [{ clock: 'idle' }] })
  })

  test('a dash reads the standard input', () => {
    const { out } = runCommand(['policy', '-'], { input: JSON.stringify(OFFICE) })
    expect(out).toContain('| idle | 30 minutes |')
  })
})

describe('what was not understood ends with 2', () => {
  test.each([
    ['a preset that does not exist', ['policy', FILE, '--preset', 'aal4'], '--preset is one of'],
    ['a name every object has', ['policy', FILE, '--preset', 'toString'], '--preset is one of'],
    ['a file that is not there', ['policy', 'other.json'], 'cannot be read'],
    ['no file', ['policy'], 'policy needs FILE'],
  ])('%s', (_, args, said) => {
    const { code, out, problem } = runCommand(args, scene(OFFICE))
    expect([code, out]).toEqual([2, ''])
    expect(problem).toContain(said)
  })

  test.each([
    ['an array', [], /needs a JSON object/],
    ['no lifetime', { reason: 'none' }, /needs a JSON object/],
    ['a list as lifetime', { lifetime: [] }, /needs a JSON object/],
    ['null as lifetime', { lifetime: null }, /"lifetime" of the policy must be an object/],
    ['a misspelt key', { lifetime: { iddle: '5m' } }, /"iddle"; known here are idle/],
    ['a key beside the lifetime', { idle: '5m' }, /"idle"; known here are lifetime/],
    ['a key every object has', { toString: 1 }, /"toString"; known here/],
    ['a number as reason', { lifetime: {}, reason: 1 }, /"reason" of the policy must be a text/],
    ['a text as permanent', { lifetime: { permanent: 'no' } }, /"permanent" must be true/],
    ['a bare number', { lifetime: { idle: 30 } }, /lifetime.idle needs a unit/],
    ['clocks that cross', { lifetime: { idle: '2h', absolute: '1h' } }, /is shorter than/],
  ])('%s', (_, policy, said) => {
    expect(problemOf(policy)).toEqual([2, expect.stringMatching(said)])
  })

  test('what is not JSON', () => {
    const { code, problem } = runCommand(['policy', FILE], { files: { [FILE]: '{"lifetime":' } })
    expect(code).toBe(2)
    expect(problem).toContain('needs a JSON object')
  })
})
