import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { BACKGROUND, FORMATS, HOUR, NOW, start } from './start.ts'

const SHORT = { idle: '15m', absolute: '2h' } as const
const LONG = { idle: '5h', absolute: '12h' } as const
const fill = (session: Session) => Object.assign(session.set('a', 1), { permanent: true })
const read = (session: Session) => session.get('a') ?? session.ended?.reason

describe.each(FORMATS)('a policy that changes, %s', (name, format) => {
  const inFlask = name === 'flask'
  const options = { format, refreshEachRequest: true }

  test('acts at the next request where it is shorter', () => {
    const idle = start({ ...options, lifetime: LONG })
    idle.visit(fill)
    idle.pass(901)
    idle.redeploy({ lifetime: SHORT })
    expect(idle.visit(read).result).toBe('idle')
    const absolute = start({ ...options, lifetime: { absolute: '12h' } })
    absolute.visit(fill)
    absolute.pass(7201)
    absolute.redeploy({ lifetime: { absolute: '2h' } })
    // Flask's first cookie does not keep when it began; it does from the second on.
    expect(absolute.visit(read).result).toBe('absolute')
  })

  test('revives nothing where it is longer, but in Flask, where no cookie says what held', () => {
    const dead = [
      [901, { lifetime: SHORT }, { lifetime: LONG }],
      [901, { lifetime: SHORT }, { lifetime: () => LONG }],
      [901, { lifetime: SHORT }, { lifetime: SHORT, grants: { permanent: LONG } }],
      [901, { lifetime: SHORT }, { lifetime: { absolute: '12h' } }],
      [901, { lifetime: SHORT }, { lifetime: {} }],
      [7201, { lifetime: { absolute: '2h' } }, { lifetime: { absolute: '12h' } }],
      [7201, { lifetime: { absolute: '2h' } }, { lifetime: {} }],
    ] as const
    for (const [seconds, before, after] of dead) {
      const { visit, pass, redeploy } = start({ ...options, ...before })
      visit(fill)
      pass(seconds)
      redeploy(after)
      const reason = seconds === 901 ? 'idle' : 'absolute'
      expect(visit(read).result).toBe(inFlask ? 1 : reason)
    }
  })

  test('lengthens the live at their next request, and for good', () => {
    const { visit, pass, redeploy } = start({ ...options, lifetime: SHORT })
    visit(fill)
    pass(900)
    redeploy({ lifetime: LONG })
    const clocks = (session: Session) =>
      session.explain().clocks.map(({ clock, seconds, source }) => [clock, seconds, source])
    visit(read)
    expect(visit(clocks).result).toEqual([
      ['idle', 18_000, 'lifetime'],
      ['absolute', 43_200, 'lifetime'],
    ])
    pass(18_000)
    expect(visit(read).result).toBe(1)
    pass(18_001)
    expect(visit(read).result).toBe('idle')
  })

  test('cannot be lengthened by a poll that finds the session over', () => {
    const { visit, pass, redeploy } = start({ ...options, lifetime: SHORT })
    visit(fill)
    pass(901)
    redeploy({ lifetime: LONG })
    for (let n = 0; n < 3; n++) visit((session) => session.size, { activity: 'background' })
    expect(visit(read).result).toBe(inFlask ? 1 : 'idle')
  })

  test('ends no session that is both permanent and granted, once the grant is gone, later than before', () => {
    const { visit, pass, redeploy } = start({
      ...options,
      lifetime: SHORT,
      grants: { permanent: { idle: '7d', absolute: '30d' } },
    })
    visit(fill)
    pass(901)
    redeploy({ grants: undefined as never })
    expect(visit(read).result).toBe('idle')
  })

  test('acts on a value at once where it is shorter, and where longer once it is set again', () => {
    const { visit, pass, redeploy } = start({
      ...options,
      lifetime: LONG,
      fields: { code: { absolute: '10m' } },
    })
    visit((session) => fill(session).set('code', 1))
    redeploy({ fields: { code: { absolute: '1h' } } })
    pass(601)
    expect(visit((session) => session.get('code')).result).toBeUndefined()
    visit((session) => session.set('code', 2))
    pass(3600)
    expect(visit((session) => session.get('code')).result).toBe(2)
    visit((session) => session.set('code', 3))
    pass(301)
    redeploy({ fields: { code: { absolute: '5m' } } })
    expect(visit((session) => session.get('code')).result).toBeUndefined()
  })

  test('of fields, revives no value whose time is over, by idleness neither', () => {
    const fields = { draft: { idle: '5m' } } as const
    const { visit, pass, redeploy } = start({ ...options, lifetime: LONG, fields })
    visit((session) => fill(session).set('draft', 1).set('own', 1, { absolute: '5m' }))
    pass(301)
    redeploy({ fields: { draft: { idle: '1h' }, own: { absolute: '1h' } } })
    expect(visit((session) => [session.get('draft'), session.get('own')]).result).toEqual([
      undefined,
      undefined,
    ])
  })

  test('gives a field a limit that had none: from the start of the session, not of the policy', () => {
    const { visit, pass, redeploy } = start({ ...options, lifetime: LONG })
    visit((session) => fill(session).set('code', 1))
    pass(100)
    visit((session) => session.set('a', 2))
    redeploy({ fields: { code: { absolute: '10m' } } })
    expect(visit((session) => session.explain().fields).result).toEqual([
      { key: 'code', endsAt: NOW + 600 },
    ])
  })

  test('lets nobody restart that clock by authenticating', () => {
    const { visit, pass, redeploy } = start({ ...options, lifetime: LONG })
    visit((session) => fill(session).set('code', 1))
    pass(100)
    visit((session) => session.set('a', 2))
    redeploy({ fields: { code: { absolute: '10m' } } })
    visit((session) => session.size)
    visit((session) => session.authenticate('alice', { factor: 'password' }))
    pass(501)
    expect(visit((session) => session.get('code')).result).toBeUndefined()
  })

  test('leaves a value its limits where another key gets one', () => {
    const { visit, redeploy } = start({
      ...options,
      lifetime: LONG,
      fields: { cart: { absolute: '10m' } },
    })
    visit((session) => fill(session).set('code', 1).set('cart', 2))
    redeploy({ fields: { cart: { absolute: '5m' }, code: { absolute: '5m' } } })
    visit((session) => session.set('a', 2))
    redeploy({ fields: {} })
    const { result } = visit((session) => session.explain().fields)
    expect(new Map(result.map(({ key, endsAt }) => [key, endsAt])).get('cart')).toBe(NOW + 600)
  })
})

describe.each(FORMATS)('a lifetime function that begins to fail, %s', (name, format) => {
  let isBroken = false
  const lifetime = () => (isBroken ? JSON.parse('broken') : { idle: '5m', absolute: '20m' })
  const open = (broken: boolean) => {
    isBroken = false
    const life = start({ format, lifetime, refreshEachRequest: true })
    life.visit(fill)
    isBroken = broken
    return life
  }

  test('lengthens no session that was signed under it', () => {
    const { visit, pass } = open(true)
    const ends = []
    for (let n = 0; n < 4; n++) {
      pass(300)
      ends.push(visit(read).result)
    }
    pass(1)
    // Flask's cookie does not say what held: the default does, 30 minutes and 12 hours.
    expect([...ends, visit(read).result]).toEqual([1, 1, 1, 1, name === 'flask' ? 1 : 'absolute'])
  })

  test('revives none', () => {
    const { visit, pass } = open(true)
    pass(301)
    expect(visit(read).result).toBe(name === 'flask' ? 1 : 'idle')
  })

  test('lets go once it answers again', () => {
    const { visit, pass } = open(true)
    visit(read)
    isBroken = false
    pass(300)
    visit(read)
    expect(visit((session) => [read(session), session.endsAt]).result).toEqual([1, NOW + 600])
  })

  test('promises no more than it will keep', () => {
    const { visit, pass } = open(true)
    const promised = visit((session) => session.set('a', 2).endsAt ?? 0).result
    pass(promised - NOW)
    expect(visit((session) => session.isNew).result).toBe(false)
  })
})

test.each([
  ['sealed', FORMATS[0][1]],
  ['signed', FORMATS[1][1]],
])('a longer policy is taken over by the user alone, %s', (_, format) => {
  const { visit, pass, redeploy } = start({ format, lifetime: { idle: '30m', absolute: '12h' } })
  visit((session) => session.set('a', 1))
  redeploy({ lifetime: { idle: '8h', absolute: '12h' } })
  pass(1200)
  visit((session) => session.set('a', 2), BACKGROUND)
  pass(HOUR)
  expect(visit((session) => session.ended?.reason).result).toBe('idle')
})
