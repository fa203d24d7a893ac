// The sessions of one subject: listed, limited, ended.
import { describe, expect, test } from 'vitest'
import { createSessions, type SessionOptions } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { BY, KEY, NOW } from './start.ts'
import { startStored } from './start-stored.ts'

function office(options: Partial<SessionOptions> = {}) {
  const life = startStored(options)
  const login = async (subject = 'ann', device = 'laptop') => {
    const browser = life.browser()
    const { settlement } = await browser.visit((session) =>
      session.authenticate(subject, BY).set('device', device),
    )
    return { browser, settlement }
  }
  const isIn = async ({ browser }: Awaited<ReturnType<typeof login>>) =>
    (await browser.visit((session) => session.subject)).result !== null
  return { ...life, login, isIn }
}

describe('the sessions of a subject', () => {
  test('are listed with what a user wants to know, this one marked', async () => {
    const { login, sessions, pass } = office()
    await login('ann', 'laptop')
    pass(120)
    const phone = await login('ann', 'phone')
    await login('bob')
    const { session } = await phone.browser.begin()
    const list = await sessions().of('ann').list(session)
    const told = list.map(({ startedAt, seenAt, endsAt, current, get }) => [
      startedAt - NOW,
      seenAt - NOW,
      (endsAt ?? 0) - NOW,
      current,
      get('device'),
    ])
    expect(told).toEqual([
      [0, 0, 1859, false, 'laptop'],
      [120, 120, 1979, true, 'phone'],
    ])
  })

  test('are ended one by one, and only those that are theirs', async () => {
    const { login, sessions, isIn } = office()
    const [laptop, bob] = [await login(), await login('bob')]
    const [listed] = await sessions().of('ann').list()
    expect(
      await sessions()
        .of('bob')
        .end(listed?.id ?? ''),
    ).toBe(false)
    expect(await isIn(laptop)).toBe(true)
    expect(
      await sessions()
        .of('ann')
        .end(listed?.id ?? ''),
    ).toBe(true)
    expect(
      await sessions()
        .of('ann')
        .end(listed?.id ?? ''),
    ).toBe(false)
    expect(await sessions().of('ann').end('no such id')).toBe(false)
    const { result } = await laptop.browser.visit((session) => session.ended)
    expect(result).toMatchObject({ reason: 'revoked', subject: 'ann' })
    expect(await isIn(bob)).toBe(true)
  })

  test('are ended all, or all but one', async () => {
    const { login, sessions, isIn, events } = office()
    const all = [await login(), await login(), await login()]
    const { session, finish } = (await all[1]?.browser.begin()) ?? {}
    if (!session || !finish) throw new Error('nobody')
    session.set('password', 'changed')
    session.renewId()
    expect(await sessions().of('ann').endOthers(session)).toBe(2)
    await finish()
    expect(await Promise.all(all.map(isIn))).toEqual([false, true, false])
    expect(await sessions().of('ann').endAll()).toBe(1)
    expect(await Promise.all(all.map(isIn))).toEqual([false, false, false])
    const revoked = events.filter(([, { reason }]) => reason === 'revoked')
    expect(revoked).toHaveLength(3)
    expect(await sessions().of('nobody').endAll()).toBe(0)
  })

  test('are ended also where their id was renewed since they were listed', async () => {
    const { login, sessions, isIn } = office()
    const laptop = await login()
    const [listed] = await sessions().of('ann').list()
    await laptop.browser.visit((session) => session.renewId())
    expect(await sessions().of('ann').end(`${listed?.id}`)).toBe(true)
    expect(await isIn(laptop)).toBe(false)
  })

  test('are ended but for the one that asks, also where its id was renewed meanwhile', async () => {
    const { login, sessions, isIn } = office()
    const [laptop, phone] = [await login(), await login('ann', 'phone')]
    const slow = await laptop.browser.begin()
    await laptop.browser.visit((session) => session.renewId())
    const list = await sessions().of('ann').list(slow.session)
    expect(list.map(({ current }) => current).sort()).toEqual([false, true])
    expect(await sessions().of('ann').endOthers(slow.session)).toBe(1)
    expect([await isIn(laptop), await isIn(phone)]).toEqual([true, false])
  })

  test.each(['', 'a\0b', '\ud800', '}x', `00${'a'.repeat(44)}`, 'x'.repeat(1e6), null, 7, ['00']])(
    'are not asked for by what is no id of theirs: %#',
    async (id) => {
      const { login, sessions, calls } = office()
      await login()
      calls.length = 0
      expect(
        await sessions()
          .of('ann')
          .end(id as string),
      ).toBe(false)
      expect(calls).toEqual([])
    },
  )

  test('are ended by the ids of a store that has its own', async () => {
    let made = 0
    const ids = {
      longest: 20,
      create: () => `own-${++made}`,
      fits: (id: string) => /^own-\d+$/.test(id),
      storedId: (id: string) => id,
    }
    const { login, sessions, isIn, calls } = office({ store: { ...modelStore(), ids } })
    const laptop = await login()
    const [listed] = await sessions().of('ann').list()
    expect(listed?.id).toMatch(/^own-/)
    calls.length = 0
    expect(await sessions().of('ann').end('own-x')).toBe(false)
    expect(calls).toEqual([])
    expect(await sessions().of('ann').end(`${listed?.id}`)).toBe(true)
    expect(await isIn(laptop)).toBe(false)
  })

  test('show no value whose time is over', async () => {
    const { browser, sessions, pass } = startStored({ fields: { otp: { absolute: '5m' } } })
    await browser().visit((session) => session.authenticate('ann', BY).set('otp', '123'))
    pass(600)
    const [listed] = await sessions().of('ann').list()
    expect(listed?.get('otp')).toBeUndefined()
  })

  test.each(['', 'a\0b', '\ud800', 'b\udc00c'])(
    'have names that every store gives back: %j',
    async (name) => {
      const { browser, sessions } = startStored()
      const refusal = expect.objectContaining({ code: 'bad-option' })
      expect(() => sessions().of(name)).toThrow(refusal)
      await browser().visit((session) => {
        expect(() => session.authenticate(name, BY)).toThrow(refusal)
        expect(() => session.authenticate('ann', { factor: name })).toThrow(refusal)
      })
    },
  )

  test('end under way: what they then write is refused', async () => {
    const { login, sessions } = office()
    const { browser } = await login()
    const { session, finish } = await browser.begin()
    await sessions().of('ann').endAll()
    session.set('mail', 'new@example.com')
    const settlement = await finish()
    expect(settlement).toMatchObject({ ended: 'revoked' })
    expect(settlement.setCookie).toContain('Max-Age=0')
  })
})

describe('a limit of sessions', () => {
  test('ends those that began first, who are told why', async () => {
    const { login, isIn, pass, events } = office({ maxSessions: 2 })
    const first = await login()
    pass(1)
    const second = await login()
    pass(1)
    const third = await login()
    expect(await Promise.all([first, second, third].map(isIn))).toEqual([false, true, true])
    const { result } = await first.browser.visit((session) => session.ended?.reason)
    expect(result).toBe('replaced')
    expect(events.filter(([, { reason }]) => reason === 'replaced')).toHaveLength(1)
  })

  test('refuses a login, which is answered by a problem and changes nothing', async () => {
    const { login, isIn } = office({ maxSessions: 1, maxSessionsAction: 'refuse' })
    const first = await login()
    const second = await login()
    expect(second.settlement).toMatchObject({
      setCookie: null,
      problem: { status: 409, type: 'urn:sojourn:problem:too-many-sessions' },
    })
    expect(await Promise.all([first, second].map(isIn))).toEqual([true, false])
  })

  test('does not count the session that logs in again', async () => {
    const { login, isIn } = office({ maxSessions: 1, maxSessionsAction: 'refuse' })
    const { browser, settlement } = await login()
    await browser.visit((session) => session.authenticate('ann', { factor: 'otp' }))
    expect(await isIn({ browser, settlement })).toBe(true)
  })

  test('goes by the session, and is the strictest where the function fails', async () => {
    const maxSessions = ({ subject }: { subject: string | null }) => {
      if (subject === 'eve') throw new Error('no idea')
      return subject === 'ann' ? 1 : 3
    }
    const { login, isIn, pass } = office({ maxSessions })
    const logins = []
    for (const subject of ['ann', 'ann', 'bob', 'bob', 'eve', 'eve']) {
      logins.push(await login(subject))
      pass(1)
    }
    expect(await Promise.all(logins.map(isIn))).toEqual([false, true, true, true, false, true])
  })
})

describe('without a store for sessions', () => {
  test('all of a subject are over that began before an instant', async () => {
    let now = NOW
    const pass = (seconds: number) => {
      now += seconds
    }
    const notBefore = { store: modelStore(), staleness: '10s' } as const
    const machine = () => createSessions({ secretKey: KEY, clock: () => now, notBefore })
    const [here, there] = [machine(), machine()]
    const cookieOf = async (sessions: typeof here, subject: string) => {
      const session = sessions.open({})
      session.authenticate(subject, BY)
      return (await sessions.commit(sessions.settle(session))).setCookie?.split(';')[0] ?? ''
    }
    const endOf = async (sessions: typeof here, cookie: string) => {
      const session = sessions.open({ cookie })
      await sessions.load(session)
      return session.ended?.reason ?? null
    }
    const [ann, bob] = [await cookieOf(here, 'ann'), await cookieOf(here, 'bob')]
    expect(await endOf(there, ann)).toBeNull()
    pass(5)
    expect(await here.of('ann').endAll()).toBeNull()
    expect(await endOf(here, ann)).toBe('revoked')
    expect(await endOf(here, bob)).toBeNull()
    expect(await endOf(there, ann)).toBeNull()
    pass(5)
    expect(await endOf(there, ann)).toBe('revoked')
    const later = await cookieOf(here, 'ann')
    expect(await endOf(there, later)).toBeNull()
    const session = here.open({ cookie: later })
    await here.load(session)
    pass(1)
    await here.of('ann').endOthers(session)
    expect([await endOf(here, later), await endOf(here, ann)]).toEqual([null, 'revoked'])
    await expect(here.of('ann').list()).rejects.toMatchObject({ code: 'no-store' })
    expect(() => here.open({ cookie: ann }).subject).toThrowError(
      expect.objectContaining({ code: 'not-loaded' }),
    )
  })
})
