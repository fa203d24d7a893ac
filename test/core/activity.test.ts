import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createSessions,
  type Session,
  type SessionOptions,
  type SessionRequest,
} from '../../src/index.ts'
import { BACKGROUND, FORMATS, KEY, start } from './start.ts'

const IDLE = 1800

const login = (session: Session) =>
  session.set('a', 1).authenticate('alice', { factor: 'password' })

/** What is not the user's activity begins no session. */
function judged(activity: SessionOptions['activity'], request: SessionRequest, failed?: unknown[]) {
  const sessions = createSessions({ secretKey: KEY, activity })
  sessions.on('failed', ({ error }) => failed?.push(error))
  const session = sessions.open(request)
  session.set('a', 1)
  return sessions.settle(session).setCookie === null ? 'background' : 'user'
}

const says = (name: string, value: string): SessionRequest => ({
  header: (asked) => (asked === name ? value : undefined),
})

describe('what counts as activity', () => {
  test.each([
    ['sojourn-activity', 'background', 'background'],
    ['sojourn-activity', ' \tBackGround ', 'background'],
    ['sojourn-activity', 'user', 'user'],
    ['sojourn-activity', '', 'user'],
    ['sojourn-activity', 'not background', 'user'],
    ['sec-purpose', 'prefetch;prerender', 'background'],
    ['sec-purpose', 'prefetch;anonymous-client-ip', 'background'],
    ['purpose', 'Prefetch', 'background'],
    ['x-moz', 'prefetch', 'background'],
    ['sec-purpose', 'prefetching', 'user'],
    ['sec-fetch-mode', 'prefetch', 'user'],
  ])('by default %s: %s is %s', (name, value, expected) => {
    expect(judged(undefined, says(name, value))).toBe(expected)
    expect(judged(['/elsewhere'], { url: '/', ...says(name, value) })).toBe(expected)
  })

  test.each([
    ['/poll', ['/poll', '/poll?since=1', 'https://host:8443/poll#top'], 'background'],
    ['/poll', ['/poll/', '/polling', '/POLL', '/a/poll', '/%70oll', '/x?/poll', ''], 'user'],
    ['/events/*', ['/events/', '/events/a/b?c'], 'background'],
    ['/events/*', ['/events', '/eventsx', '/a/events/b'], 'user'],
    ['/*/status', ['/a/status', '/a/b/status', '//status'], 'background'],
    ['/a*a', ['/a', '/ab'], 'user'],
    [/\/poll$/g, ['/poll', '/poll', '/a/poll?b'], 'background'],
    [/\/poll/y, ['/poll', '/poll', '/polling'], 'background'],
    [/\/poll/y, ['/a/poll'], 'user'],
  ] as const)('the route %s for %j is %s', (route, urls, expected) => {
    for (const url of urls) expect(judged(['/elsewhere', route], { url })).toBe(expected)
  })

  test('a route with stars fits whatever its pattern would', () => {
    const text = (unit: string[]) => fc.string({ unit: fc.constantFrom(...unit), maxLength: 8 })
    fc.assert(
      fc.property(text(['a', 'b', '*']), text(['a', 'b']), (route, path) => {
        const pattern = new RegExp(`^/${route.replaceAll('*', '[^]*')}$`)
        const expected = pattern.test(`/${path}`) ? 'background' : 'user'
        expect(judged([`/${route}`], { url: `/${path}` })).toBe(expected)
      }),
      { endOnFailure: true },
    )
  })

  test('a long path is refused in one pass over it', () => {
    const url = `/${'a'.repeat(100_000)}`
    expect(judged([`/${'a*'.repeat(50)}b`], { url })).toBe('user')
    expect(judged([`/${'a*'.repeat(50)}a`], { url })).toBe('background')
    expect(judged(['/poll'], { url: 'a'.repeat(100_000) })).toBe('user')
  })

  test('a function decides by method, path and headers, knowing what is usual', () => {
    const decide: SessionOptions['activity'] = ({ method, path, header }, usual) =>
      method === 'HEAD' && path === '/a' && header('x-own') === 'yes' ? 'background' : usual
    const url = 'http://host/a?b'
    expect(judged(decide, { method: 'HEAD', url, ...says('x-own', 'yes') })).toBe('background')
    expect(judged(decide, { method: 'GET', url, ...says('x-own', 'yes') })).toBe('user')
    expect(judged(decide, { url, ...says('purpose', 'prefetch') })).toBe('background')
  })

  test.each([() => undefined, () => 'idle', async () => 'background', () => JSON.parse('broken')])(
    'a function that fails leaves it at the default, and is told of: %s',
    (decide) => {
      const activity = decide as unknown as NonNullable<SessionOptions['activity']>
      const failed: unknown[] = []
      expect(judged(activity, {}, failed)).toBe('user')
      expect(failed).toHaveLength(1)
      expect(judged(activity, says('purpose', 'prefetch'))).toBe('background')
    },
  )

  test('the caller who knows is not argued with', () => {
    expect(judged(() => 'background', { activity: 'user' })).toBe('user')
    expect(judged(() => 'user', BACKGROUND)).toBe('background')
  })

  test('a function is asked once in a request', () => {
    let asked = 0
    const activity = () => {
      asked += 1
      return 'user' as const
    }
    start({ activity }).visit((session) => session.set('a', 1).explain().endsAt)
    expect(asked).toBe(1)
  })

  test('routes that are no list are refused when the sessions are made', () => {
    expect(() => start({ activity: '/poll' as unknown as string[] })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })
})

describe.each(FORMATS)('a request in the background, %s', (_, format) => {
  test('never moves idle, however often it comes, and whatever is in between', () => {
    const visits = fc.array(
      fc.record({ after: fc.integer({ min: 1, max: 2 * IDLE }), isUser: fc.boolean() }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(visits, (list) => {
        const { visit, pass } = start({
          format,
          lifetime: { idle: '30m' },
          refreshEachRequest: true,
        })
        visit((session) => Object.assign(session.set('a', 1), { permanent: true }))
        let idle = 0
        for (const { after, isUser } of list) {
          pass(after)
          idle += after
          const read = (session: Session) => session.get('a')
          expect(visit(read, isUser ? {} : BACKGROUND).result).toBe(idle <= IDLE ? 1 : undefined)
          if (isUser) idle = idle <= IDLE ? 0 : Number.POSITIVE_INFINITY
        }
      }),
      { endOnFailure: true, numRuns: 50 },
    )
  })

  test('saves the data of a live session under the old time', () => {
    const { visit, pass } = start({ format, lifetime: { idle: '30m', absolute: '8h' } })
    visit(login)
    pass(IDLE - 1)
    const { result } = visit((session) => session.set('b', 2).endsAt, BACKGROUND)
    const before = visit((session) => [session.get('b'), session.endsAt], BACKGROUND).result
    expect(before).toEqual([2, result])
    pass(100)
    expect(visit((session) => session.ended).result).toMatchObject({ reason: 'idle' })
  })

  test('saves nobody: neither who authenticates nor a new id, nor what was set besides', () => {
    const { visit } = start({ format })
    const { id } = visit(login).result
    visit((session) => session.set('b', 2).authenticate('alice', { factor: 'otp' }), BACKGROUND)
    visit((session) => session.unlock({ factor: 'otp' }), BACKGROUND)
    visit((session) => session.renewId(), BACKGROUND)
    const seen = visit((session) => [session.id, session.get('b'), session.provenAt('otp')]).result
    expect(seen).toEqual([id, undefined, null])
  })

  test('saves nobody in the place of another subject', () => {
    const { visit } = start({ format })
    visit(login)
    visit((session) => session.authenticate('mallory', { factor: 'password' }), BACKGROUND)
    expect(visit((session) => session.subject).result).not.toBe('mallory')
  })

  test('begins no session after a logout', () => {
    const { visit } = start({ format })
    visit(login)
    visit((session) => {
      session.destroy()
      session.set('b', 2)
    }, BACKGROUND)
    expect(visit((session) => session.isNew).result).toBe(true)
  })

  test('that only reads writes no cookie, also where sliding is due or the key is old', () => {
    const { visit, pass, redeploy } = start({ format })
    visit(login)
    pass(IDLE - 1)
    expect(visit((session) => session.get('a'), BACKGROUND).setCookie).toBeNull()
    const secretKeyFallbacks = [KEY]
    redeploy({ secretKey: 'the next key of the tests', secretKeyFallbacks })
    expect(visit((session) => session.get('a'), BACKGROUND)).toMatchObject({
      result: 1,
      setCookie: null,
    })
    visit((session) => session.set('b', 1), BACKGROUND)
    redeploy({ secretKey: 'the next key of the tests' })
    expect(visit((session) => session.get('b'), BACKGROUND).result).toBe(1)
    pass(100)
    expect(visit((session) => session.ended).result).toMatchObject({ reason: 'idle' })
  })
})
