// The picture of a session's life: what it shows, and that nothing in it collides.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lifetime } from '../../src/core/lifetime.ts'
import type { PolicyFacts } from '../../src/core/roles.ts'
import { type DrawOptions, drawPolicy } from '../../src/policy/draw.ts'
import { toFacts } from '../../src/policy/facts.ts'
import { SHEET } from '../../src/policy/svg.ts'
import { boxesOf, collisionsIn, faultsIn } from './picture.ts'

const OFFICE: Lifetime = { idle: '30m', absolute: '12h' }
const FIELDS = {
  cart: { idle: { hours: 2 }, keepAfterLogout: true },
  otp: { absolute: { minutes: 5 } },
}
const draw = (lifetime: Lifetime, more: Partial<PolicyFacts> = {}, options: DrawOptions = {}) =>
  drawPolicy({ ...toFacts(lifetime), ...more }, options)
const textsIn = (picture: string) => boxesOf(picture).map(({ text }) => text)
const count = (picture: string, look: string) => picture.split(`class="${look}"`).length - 1
const codeOf = (facts: PolicyFacts, options: DrawOptions) => {
  try {
    drawPolicy(facts, options)
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

describe('the picture', () => {
  test('on the policy page is the one that is drawn here', () => {
    const lifetime = { ...OFFICE, renewal: '1h' } as const
    const picture = draw(lifetime, { fields: FIELDS }, { grace: '30s' })
    const file = new URL('../../docs/policy-life.svg', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(`${picture}\n`)
  })

  test('is complete in itself: no script, no style, font or image from elsewhere', () => {
    const picture = draw(OFFICE, { fields: FIELDS })
    expect(picture).not.toMatch(/<script|<image|<foreignObject|href|@import|@font-face| on\w+=/)
    expect(
      [...picture.matchAll(/url\(([^)]*)\)/g)].every(([, to = '']) => to.startsWith('#')),
    ).toBe(true)
    expect(picture.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg'])
  })

  test('is read aloud by its title and description', () => {
    const picture = draw(OFFICE)
    const [, ids = ''] = /aria-labelledby="([^"]+)"/.exec(picture) ?? []
    expect(ids.split(' ').map((id) => picture.includes(`id="${id}"`))).toEqual([true, true])
    expect(picture).toContain('>The life of a session</title>')
    expect(picture).toContain('30 minutes after the last one the session ends.')
    expect(picture).toContain('The session ends 12 hours after it began')
  })

  test('has a background of its own in light and dark', () => {
    const sheets = draw(OFFICE).match(/\.sojourn-life \.sheet\{fill:#\w+/g)
    expect(sheets).toHaveLength(2)
  })

  test('of another session has other ids, so that both fit on one page', () => {
    const idOf = (picture: string) => /aria-labelledby="([^"]+)"/.exec(picture)?.[1]
    expect(idOf(draw(OFFICE))).not.toBe(idOf(draw({ idle: '31m', absolute: '12h' })))
  })
})

describe('what it shows', () => {
  test('the throttle, its unwritten activity and the allowance, where there is one', () => {
    expect(textsIn(draw(OFFICE))).toContain('30 min, and up to 59 s')
    expect(count(draw(OFFICE), 'hollow')).toBeGreaterThan(0)
    const exact = draw(OFFICE, { refreshEachRequest: true })
    expect([count(exact, 'hollow'), exact.includes('url(#sojourn-allowance)')]).toEqual([0, false])
  })

  test('the idle end or the lock, and the absolute end', () => {
    expect(textsIn(draw(OFFICE))).toEqual(
      expect.arrayContaining(['ended: idle', 'ended: absolute']),
    )
    const locking = textsIn(draw(OFFICE, { idleAction: 'lock' }))
    expect(locking).toContain('locked: idle')
    expect(locking).not.toContain('ended: idle')
  })

  test('renewals, each id with its grace beside the next', () => {
    const picture = draw({ ...OFFICE, renewal: '3h' }, {}, { grace: '30s' })
    expect(textsIn(picture)).toContain('each 3 h, grace 30 s')
    expect([count(picture, 'renewal'), count(picture, 'grace')]).toEqual([4, 3 + 1])
    expect(textsIn(draw(OFFICE))).not.toContain('id renewed')
  })

  test('a row for each field, and which outlive the session', () => {
    const texts = textsIn(draw(OFFICE, { fields: FIELDS }))
    expect(texts).toEqual(expect.arrayContaining(['cart', 'idle 2 h', 'otp', 'absolute 5 min']))
    expect(texts.filter((text) => text === 'outlives the session')).toHaveLength(1)
  })

  test('a warning of a tenth of the idle limit, at most 2 minutes, at least 20 seconds', () => {
    const warningOf = (lifetime: Lifetime) =>
      textsIn(draw(lifetime)).find((text) => text.endsWith(' before'))
    expect(warningOf(OFFICE)).toBe('2 min before')
    expect(warningOf({ idle: '10m' })).toBe('1 min before')
    expect(warningOf({ idle: '1m' })).toBe('20 s before')
    expect(warningOf({ idle: '3s' })).toBeUndefined()
  })

  test('only the clocks that there are', () => {
    expect(textsIn(draw({ absolute: '1h' }))).not.toContain('ended: idle')
    expect(textsIn(draw({ idle: '1h' }))).not.toContain('ended: absolute')
    expect(textsIn(draw({}))).toContain('no limit')
    expect(textsIn(draw({ idle: '1h', absolute: '1h' }))).not.toContain('ended: idle')
  })

  test('the session of one role, as the grant lengthens it', () => {
    const facts = { lifetime: null, roles: { admin: OFFICE, guest: {} } }
    const granted = { idle: '7d', absolute: '30d' } as const
    const texts = textsIn(draw({}, { ...facts, granted }, { role: 'admin', permanent: true }))
    expect(texts).toContain('The life of a permanent session, role admin')
    expect(texts).toContain('7 d, and up to 59 s')
  })

  test('parallel sessions, where they are stated', () => {
    const stated = draw(OFFICE, {}, { parallelSessions: 'Three; the oldest ends.' })
    expect(textsIn(stated)).toContain('Parallel sessions: Three; the oldest ends.')
  })
})

describe('what is thrown', () => {
  const facts = { ...toFacts({}), lifetime: null, roles: { admin: OFFICE, guest: {} } }

  test.each([
    ['no role where there are several', facts, {}],
    ['a role that is not stated', facts, { role: 'toString' }],
    ['a role where there are none', toFacts(OFFICE), { role: 'admin' }],
    ['a warning under 20 seconds', toFacts(OFFICE), { warning: '19s' }],
    ['a grace of nothing', toFacts(OFFICE), { grace: '0s' }],
    ['a function', { ...toFacts({}), lifetime: null }, {}],
  ] as const)('%s', (_, given, options) => {
    expect(codeOf(given, options)).toBe('bad-option')
  })
})

describe('for any policy', () => {
  const seconds = fc.oneof(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: 100_000 }),
    fc.integer({ min: 1, max: 34_560_000 }),
  )
  const clocks = fc
    .record({ idle: fc.option(seconds), more: fc.option(seconds), renewal: fc.option(seconds) })
    .map(({ idle, more, renewal }) => ({
      ...(idle && { idle: { seconds: idle } }),
      ...(more && { absolute: { seconds: more + (idle ?? 0) } }),
      ...(renewal && { renewal: { seconds: renewal } }),
    }))
  const name = fc.string({ unit: 'binary', maxLength: 40 })
  const field = fc
    .record({ idle: fc.option(seconds), more: fc.option(seconds), kept: fc.boolean() })
    .map(({ idle, more, kept }) => ({
      ...(idle && { idle: { seconds: idle } }),
      ...(more && { absolute: { seconds: more + (idle ?? 0) } }),
      keepAfterLogout: kept,
    }))
  const pictures = fc
    .record({
      lifetime: clocks,
      role: name,
      fields: fc.dictionary(name, field, { maxKeys: 4 }),
      lock: fc.boolean(),
      exact: fc.boolean(),
      grace: fc.option(seconds),
      said: name,
    })
    .map(({ lifetime, role, fields, lock, exact, grace, said }) =>
      drawPolicy(
        {
          ...{
            lifetime: null,
            roles: Object.fromEntries([[role, lifetime]]),
            granted: null,
            fields,
          },
          idleAction: lock && 'absolute' in lifetime ? 'lock' : 'end',
          refreshEachRequest: exact,
        },
        { grace: grace === null ? undefined : { seconds: grace }, parallelSessions: said },
      ),
    )
  const RULES = { endOnFailure: true, numRuns: 500 } as const

  test('no label lies upon another, or leaves the sheet', () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        expect(collisionsIn(picture)).toEqual([])
        const [, height = '0'] = /viewBox="0 0 \d+ ([\d.]+)"/.exec(picture) ?? []
        for (const { left, right, top, bottom } of boxesOf(picture)) {
          expect([left >= 0, right <= SHEET.width, top >= 0, bottom <= Number(height)]).toEqual(
            Array(4).fill(true),
          )
        }
      }),
      RULES,
    )
  })

  test('every element is well formed and stands on the sheet', () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        expect(faultsIn(picture)).toEqual([])
      }),
      RULES,
    )
  })
})
