import { describe, expect, test, vi } from 'vitest'
import type { Session, SessionEvents, SessionOptions } from '../../src/index.ts'
import { BACKGROUND, BY, FORMATS, NOW, start } from './start.ts'

const NAMES = [
  'created',
  'ended',
  'renewed',
  'authenticated',
  'locked',
  'unlocked',
  'rejected',
] as const

/** A life, and a log of what is told of it. */
function startTold(options: Partial<SessionOptions> = {}) {
  const life = start(options)
  const events: [name: string, event: SessionEvents[(typeof NAMES)[number]]][] = []
  for (const name of NAMES) life.sessions().on(name, (event) => events.push([name, event]))
  let heard = 0
  return {
    ...life,
    events,
    /** The names of the events since it was last asked. */
    told() {
      const names = events.slice(heard).map(([name]) => name)
      heard = events.length
      return names
    },
  }
}

const LIFE = { lifetime: { idle: '15m', absolute: '8h' }, idleAction: 'lock' } as const
const LARGE = Array.from({ length: 3000 }, (_, n) => (n * 7919) % 9973).join()
const login = (session: Session) =>
  session.set('a', 'private').set('code', 1, { absolute: '5m' }).authenticate('alice', BY)

describe.each(FORMATS)('events, %s', (name, format) => {
  const hasId = name === 'sealed'
  const renewed = hasId ? ['renewed'] : []

  test('tell a life in the order in which it goes', () => {
    const { visit, pass, told } = startTold({ format, ...LIFE })
    visit((session) => session.set('a', 1))
    expect(told()).toEqual(['created'])
    visit((session) => session.authenticate('alice', BY))
    expect(told()).toEqual(['authenticated', ...renewed])
    visit((session) => session.set('code', 1, { absolute: '5m' }))
    expect(told()).toEqual([])
    pass(1000)
    visit((session) => session.size)
    expect(told()).toEqual(['locked', 'ended'])
    visit((session) => session.unlock({ factor: 'otp' }))
    expect(told()).toEqual(['locked', 'ended', 'unlocked', ...renewed])
    visit((session) => session.renewId())
    expect(told()).toEqual(renewed)
    visit((session) => session.destroy())
    expect(told()).toEqual(['ended'])
  })

  test('tell an end with its reason, second and subject', () => {
    const { visit, pass, events } = startTold({
      format,
      lifetime: LIFE.lifetime,
      refreshEachRequest: true,
    })
    visit(login)
    pass(301)
    visit((session) => session.size)
    const about = { subject: 'alice', field: null }
    const field = { ...about, reason: 'field', at: NOW + 300, field: 'code', now: NOW + 301 }
    expect(events.at(-1)).toMatchObject(['ended', field])
    visit((session) => session.destroy())
    expect(events.at(-1)).toMatchObject(['ended', { ...about, reason: 'logout', at: NOW + 301 }])
    visit(login)
    pass(1000)
    visit((session) => session.size)
    expect(events.at(-1)).toMatchObject(['ended', { ...about, reason: 'idle', at: NOW + 1201 }])
  })

  test('never hold the id, the data or the cookie', () => {
    const { visit, pass, events, held } = startTold({ format, ...LIFE })
    const secrets: unknown[] = ['private', 'rubbish']
    const act = (handler: (session: Session) => unknown) => {
      visit(handler)
      secrets.push(held()?.replace(/.*?=/, ''), visit((session) => session.id).result)
    }
    act(login)
    const cookie = held()
    pass(1000)
    act((session) => session.unlock({ factor: 'otp' }))
    act((session) => session.renewId())
    act((session) => session.authenticate('bob', BY))
    visit((session) => session.destroy())
    visit((session) => session.size, { cookie: `${cookie}x` })
    visit((session) => session.size, { cookie: cookie?.replace(/=.*/, '=rubbish') })
    const text = JSON.stringify(events)
    for (const secret of secrets) if (secret) expect(text).not.toContain(secret)
    expect(events.at(-1)).toMatchObject(['rejected', { session: null, subject: null }])
  })

  test('know a session again by its hash, and follow it from id to id', () => {
    const { visit, events } = startTold({ format })
    visit((session) => session.set('a', 1))
    visit((session) => session.authenticate('alice', BY))
    visit((session) => session.renewId())
    visit((session) => session.destroy())
    const hashes = events.map(([, { session }]) => session)
    if (!hasId) return expect(new Set(hashes)).toEqual(new Set([null]))
    const [created, authenticated, first, second, ended] = events.map(([, event]) => event)
    expect(new Set(hashes).size).toBe(3)
    expect(first).toMatchObject({ session: authenticated?.session, before: created?.session })
    expect(second).toMatchObject({ session: ended?.session, before: first?.session })
  })

  test('are not told of what was not saved', () => {
    const { visit, pass, told } = startTold({ format, ...LIFE })
    visit((session) => login(session), BACKGROUND)
    visit((session) => Object.assign(login(session), { modified: false }))
    expect(() => visit((session) => login(session).set('a', LARGE))).toThrow()
    expect(() => visit((session) => login(session).set('a', () => {}))).toThrow()
    expect(told()).toEqual([])
    visit(login)
    told()
    visit((session) => session.authenticate('alice', BY), BACKGROUND)
    visit((session) => session.renewId(), BACKGROUND)
    expect(told()).toEqual([])
    pass(1000)
    visit((session) => session.unlock({ factor: 'otp' }), BACKGROUND)
    expect(new Set(told())).toEqual(new Set(['locked', 'ended']))
  })

  test('tell who takes the place of another, after the end of that one', () => {
    const { visit, events, told } = startTold({ format })
    visit(login)
    told()
    visit((session) => session.authenticate('bob', BY))
    const said = events.slice(-told().length).map(([event, { subject }]) => [event, subject])
    expect(said.at(0)).toEqual(['ended', 'alice'])
    expect(said).toContainEqual(['authenticated', 'bob'])
    expect(said).toContainEqual(['created', 'bob'])
  })

  test('tell that a session was created before what happened to it', () => {
    const { visit, told } = startTold({ format })
    visit(login)
    expect(told()).toEqual(['created', 'authenticated'])
  })

  test('tell no end of what never began', () => {
    const { visit, told } = startTold({ format })
    visit((session) => session.destroy())
    expect(told()).toEqual([])
  })

  test('tell an end of what was cleared, and of whom it was', () => {
    const { visit, events, told } = startTold({ format })
    visit(login)
    told()
    visit((session) => session.clear())
    expect(told()).toEqual(['ended'])
    expect(events.at(-1)).toMatchObject(['ended', { reason: 'logout', subject: 'alice' }])
  })

  test('tell nothing of who came and went in one request', () => {
    const { visit, told } = startTold({ format })
    visit((session) => {
      session.authenticate('alice', BY)
      session.destroy()
    })
    expect(told()).toEqual([])
  })

  test('tell of the one to whom it happened', () => {
    const { visit, events } = startTold({ format })
    visit((session) => session.set('a', 1))
    visit((session) => {
      session.authenticate('alice', BY)
      session.destroy()
      session.set('b', 1)
    })
    const authenticated = events.find(([event]) => event === 'authenticated')?.[1]
    expect(authenticated).toMatchObject({ subject: 'alice' })
  })

  test('harm no request by a listener that throws, and end when asked to', () => {
    const { visit, sessions, told } = startTold({ format })
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const end = sessions().on('created', () => {
      throw new TypeError('not for logs')
    })
    visit((session) => session.set('a', 1))
    expect(JSON.stringify(warn.mock.calls)).not.toContain('not for logs')
    expect(warn).toHaveBeenCalledOnce()
    end()
    visit((session) => session.destroy())
    visit((session) => session.set('a', 1))
    expect(warn).toHaveBeenCalledOnce()
    expect(told()).toEqual(['created', 'ended', 'created'])
    warn.mockRestore()
  })
})

test.each(FORMATS)('asking for the status is no look at the session, %s', (_, format) => {
  const { visit, pass, sessions } = startTold({ format })
  visit((session) => session.set('a', 1))
  pass(600)
  const { result, setCookie } = visit((session) => {
    sessions().status(session)
    return session.accessed
  })
  expect([result, setCookie]).toEqual([false, null])
})

test('events tell of beginnings, ends and refusals, and never carry a secret', () => {
  const { visit, events, pass, hold } = startTold({ lifetime: { idle: '10s' } })
  visit((session) => session.set('a', 1))
  pass(11)
  visit((session) => session.get('a'))
  hold('__Host-session=nonsense')
  visit((session) => session.get('a'))
  hold(undefined)
  visit((session) => session.set('a', 1))
  visit((session) => session.destroy())
  expect(events).toMatchObject([
    ['created', { now: 1_700_000_000 }],
    ['ended', { now: 1_700_000_011, reason: 'idle', at: 1_700_000_010 }],
    ['rejected', { now: 1_700_000_011, reason: 'malformed', detail: 'not-a-sealed-cookie' }],
    ['created', { now: 1_700_000_011 }],
    ['ended', { now: 1_700_000_011, reason: 'logout', at: 1_700_000_011 }],
  ])
})

test('an event that does not exist, and what is no listener, are refused', () => {
  const sessions = start().sessions()
  expect(() => sessions.on('end' as never, () => {})).toThrow('the events are created')
  expect(() => sessions.on('ended', 'x' as never)).toThrow('a function')
})

test('a listener that rejects ends no process', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const unhandled: unknown[] = []
  const listen = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', listen)
  const { visit, sessions } = start()
  sessions().on('created', async () => {
    throw new Error('the log is full')
  })
  visit((session) => session.set('a', 1))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', listen)
  expect([unhandled.length, warn.mock.calls.length]).toEqual([0, 1])
  warn.mockRestore()
})

test('the status of a session that begins in this request has its deadline', () => {
  const sessions = start().sessions()
  const session = sessions.open({}).authenticate('ann', { factor: 'password' })
  expect(sessions.status(session)).toMatchObject({ state: 'live', endsAt: NOW + 1859 })
  expect(sessions.status(sessions.open({}))).toMatchObject({ state: 'none', endsAt: null })
})
