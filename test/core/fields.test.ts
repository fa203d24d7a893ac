import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { BACKGROUND, FORMATS, HOUR, NOW, start } from './start.ts'

const KEPT = { absolute: '1d', keepAfterLogout: true } as const

describe.each(FORMATS)('a field with a lifetime, %s', (name, format) => {
  const lifetime = { idle: '4h', absolute: '12h' } as const
  const exact = { format, lifetime, refreshEachRequest: true }

  test('lives to the second of its absolute limit, whatever happens meanwhile', () => {
    const { visit, pass } = start({ ...exact, fields: { code: { absolute: '5m' } } })
    visit((session) => session.set('code', 1).set('a', 1))
    pass(200)
    visit((session) => session.set('a', 2))
    pass(100)
    expect(visit((session) => [session.get('code'), session.ended]).result).toEqual([1, null])
    pass(1)
    const { result, setCookie } = visit((session) => [session.has('code'), session.ended])
    const at = NOW + 300
    const ended = {
      reason: 'field',
      at,
      ago: 1,
      subject: null,
      fields: ['code'],
      detail: 'expired',
    }
    expect(result).toEqual([false, ended])
    expect(setCookie).not.toBeNull()
    expect(visit((session) => [session.ended, session.get('a')]).result).toEqual([null, 2])
  })

  test('lives to the second of its idle limit, counted from activity in the session', () => {
    const { visit, pass } = start({ ...exact, fields: { draft: { idle: '5m' } } })
    visit((session) => Object.assign(session.set('draft', 1).set('a', 1), { permanent: true }))
    for (const seconds of [300, 299, 300]) {
      pass(seconds)
      expect(visit((session) => session.get('draft')).result).toBe(1)
    }
    pass(301)
    expect(visit((session) => session.get('draft')).result).toBeUndefined()
  })

  test('is not cut off while its user is busy', () => {
    const { visit, pass } = start({ format, lifetime, fields: { draft: { idle: '1m' } } })
    visit((session) => Object.assign(session.set('draft', 1).set('a', 1), { permanent: true }))
    for (let n = 0; n < 5; n++) {
      pass(40)
      expect(visit((session) => session.get('draft')).result).toBe(1)
    }
  })

  test.each([
    [{ idle: '10s' }, undefined, 10],
    [{ idle: '1m' }, undefined, 60],
    [undefined, { idle: '1m' }, 60],
    [{ idle: '1h' }, { idle: '1m' }, 60],
    [{ idle: '1m', absolute: '1h' }, { idle: '5m' }, 60],
  ] as const)('is written down as often as its idle limit asks: %j, %j', (draft, own, idle) => {
    const { visit, pass } = start({ format, lifetime, fields: { draft } })
    visit((session) => Object.assign(session.set('draft', 1, own).set('a', 1), { permanent: true }))
    const allowance = name === 'flask' ? 0 : Math.floor(idle / 10) - 1
    pass(allowance)
    const early = visit((session) => session.get('a')).setCookie
    expect(early === null).toBe(name !== 'flask')
    pass(name === 'flask' ? idle : 1)
    expect(visit((session) => session.get('a')).setCookie).not.toBeNull()
    pass(idle + allowance)
    expect(visit((session) => session.get('draft'), BACKGROUND).result).toBe(1)
    pass(1)
    expect(visit((session) => session.get('draft')).result).toBeUndefined()
  })

  test('is written down for no longer than it is there', () => {
    const { visit, pass } = start({ format, lifetime, fields: { draft: { idle: '1m' } } })
    visit((session) => session.set('draft', 1).set('a', 1))
    visit((session) => session.delete('draft'))
    pass(59)
    expect(visit((session) => session.get('a')).setCookie).toBeNull()
  })

  test('may be given a lifetime where it is set; the earliest deadline holds', () => {
    const { visit, pass } = start({ ...exact, fields: { code: { absolute: '5m' } } })
    visit((session) => session.set('code', 1, { absolute: '1m' }).set('x', 1, { absolute: '2m' }))
    const ends = visit((session) => session.explain().fields).result
    expect(ends).toEqual([
      { key: 'code', endsAt: NOW + 60 },
      { key: 'x', endsAt: NOW + 120 },
    ])
    pass(61)
    expect(visit((session) => [...session.keys()]).result).toEqual(['x'])
    visit((session) => session.set('code', 1, { absolute: '1h' }))
    pass(301)
    expect(visit((session) => session.get('code')).result).toBeUndefined()
  })

  test('loses a lifetime of its own when it is set plainly, and with its value', () => {
    const { visit, pass } = start(exact)
    const own = { absolute: '1m' } as const
    visit((session) => session.set('a', 1, own).set('b', 1, own).set('c', 1, own).set('d', 1, own))
    visit((session) => {
      session.set('a', 2).update({ b: 2 })
      session.pop('c')
      session.delete('d')
      session.set('c', 2).update('d', () => 2)
      expect(session.explain().fields).toEqual([])
    })
    pass(61)
    expect(visit((session) => session.toJSON()).result).toEqual({ a: 2, b: 2, c: 2, d: 2 })
  })

  test('starts anew when it is set, and by nothing else', () => {
    const { visit, pass } = start({ ...exact, fields: { cart: { absolute: '1h' } } })
    const endsAt = () => visit((session) => session.explain().fields[0]?.endsAt).result
    visit((session) => session.set('cart', ['book']))
    pass(100)
    visit((session) => session.setDefault('cart', []))
    visit((session) => (session.get('cart') as string[]).push('pen'))
    visit((session) => session.authenticate('alice', { factor: 'password' }))
    expect(endsAt()).toBe(NOW + HOUR)
    visit((session) => session.update('cart', (cart) => [...(cart as string[]), 'ink']))
    expect(endsAt()).toBe(NOW + HOUR)
    expect(visit((session) => session.get('cart')).result).toEqual(['book', 'pen', 'ink'])
    visit((session) => session.set('cart', []))
    expect(endsAt()).toBe(NOW + 100 + HOUR)
  })

  test('keeps a lifetime of its own when a value is made from the one before', () => {
    const { visit, pass } = start(exact)
    visit((session) => session.set('tries', 1, { absolute: '1m' }).set('a', 1))
    pass(50)
    visit((session) => session.update('tries', (tries) => Number(tries) + 1))
    expect(visit((session) => session.get('tries')).result).toBe(2)
    pass(11)
    expect(visit((session) => session.has('tries')).result).toBe(false)
    visit((session) => session.update('tries', (tries = 0) => tries))
    expect(visit((session) => session.explain().fields).result).toEqual([])
  })

  test('counts from when it was set where the session has no absolute limit', () => {
    const { visit, pass } = start({ ...exact, lifetime: { idle: '4h' } })
    visit((session) =>
      Object.assign(session.set('code', 1, { absolute: '1h' }).set('a', 1), { permanent: true }),
    )
    for (let n = 0; n < 4; n++) {
      pass(HOUR / 3)
      visit((session) => session.get('a'))
    }
    expect(visit((session) => session.get('code')).result).toBeUndefined()
  })

  test.each(['__proto__', 'constructor', ' t', ' d', '_permanent ', 'ключ', '💥', 'a b,c%20'])(
    'may be called %j',
    (key) => {
      const { visit, pass } = start(exact)
      visit((session) => session.set(key, { a: 1 }, { absolute: '1m' }).set('a', 1))
      pass(60)
      expect(visit((session) => session.get(key)).result).toEqual({ a: 1 })
      pass(1)
      expect(visit((session) => [session.get(key), session.ended?.fields]).result).toEqual([
        undefined,
        [key],
      ])
    },
  )

  test('may have no name', () => {
    const { visit } = start(exact)
    visit((session) => session.set('', 1, { absolute: '1m' }))
    expect(visit((session) => session.get('')).result).toBe(1)
  })

  test('leaves the cookie also where it was the last', () => {
    const { visit, pass } = start({ ...exact, fields: { code: { absolute: '5m' } } })
    visit((session) => session.set('code', 1))
    pass(301)
    expect(visit((session) => session.get('code')).setCookie).toContain('Max-Age=0')
  })
})

describe.each(FORMATS)('a field that is kept, %s', (_, format) => {
  const options = { format, fields: { cart: KEPT, code: { absolute: '1d' } } } as const
  const fill = (session: Session) =>
    session
      .set('cart', { n: [1.5] })
      .set('code', 1)
      .set('a', 1)
      .authenticate('alice', { factor: 'password' })
      .limit({ absolute: '1h' })

  test.each([
    ['a logout', 0, (session: Session) => session.destroy()],
    ['the idle end', 1860, (session: Session) => session.size],
    ['another subject', 0, (session: Session) => session.authenticate('bob', { factor: 'otp' })],
  ])('outlives %s, alone and with its own clock', (_, seconds, end) => {
    const { visit, pass } = start(options)
    visit(fill)
    pass(seconds)
    visit(end)
    const { result } = visit((session) => [session.toJSON(), session.provenAt('password')])
    expect(result).toEqual([{ cart: { n: [1.5] } }, null])
    expect(visit((session) => session.explain().fields).result).toEqual([
      { key: 'cart', endsAt: NOW + 24 * HOUR },
    ])
    expect(visit((session) => session.explain().clocks.length).result).toBe(2)
  })

  test('does not outlive its own end', () => {
    const { visit, pass } = start({ ...options, lifetime: { idle: '12h', absolute: '12h' } })
    visit(fill)
    pass(HOUR + 1)
    expect(visit((session) => session.get('cart')).result).toEqual({ n: [1.5] })
    pass(12 * HOUR)
    visit((session) => session.destroy())
    pass(11 * HOUR)
    expect(visit((session) => session.get('cart')).result).toBeUndefined()
  })

  test('is not taken from a cookie of the future or of somebody else', () => {
    const { visit, pass, redeploy } = start(options)
    visit(fill)
    pass(-10)
    expect(visit((session) => [session.size, session.ended?.reason]).result).toEqual([0, 'future'])
    redeploy({ secretKey: 'another key than before' })
    expect(visit((session) => session.size).result).toBe(0)
  })

  test('takes along what was changed inside before the logout', () => {
    const { visit } = start(options)
    visit(fill)
    visit((session) => {
      ;(session.get('cart') as { n: number[] }).n.push(2)
      session.destroy()
    })
    expect(visit((session) => session.get('cart')).result).toEqual({ n: [1.5, 2] })
  })
})

test('what is kept for ever has a date in the cookie all the same', () => {
  const { visit } = start({
    format: FORMATS[2][1],
    lifetime: {},
    fields: { language: { keepAfterLogout: true } },
  })
  const { setCookie } = visit((session) =>
    Object.assign(session.set('language', 'de'), { permanent: true }),
  )
  expect(setCookie).toMatch(/Expires=\w{3}, \d\d Dec 2024/)
})
