// A policy in a file or a module, held against a standard, written down or drawn.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PRESET_NAMES } from '../../src/policy/presets.ts'
import { ask, runCommand } from './run-command.ts'

const FILE = 'session.json'
const OFFICE = { lifetime: { idle: '30m', absolute: { hours: 12 } }, reason: 'Night shifts.' }
const CLINIC = {
  roles: { nurse: { idle: '5m', absolute: '8h' }, default: { idle: '1h', absolute: '12h' } },
  grants: { permanent: { idle: '7d', absolute: '30d' } },
  fields: { cart: { idle: '2h', keepAfterLogout: true } },
  idleAction: 'lock',
  parallelSessions: 'Three; the oldest ends.',
}
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
    const limits = [
      { clock: 'idle', limit: 1_800, allowance: 59 },
      { clock: 'absolute', limit: 43_200, allowance: 0 },
    ]
    expect(facts).toEqual({
      code: 0,
      lifetimes: [{ role: null, permanent: false, limits, renewal: null }],
      fields: [],
      idleAction: 'end',
      refreshEachRequest: false,
    })
    expect(Object.keys(presets as object)).toEqual(PRESET_NAMES)
    expect(presets).toMatchObject({ aal2: [], aal3: [{ clock: 'idle' }] })
  })

  test('a dash reads the standard input', () => {
    const { out } = runCommand(['policy', '-'], { input: JSON.stringify(OFFICE) })
    expect(out).toContain('| all | 30 minutes |')
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
    ['a list as lifetime', { lifetime: [] }, /"lifetime" of the policy must be an object/],
    ['a lifetime beside roles', { lifetime: {}, roles: { user: {} } }, /needs a JSON object/],
    ['no role', { roles: {} }, /"roles" names no role/],
    ['a list as role', { roles: { user: [] } }, /The role "user" must be an object/],
    ['a misspelt role', { roles: { user: { iddle: 1 } } }, /The role "user" has the key "iddle"/],
    ['a grant without a bound', { lifetime: {}, grants: {} }, /The grant has no bound/],
    ['an idle grant alone', { lifetime: {}, grants: { permanent: { idle: '7d' } } }, /no bound/],
    ['a misspelt grant', { lifetime: {}, grants: { permanet: {} } }, /"grants" has the key/],
    ['a list of fields', { lifetime: {}, fields: [] }, /"fields" of the policy must be an object/],
    ['a misspelt field', { lifetime: {}, fields: { cart: { idel: 1 } } }, /The field "cart" has/],
    ['an idle action', { lifetime: {}, idleAction: 'close' }, /"idleAction" is "end" or "lock"/],
    ['a lock without an end', { lifetime: { idle: '1h' }, idleAction: 'lock' }, /needs an end/],
    ['null as a limit', { lifetime: { idle: null } }, /or left out/],
    ['a field by a bare number', { lifetime: {}, fields: { otp: { idle: 5 } } }, /needs a unit/],
    ['null as lifetime', { lifetime: null }, /"lifetime" of the policy must be an object/],
    ['a misspelt key', { lifetime: { iddle: '5m' } }, /"iddle"; known here are idle/],
    ['a key beside the lifetime', { idle: '5m' }, /"idle"; known here are lifetime/],
    ['a key every object has', { toString: 1 }, /"toString"; known here/],
    ['a number as reason', { lifetime: {}, reason: 1 }, /"reason" of the policy must be a text/],
    [
      'a text as permanent',
      { lifetime: { permanent: 'no' } },
      /"permanent" of "lifetime" must be true/,
    ],
    ['a bare number', { lifetime: { idle: 30 } }, /lifetime.idle needs a unit/],
    ['clocks that cross', { lifetime: { idle: '2h', absolute: '1h' } }, /is shorter than/],
  ])('%s', (_, policy, said) => {
    expect(problemOf(policy)).toEqual([2, expect.stringMatching(said)])
  })

  test.each([
    ['--svg beside --json', ['--svg', '--json'], '--svg stands without'],
    ['--role without --svg', ['--role', 'nurse'], '--role needs --svg'],
    ['--svg of several roles without one', ['--svg'], 'one of nurse, default'],
    ['a role that is not there', ['--svg', '--role', 'constructor'], 'one of nurse, default'],
    ['a warning too short', ['--svg', '--role', 'nurse', '--warning', '5s'], '20 seconds or more'],
    ['a warning that is none', ['--svg', '--role', 'nurse', '--warning', 'soon'], 'as a duration'],
  ])('%s', (_, options, said) => {
    const { code, out, problem } = runCommand(['policy', FILE, ...options], scene(CLINIC))
    expect([code, out]).toEqual([2, ''])
    expect(problem).toContain(said)
  })

  test('what is not JSON', () => {
    const { code, problem } = runCommand(['policy', FILE], { files: { [FILE]: '{"lifetime":' } })
    expect(code).toBe(2)
    expect(problem).toContain('needs a JSON object')
  })
})

describe('by role, with grants and fields', () => {
  test('the page has them all', () => {
    const { out } = runCommand(['policy', FILE], scene(CLINIC))
    expect(out).toContain('| `nurse`, permanent | 7 days |')
    expect(out).toContain('| `cart` | 2 hours | none | kept |')
    expect(out).toContain('is locked')
    expect(out).toContain('Three; the oldest ends.')
  })

  test('each role is checked, as the grant lengthens it', () => {
    const { code, findings } = ask(['policy', FILE, '--preset', 'aal2'], scene(CLINIC))
    expect(code).toBe(1)
    expect(findings).toMatchObject([
      { role: 'nurse', permanent: true, clock: 'idle' },
      { role: 'nurse', permanent: true, clock: 'absolute' },
      { role: 'default', permanent: false, clock: 'idle' },
      { role: 'default', permanent: true, clock: 'idle' },
      { role: 'default', permanent: true, clock: 'absolute' },
    ])
  })

  test('the reason and the parallel sessions may stand on the command line', () => {
    const args = ['policy', FILE, '--reason', 'Gloves.', '--parallel-sessions', 'One.']
    const { out } = runCommand(args, scene(CLINIC))
    expect(out).toContain('Reason: Gloves.')
    expect(out).toContain('## Parallel sessions\n\nOne.')
  })

  test('a picture of one role', () => {
    const { code, out } = runCommand(['policy', FILE, '--svg', '--role', 'nurse'], scene(CLINIC))
    expect(code).toBe(0)
    expect(out).toMatch(/^<svg .*role nurse<\/title>.*<\/svg>$/s)
  })
})

describe('of a module', () => {
  let folder: string
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const runModule = (name: string, ...options: string[]) =>
    runCommand(['policy', join(folder, name), ...options])
  const POLICY = `{ lifetime: { idle: '30m', absolute: '12h' }, roles: null, granted: null,
    fields: { otp: { absolute: '5m' } }, idleAction: 'end', refreshEachRequest: false }`

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sojourn-policy-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('its sessions have the policy', () => {
    write('sessions.ts', `export const sessions: object = { policy: ${POLICY} }`)
    expect(runModule('sessions.ts', '--preset', 'aal2')).toMatchObject({ code: 0 })
    expect(runModule('sessions.ts').out).toContain('| `otp` | none | 5 minutes | gone |')
  })

  test('also as its default, and where it waits, prints and stays awake', () => {
    write(
      'app.mjs',
      `console.log('noise'); setInterval(() => {}, 1000); await null
      export default { policy: ${POLICY} }`,
    )
    expect(runModule('app.mjs').out).toMatch(/^# Session lifetime policy/)
  })

  test('the environment of the command is its own', () => {
    write(
      'env.mjs',
      `if (process.env.HOME) throw new Error('HOME'); export default { policy: ${POLICY} }`,
    )
    expect(runModule('env.mjs').code).toBe(0)
  })

  test.each([
    ['throws', `throw new Error('no key\\nat line 1')`, 'cannot be imported: no key'],
    ['has a mistake in it', 'export const sessions = {', 'cannot be imported'],
    ['exports none', 'export const session = {}', 'exports no sessions'],
    ['exports something else', 'export const sessions = { policy: {} }', 'exports no sessions'],
    ['ends itself', 'process.exit(0)', 'did not finish'],
    [
      'has a function for a lifetime',
      `export default { policy: { ...${POLICY}, lifetime: null } }`,
      'byRole',
    ],
    [
      'has a limit that is none',
      `export default { policy: { ...${POLICY}, lifetime: { idle: 30 } } }`,
      'needs a unit',
    ],
  ])('one that %s ends with 2 and a sentence', (_, text, said) => {
    write('faulty.mjs', text)
    const { code, out, problem } = runModule('faulty.mjs')
    expect([code, out]).toEqual([2, ''])
    expect(problem).toContain(said)
    expect(problem).not.toMatch(/^ +at /m)
  })

  test('one that is not there ends with 2', () => {
    expect(runModule('absent.js')).toMatchObject({ code: 2, out: '' })
  })
})
