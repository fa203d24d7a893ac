import { describe, expect, test } from 'vitest'
import type { Session, SessionOptions } from '../../src/index.ts'
import { BACKGROUND, FORMATS, HOUR, KEY, NOW, start } from './start.ts'

const LIFETIME = { idle: '15m', absolute: '8h' } as const
const GRANTS = { permanent: { idle: '7d', absolute: '30d' } } as const
const fill = (session: Session) =>
  session.set('a', [1]).set('b', 2).authenticate('alice', { factor: 'password' })
const look = (session: Session) => [session.locked, session.get('a')]

/** Alice's session, left alone for so long that it is locked. */
function locked(options: Partial<SessionOptions> = {}, seconds = 1000) {
  const life = start({ lifetime: LIFETIME, idleAction: 'lock', ...options })
  life.visit(fill)
  life.pass(seconds)
  return life
}

describe.each(FORMATS)('a locked session, %s', (name, format) => {
  test('is locked after the second of its idle limit, and over after that of its absolute one', () => {
    const { visit, pass } = locked({ format, refreshEachRequest: true }, 900)
    expect(visit(look, BACKGROUND).result).toEqual([false, [1]])
    pass(1)
    expect(visit(look, BACKGROUND).result).toEqual([true, undefined])
    pass(8 * 3600 - 901)
    expect(visit(look).result).toEqual([true, undefined])
    pass(1)
    const over = visit((session) => [session.locked, session.isNew, session.ended?.reason]).result
    expect(over).toEqual([false, true, 'absolute'])
  })

  test('hands out no data, and says whose it is', () => {
    const { visit } = locked({ format })
    visit((session) => {
      expect(session.get('a', 'default')).toBe('default')
      expect([session.size, session.has('a'), [...session]]).toEqual([0, false, []])
      expect(JSON.stringify(session)).toBe('{}')
      expect([session.subject, session.isNew, session.ended]).toEqual(['alice', false, null])
      expect(session.isFresh({ within: '1d' })).toBe(false)
    })
    expect(
      visit((session) => [session.unlock({ factor: 'otp' }), session.get('a')]).result,
    ).toEqual([true, [1]])
  })

  test.each([
    ['set', (session: Session) => session.set('a', 3)],
    ['update', (session: Session) => session.update('a', () => 3)],
    ['update of several', (session: Session) => session.update({ a: 3 })],
    ['setDefault', (session: Session) => session.setDefault('c', 3)],
    ['setDefault of what is there', (session: Session) => session.setDefault('a', 3)],
    ['delete', (session: Session) => session.delete('a')],
    ['delete of what is not there', (session: Session) => session.delete('c')],
    ['pop', (session: Session) => session.pop('a')],
    ['limit', (session: Session) => session.limit({ absolute: '1h' })],
    ['renewId', (session: Session) => session.renewId()],
    ['permanent', (session: Session) => Object.assign(session, { permanent: true })],
    ['permanent taken back', (session: Session) => Object.assign(session, { permanent: false })],
  ])('refuses %s', (_, write) => {
    const { visit } = locked({ format, grants: GRANTS })
    const refused = expect.objectContaining({ code: 'locked' })
    const { setCookie } = visit((session) => {
      const before = [session.id, session.endsAt, session.permanent]
      expect(() => write(session)).toThrow(refused)
      expect([session.id, session.endsAt, session.permanent]).toEqual(before)
    })
    expect(setCookie).toBeNull()
    expect(visit(look).result).toEqual([true, undefined])
    expect(visit((session) => session.unlock({ factor: 'otp' }) && look(session)).result).toEqual([
      false,
      [1],
    ])
  })

  test.each([
    ['looking', (session: Session): unknown => look(session)],
    ['saving it', (session: Session) => Object.assign(session, { modified: true })],
    ['asking for nothing', () => {}],
  ])('stays locked after %s', (_, act) => {
    const fields = { b: { absolute: '5m' } } as const
    const { visit } = locked({ format, fields, refreshEachRequest: true })
    expect(visit(act).setCookie).toBeNull()
    expect(visit(act, BACKGROUND).setCookie).toBeNull()
    expect(visit(look).result).toEqual([true, undefined])
  })

  test('is not written for another key, and lives on once it is unlocked', () => {
    const { visit, redeploy } = locked({ format, refreshEachRequest: true })
    const secretKey = 'the next key of the tests'
    redeploy({ secretKey, secretKeyFallbacks: [KEY] })
    expect(visit(look).setCookie).toBeNull()
    visit((session) => session.unlock({ factor: 'otp' }))
    redeploy({ secretKey })
    expect(visit(look).result).toEqual([false, [1]])
  })

  if (name !== 'flask') {
    test.each([
      ['a change', (session: Session): unknown => Object.assign(session, { modified: true })],
      ['a field that ended', look],
    ])('is not opened by a longer policy and %s', (_, act) => {
      const { visit, redeploy } = locked({ format, fields: { b: { absolute: '5m' } } })
      redeploy({ lifetime: { idle: '1h', absolute: '8h' } })
      visit(act)
      expect(visit(look).result).toEqual([true, undefined])
    })

    test('is not opened by a role that ended', () => {
      const lifetime = (session: { get(key: string): unknown }) =>
        session.get('b') === 2 ? LIFETIME : ({ idle: '7d', absolute: '30d' } as const)
      const { visit } = locked({ format, lifetime, fields: { b: { absolute: '5m' } } })
      visit(look)
      expect(visit(look).result).toEqual([true, undefined])
    })
  }

  test('is explained as locked, until its absolute end', () => {
    const { visit, sessions } = locked({ format })
    const { result } = visit((session) => [session.explain(), sessions().status(session)] as const)
    const expected = { locked: true, endsAt: NOW + 8 * 3600, because: 'absolute' }
    expect(result[0]).toMatchObject({ ...expected, live: true })
    const status = { state: 'locked', action: 'end', endsAt: NOW + 8 * 3600, because: 'absolute' }
    expect(result[1]).toMatchObject(status)
  })

  test('is explained as locked also where it is to be saved', () => {
    const { result } = locked({ format }).visit((session) => {
      session.modified = true
      return [session.locked, session.explain().locked, session.endsAt]
    })
    expect(result).toEqual([true, true, NOW + 8 * HOUR])
  })

  test('is unlocked by one factor, in another id and on its old absolute clock', () => {
    const { visit, pass } = locked({ format })
    const before = visit((session) => session.id).result
    const after = visit((session) => {
      expect(session.unlock({ factor: 'otp' })).toBe(true)
      expect(look(session)).toEqual([false, [1]])
      return session.id
    }).result
    expect(after === before).toBe(name !== 'sealed')
    expect(visit((session) => session.provenAt('otp')).result).toBe(NOW + 1000)
    const fresh = visit((session) => [
      session.isFresh({ within: '5m', factor: 'otp' }),
      session.isFresh({ within: '5m' }),
      session.provenAt(),
    ])
    expect(fresh.result).toEqual([true, false, NOW])
    pass(900)
    expect(visit(look, BACKGROUND).result).toEqual([false, [1]])
    pass(8 * 3600 - 1900)
    visit((session) => session.unlock({ factor: 'otp' }))
    pass(1)
    expect(visit((session) => session.ended?.reason).result).toBe('absolute')
  })

  test('is not unlocked in the background, nor without a factor, nor once it is over', () => {
    const { visit, pass } = locked({ format })
    visit((session) => session.unlock({ factor: 'otp' }), BACKGROUND)
    visit((session) => expect(() => session.unlock({ factor: '' })).toThrow())
    expect(visit(look).result).toEqual([true, undefined])
    pass(8 * 3600)
    expect(visit((session) => session.unlock({ factor: 'otp' })).result).toBe(false)
    expect(visit((session) => session.destroy()).result).toBeUndefined()
    expect(visit((session) => session.unlock({ factor: 'otp' })).result).toBe(false)
  })

  test('goes on for its subject who authenticates, and for nobody else', () => {
    const same = locked({ format })
    same.visit((session) => session.authenticate('alice', { factor: 'password' }))
    expect(same.visit(look).result).toEqual([false, [1]])
    same.pass(8 * 3600 - 500)
    expect(same.visit((session) => session.locked).result).toBe(true)
    const other = locked({ format })
    other.visit((session) => session.authenticate('bob', { factor: 'password' }))
    const { result } = other.visit((session) => [session.subject, session.size])
    expect(result).toEqual(['bob', 0])
    const nobody = start({ format, lifetime: LIFETIME, idleAction: 'lock' })
    nobody.visit((session) => session.set('a', 1))
    nobody.pass(1000)
    nobody.visit((session) => session.authenticate('bob', { factor: 'password' }))
    expect(nobody.visit((session) => session.size).result).toBe(0)
  })

  test('is ended by destroying it, in the background too, and by clearing it', () => {
    for (const request of [{}, BACKGROUND]) {
      const ended = locked({ format }).visit((session) => session.destroy(), request)
      expect(ended.setCookie).toContain('Max-Age=0')
      const cleared = locked({ format }).visit((session) => session.clear(), request)
      expect(cleared.setCookie).toContain('Max-Age=0')
    }
  })

  if (name !== 'flask') {
    test('is none that had ended before idling came to lock', () => {
      const { visit, redeploy } = locked({ format, idleAction: 'end' })
      redeploy({ idleAction: 'lock' })
      expect(visit((session) => session.locked).result).toBe(false)
    })

    test('is over where idling comes to end, and as it was where that is taken back', () => {
      const { visit, redeploy } = locked({ format })
      redeploy({ idleAction: 'end' })
      expect(visit((session) => session.ended?.reason).result).toBe('idle')
      redeploy({ idleAction: 'lock' })
      expect(visit(look).result).toEqual([true, undefined])
    })
  }
})
