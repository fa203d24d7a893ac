// Section 1.3, the figures of the presets, and item 25: the policy written down.
import { byRole } from 'sojourn'
import { checkPolicy, describePolicy, type PresetName, presets } from 'sojourn/policy'
import { describe, expect, test } from 'vitest'
import { authenticated, createSite, DAY, HOUR, isLive, MINUTE, START, send } from './site.ts'

type Figures = readonly [name: PresetName, idle: number | null, absolute: number | null]

const FIGURES: readonly Figures[] = [
  ['aal1', null, 30 * DAY],
  ['aal2', HOUR, DAY],
  ['aal3', 15 * MINUTE, 12 * HOUR],
  ['pci', 15 * MINUTE, null],
  ['owaspHigh', 5 * MINUTE, 8 * HOUR],
  ['owaspLow', 30 * MINUTE, 8 * HOUR],
]
const seconds = (length: number) => ({ seconds: length })

describe('presets', () => {
  test('there is one for each standard that states a figure', () => {
    expect(Object.keys(presets).sort()).toEqual(FIGURES.map(([name]) => name).sort())
  })

  test.each(FIGURES)('%s: a session idles to the figure, and no second longer', (name, idle) => {
    const { sessions, clock } = createSite({ lifetime: presets[name] })
    const cookie = authenticated(sessions)
    clock.set(START + (idle ?? 29 * DAY))
    expect(isLive(sessions, cookie)).toBe(true)
    clock.advance({ seconds: 1 })
    expect(isLive(sessions, cookie)).toBe(idle === null)
  })

  test.each(FIGURES)(
    '%s: a busy session ages to the figure, and no second longer',
    (name, _, figure) => {
      const { sessions, clock } = createSite({ lifetime: presets[name], refreshEachRequest: true })
      const absolute = figure ?? 8 * HOUR
      let cookie: string | undefined = authenticated(sessions)
      for (let at = 0; at < absolute; at += 4 * MINUTE) {
        clock.set(START + at)
        cookie = send(sessions, cookie, (session) => session.get('user')).cookie
      }
      clock.set(START + absolute)
      expect(isLive(sessions, cookie)).toBe(true)
      clock.advance({ seconds: 1 })
      expect(isLive(sessions, cookie)).toBe(false)
    },
  )

  test.each(FIGURES)(
    '%s: the check holds a policy against the same figures',
    (name, idle, absolute) => {
      const check = (lifetime: object) =>
        checkPolicy(createSite({ lifetime, refreshEachRequest: true }).sessions.policy, name)
      const most = { idle: seconds(idle ?? DAY), absolute: seconds(absolute ?? 90 * DAY) }
      expect(check(most)).toEqual([])
      expect(check({ ...most, idle: seconds((idle ?? 0) + 1) })).toMatchObject(
        idle === null ? [] : [{ clock: 'idle', by: 1, ceiling: idle }],
      )
      expect(check({ ...most, absolute: seconds((absolute ?? 90 * DAY) + 1) })).toMatchObject(
        absolute === null ? [] : [{ clock: 'absolute', by: 1, ceiling: absolute }],
      )
    },
  )

  test('how binding each figure is, and that some limit must exist at aal1', () => {
    const levels = (name: PresetName) =>
      checkPolicy(
        createSite({ lifetime: { idle: '90d', absolute: '90d' } }).sessions.policy,
        name,
      ).map(({ clock, level }) => `${clock} ${level}`)
    expect(levels('aal1')).toEqual(['absolute should'])
    expect(levels('aal2')).toEqual(['idle should', 'absolute should'])
    expect(levels('aal3')).toEqual(['idle should', 'absolute shall'])
    expect(levels('pci')).toEqual(['idle shall'])
    const { policy } = createSite({ lifetime: { idle: '1h' } }).sessions
    expect(checkPolicy(policy, 'aal1')).toMatchObject([{ limit: null, level: 'shall' }])
  })

  test('what resumes after idling: one factor at aal2 and pci, the whole login at aal3', () => {
    const { policy } = createSite({
      lifetime: { idle: '5m', absolute: '8h' },
      idleAction: 'lock',
    }).sessions
    const found = (name: PresetName) => checkPolicy(policy, name).map(({ about }) => about)
    expect([found('aal2'), found('pci'), found('aal3')]).toEqual([[], [], ['lock']])
  })
})

describe('the page', () => {
  const lifetime = byRole(
    { admin: { idle: '14m', absolute: '11h' }, default: { idle: '2h', absolute: '48h' } },
    (session) => (session.has('admin') ? 'admin' : 'default'),
  )
  const { policy } = createSite({ lifetime, refreshEachRequest: true }).sessions

  test('item 25: the policy says its limits, by role, and where it departs from NIST and why', () => {
    const reason = 'A shift at the ward lasts two days.'
    const parallelSessions = 'Three per account; the oldest is ended.'
    const page = describePolicy(policy, { reason, parallelSessions })
    const rows = page.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.find((row) => row.includes('`admin`'))).toMatch(/14 minutes.*11 hours/)
    expect(rows.find((row) => row.includes('`default`'))).toMatch(/2 hours.*2 days/)
    expect(page).toMatch(/aal2: For the role .*NIST SP 800-63B-4, 2\.2\.3/)
    expect(page).toMatch(/laxer than aal2, aal3 of NIST/)
    expect([page.includes(reason), page.includes(parallelSessions)]).toEqual([true, true])
  })

  test('item 25: what is not stated is said to be missing', () => {
    const page = describePolicy(policy)
    expect(page).toMatch(/No reason is stated; ASVS 7\.1\.1/)
    expect(page).toMatch(/Not stated\. ASVS 7\.1\.2/)
    const strict = describePolicy(createSite({ lifetime: presets.aal3 }).sessions.policy)
    expect(strict).not.toContain('No reason is stated')
  })
})
