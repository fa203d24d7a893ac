import { describe, expect, test, vi } from 'vitest'
import { FORMATS, start } from './start.ts'

describe('a session has a life', () => {
  const lifetime = { idle: '10m', absolute: '1h' } as const

  test('reading slides it, throttled; silence ends it, and the next request knows why', () => {
    const { visit, pass } = start({ lifetime })
    visit((session) => session.set('a', 1))
    pass(59)
    expect(visit((session) => session.get('a')).setCookie).toBeNull()
    pass(1)
    expect(visit((session) => session.get('a')).setCookie).not.toBeNull()
    pass(660)
    const { result, settlement } = visit((session) => [session.get('a'), session.ended?.reason])
    expect(result).toEqual([undefined, 'idle'])
    expect(settlement).toMatchObject({ setCookie: null, vary: true, noStore: true })
  })

  test('the absolute clock does not move, whatever happens', () => {
    const { visit, pass } = start({ lifetime })
    visit((session) => session.set('n', 0))
    for (let minutes = 5; minutes <= 60; minutes += 5) {
      pass(300)
      expect(visit((session) => session.update('n', () => minutes)).session.isNew).toBe(false)
    }
    pass(1)
    const { result } = visit((session) => session.ended)
    expect(result).toMatchObject({ reason: 'absolute', at: 1_700_003_600, ago: 1, subject: null })
  })

  test('refreshEachRequest makes idle exact, and slides what was not looked at', () => {
    const { visit, pass } = start({ lifetime, refreshEachRequest: true })
    visit((session) => session.set('a', 1))
    pass(600)
    expect(visit(() => null).setCookie).not.toBeNull()
    pass(601)
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })

  test('a request that never looks costs nothing and changes nothing', () => {
    const { visit, pass, sessions } = start({ lifetime })
    visit((session) => session.set('a', 1))
    pass(300)
    const rejected = vi.fn()
    sessions().on('rejected', rejected)
    expect(visit(() => null).settlement).toMatchObject({
      setCookie: null,
      vary: false,
      noStore: false,
    })
  })

  test('endsAt and explain say until when', () => {
    const { visit } = start({ lifetime })
    const { session } = visit((fresh) => fresh.set('a', 1))
    expect(session.endsAt).toBe(1_700_000_000 + 600 + 59)
    expect(session.explain()).toMatchObject({ because: 'idle', live: true })
  })

  test('permanent gives the cookie its deadline', () => {
    const { visit } = start({ lifetime })
    const { setCookie } = visit((session) => {
      session.set('a', 1)
      session.permanent = true
    })
    expect(setCookie).toContain('Expires=Tue, 14 Nov 2023 22:24:19 GMT')
    expect(visit((session) => session.permanent).result).toBe(true)
    expect(
      start({ lifetime: { ...lifetime, permanent: true } })
        .sessions()
        .open({}).permanent,
    ).toBe(true)
  })

  test('destroy removes the cookie; what is set afterwards begins a new session', () => {
    const { visit } = start()
    visit((session) => session.set('a', 1))
    const { setCookie } = visit((session) => session.destroy())
    expect(setCookie).toContain('Max-Age=0')
    visit((session) => session.set('a', 1))
    const { session } = visit((old) => {
      const { id } = old
      old.destroy()
      old.set('b', 2)
      expect(old.id).not.toBe(id)
    })
    expect([...session.keys()]).toEqual(['b'])
    expect(session.isNew).toBe(true)
  })

  test('destroying is told also where a new session begins at once', () => {
    const { visit, sessions } = start()
    visit((session) => session.set('a', 1))
    const told: string[] = []
    sessions().on('ended', ({ reason }) => told.push(reason))
    sessions().on('created', () => told.push('created'))
    visit((session) => {
      session.destroy()
      session.set('b', 2)
    })
    expect(told).toEqual(['logout', 'created'])
  })

  test.each(FORMATS)('lifetime.permanent is the default of a new session, %s', (_, format) => {
    const { visit } = start({ lifetime: { idle: '10m', permanent: true }, format })
    expect(visit((session) => session.set('a', 1)).setCookie).toContain('Expires=')
    expect(visit((session) => session.permanent).result).toBe(true)
    visit((session) => {
      session.permanent = false
    })
    expect(visit((session) => session.permanent).result).toBe(false)
  })

  test('renewId gives another id and keeps data and clock', () => {
    const { visit, pass } = start({ lifetime })
    const { session } = visit((fresh) => fresh.set('a', 1))
    pass(100)
    visit((renewed) => renewed.renewId())
    const { session: next } = visit((renewed) => renewed.get('a'))
    expect(next.id).not.toBe(session.id)
    expect(next.explain().clocks[1]).toMatchObject({ clock: 'absolute', startedAt: 1_700_000_000 })
  })

  test('a change once the headers left is an error, not a silent loss', () => {
    const { visit } = start()
    const { session } = visit((fresh) => fresh.set('a', 1))
    expect(() => session.set('a', 2)).toThrow(expect.objectContaining({ code: 'already-settled' }))
  })

  test('a session is settled once', () => {
    const { visit, sessions } = start()
    const { session } = visit((fresh) => fresh.set('a', 1))
    expect(sessions().settle(session).setCookie).toBeNull()
  })
})
