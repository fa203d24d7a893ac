import { describe, expect, it } from 'vitest'
import { addSettlement, type SessionHandler, withSession } from '../../src/adapters/fetch.ts'
import type { Session } from '../../src/core/session.ts'
import { UNTOUCHED } from '../../src/core/settling.ts'
import { createSessions, type Settlement } from '../../src/index.ts'

const sessions = createSessions({
  secretKey: 'a key of the tests, long enough',
  clock: () => 1_700_000_000,
})

const ask = (
  handler: SessionHandler<Record<string, unknown>, []>,
  headers: Record<string, string> = {},
) => withSession(sessions, handler)(new Request('http://localhost/', { headers }))

/** A handler that writes the session and answers so. */
const writing = (answer: () => Response | Promise<Response>) => (_: Request, session: Session) => {
  session.set('user', 'Ada')
  return answer()
}

const cookiesOf = (response: Response) => response.headers.getSetCookie()
const ours = (response: Response) =>
  cookiesOf(response).filter((line) => line.startsWith('__Host-session='))
const pairOf = (response: Response) => ours(response)[0]?.split(';')[0] ?? ''

describe('the response', () => {
  it('is handed back as it is where nobody asked for the session', async () => {
    const made = new Response('ok')
    const response = await ask(() => made, { cookie: '__Host-session=anything' })
    expect(response).toBe(made)
    expect([...response.headers.keys()]).toEqual(['content-type'])
  })

  it('varies by the cookie where the session was looked at, and is not to be stored', async () => {
    const response = await ask((_, session) => new Response(String(session.has('user'))))
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(cookiesOf(response)).toEqual([])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('keeps a Cache-Control of its own where the session was only looked at', async () => {
    const headers = { 'Cache-Control': 'private, max-age=60' }
    const looking = await ask((_, session) => new Response(String(session.size), { headers }))
    expect(looking.headers.get('cache-control')).toBe('private, max-age=60')
    expect(looking.headers.get('vary')).toBe('Cookie')
    const setting = await ask(writing(() => new Response('ok', { headers })))
    expect(setting.headers.get('cache-control')).toBe('no-store')
  })

  it('carries the session, and is not to be stored', async () => {
    const response = await ask(writing(() => new Response('ok')))
    expect(ours(response)).toHaveLength(1)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(sessions.open({ cookie: pairOf(response) }).get('user')).toBe('Ada')
  })

  it('keeps several cookies of the handler', async () => {
    const response = await ask(
      writing(() => {
        const headers = new Headers([
          ['Set-Cookie', 'a=1; Path=/'],
          ['Set-Cookie', 'b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT'],
        ])
        return new Response('ok', { headers })
      }),
    )
    expect(cookiesOf(response).slice(0, 2)).toEqual([
      'a=1; Path=/',
      'b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT',
    ])
    expect(cookiesOf(response)).toHaveLength(3)
  })

  it.each([
    ['Origin', 'Origin, Cookie'],
    ['Accept, Origin', 'Accept, Origin, Cookie'],
    ['cookie', 'cookie'],
    ['Accept,COOKIE', 'Accept,COOKIE'],
    ['*', '*'],
    ['X-Cookie', 'X-Cookie, Cookie'],
  ])('has Cookie in Vary once, after %s', async (before, after) => {
    const response = await ask(writing(() => new Response('ok', { headers: { vary: before } })))
    expect(response.headers.get('vary')).toBe(after)
  })
})

describe('headers that cannot change', () => {
  it('of Response.redirect', async () => {
    const response = await ask(writing(() => Response.redirect('http://localhost/next', 303)))
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('http://localhost/next')
    expect(ours(response)).toHaveLength(1)
  })

  it('of a fetched response', async () => {
    const response = await ask(
      writing(async () => {
        const fetched = await fetch('data:text/x-note,fetched')
        expect(() => fetched.headers.set('x', 'y')).toThrow(TypeError)
        return fetched
      }),
    )
    expect(ours(response)).toHaveLength(1)
    expect(response.headers.get('content-type')).toBe('text/x-note')
    expect(await response.text()).toBe('fetched')
  })

  it('of Response.error, which reaches nobody and stays what it is', async () => {
    const response = await ask(writing(() => Response.error()))
    expect(response.type).toBe('error')
  })

  it.each([204, 304])('of a settled %i without a body', async (status) => {
    const response = await ask(writing(() => new Response(null, { status })))
    expect(response).toMatchObject({ status, body: null })
    expect(ours(response)).toHaveLength(1)
  })

  it('leaves a response alone that needs nothing', () => {
    const redirect = Response.redirect('http://localhost/')
    expect(addSettlement(redirect, UNTOUCHED)).toBe(redirect)
  })
})

describe('the handler', () => {
  it('may stream its body; the session was settled before', async () => {
    const late: unknown[] = []
    const response = await ask((_, session) => {
      session.set('user', 'Ada')
      const body = new ReadableStream(
        {
          pull(controller) {
            try {
              session.set('late', true)
            } catch (error) {
              late.push(error)
            }
            controller.enqueue(new TextEncoder().encode('streamed'))
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      return new Response(body)
    })
    expect(late).toEqual([])
    expect(await response.text()).toBe('streamed')
    expect(late).toEqual([expect.objectContaining({ code: 'already-settled' })])
    expect(sessions.open({ cookie: pairOf(response) }).toJSON()).toEqual({ user: 'Ada' })
  })

  it('passes on what it throws, at once or later', async () => {
    const error = new Error('thrown')
    await expect(
      ask(() => {
        throw error
      }),
    ).rejects.toBe(error)
    await expect(ask(() => Promise.reject(error))).rejects.toBe(error)
  })

  it('learns of what cannot be saved by an error, and no response leaves', async () => {
    const answered = ask((_, session) => {
      session.set('f', () => 0)
      return new Response('ok')
    })
    await expect(answered).rejects.toMatchObject({ code: 'not-serializable' })
  })

  it('gets whatever else the runtime hands in', async () => {
    const handler = withSession(sessions, (_, session, env: { name: string }, count: number) => {
      session.set('user', env.name)
      return new Response(`${env.name} ${count}`)
    })
    const response = await handler(new Request('http://localhost/'), { name: 'env' }, 3)
    expect(await response.text()).toBe('env 3')
  })

  it('reads the session among other cookies, in one header or in several', async () => {
    const cookie = pairOf(await ask(writing(() => new Response('ok'))))
    const read = withSession(sessions, (_, session) => new Response(String(session.get('user'))))
    const headers = new Headers([
      ['Cookie', 'a=1; b="2"'],
      ['Cookie', cookie],
    ])
    const response = await read(new Request('http://localhost/', { headers }))
    expect(await response.text()).toBe('Ada')
  })

  it('waits for the commit before the response is handed back', async () => {
    const order: string[] = []
    const stored = {
      ...sessions,
      open: sessions.open.bind(sessions),
      settle: sessions.settle.bind(sessions),
      on: sessions.on.bind(sessions),
      load: sessions.load.bind(sessions),
      commit: async (settlement: Settlement) => {
        await null
        order.push('committed')
        return settlement
      },
    }
    await withSession(
      stored,
      writing(() => new Response('ok')),
    )(new Request('http://localhost/'))
    order.push('answered')
    expect(order).toEqual(['committed', 'answered'])
  })
})

it('requests at the same time do not mix their sessions', async () => {
  const held: (() => void)[] = []
  const handler = withSession(sessions, async (request, session) => {
    await new Promise<void>((resolve) => {
      held.unshift(resolve)
      if (held.length === 10) for (const go of held) go()
    })
    session.set('user', new URL(request.url).searchParams.get('user'))
    return new Response('ok')
  })
  const users = Array.from({ length: 10 }, (_, at) => `user-${at}`)
  const responses = await Promise.all(
    users.map((user) => handler(new Request(`http://localhost/?user=${user}`))),
  )
  expect(
    responses.map((response) => sessions.open({ cookie: pairOf(response) }).get('user')),
  ).toEqual(users)
})

describe('one request, one session', () => {
  it('a response that is answered twice carries nobody else’s cookie', async () => {
    const EMPTY = new Response(null, { status: 204 })
    const sessions = createSessions({ secretKey: 'a secret key of some length' })
    const handle = withSession(sessions, ({ url }, session) => {
      if (url.endsWith('/login')) session.authenticate('ann', { factor: 'password' })
      return EMPTY
    })
    const login = await handle(new Request('https://shop.example/login'))
    expect(login.headers.get('set-cookie')).toContain('session=')
    const other = await handle(new Request('https://shop.example/x'))
    expect(other.headers.get('set-cookie')).toBeNull()
    expect(EMPTY.headers.get('set-cookie')).toBeNull()
  })

  it('a handler inside another of the same sessions joins its session', async () => {
    let now = 1_700_000_000
    const clock = () => now
    const sessions = createSessions({ secretKey: 'a secret key of some length', clock })
    const inner = withSession(sessions, (_, session) => {
      session.destroy()
      return new Response('bye')
    })
    const outer = withSession(sessions, (request, session) => {
      session.get('user')
      return inner(request)
    })
    const begun = sessions.settle(sessions.open({}).set('user', 'ann')).setCookie ?? ''
    now += 120
    const headers = { cookie: begun.split(';')[0] ?? '' }
    const request = new Request('https://shop.example/', { headers })
    const cookies = (await outer(request)).headers.getSetCookie()
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toContain('Max-Age=0')
    // The same Request handed in again is another visit.
    expect((await outer(request)).headers.getSetCookie()).toHaveLength(1)
  })
})
