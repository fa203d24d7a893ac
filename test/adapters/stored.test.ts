// Responses leave after their session is stored: over real connections, through each adapter.
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { sessionStatus, withSession } from '../../src/adapters/fetch.ts'
import {
  sessionStatus as nodeSessionStatus,
  sessionMiddleware,
  withSession as withNodeSession,
} from '../../src/adapters/node.ts'
import {
  createSessions,
  type FullStore,
  type Session,
  SessionError,
  type SessionOptions,
} from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A store that takes a while, notes what it has done, and fails when it is told to. */
function slowStore() {
  const order: string[] = []
  const failing = new Set<string>()
  const store = new Proxy(memoryStore(), {
    get(target, name) {
      const verb = Reflect.get(target, name)
      if (typeof verb !== 'function') return verb
      if (name === 'onEvicted') return verb.bind(target)
      return async (...args: unknown[]) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (failing.has(String(name))) throw new SessionError('store-unavailable', 'down')
        const answer = Reflect.apply(verb, target, args)
        order.push(String(name))
        return answer
      }
    },
  }) as FullStore
  return { store, order, failing }
}

function begin(options: Partial<SessionOptions> = {}) {
  const slow = slowStore()
  const cookie = { secure: false }
  return { ...slow, sessions: createSessions({ store: slow.store, cookie, ...options }) }
}

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init })
}

const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''

describe('node:http', () => {
  test('a redirect does not overtake its session', async () => {
    const { sessions, order } = begin()
    const ask = await serve(
      withNodeSession(sessions, (request, response) => {
        request.session.set('user', 'ann')
        response.writeHead(302, { location: '/home', 'x-own': '1' })
        response.end(() => order.push('sent'))
        order.push('handled')
      }),
    )
    const response = await ask('/')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/home'])
    expect(response.headers.get('x-own')).toBe('1')
    await expect.poll(() => order).toEqual(['handled', 'create', 'sent'])
    expect(cookieOf(response)).toMatch(/^session=/)
  })

  test('what is written in pieces arrives in order, and a stream is whole', async () => {
    const { sessions } = begin()
    const pieces = Array.from({ length: 200 }, (_, at) => `${at};`.repeat(200))
    const ask = await serve(
      withNodeSession(sessions, (request, response) => {
        request.session.set('user', 'ann')
        if (request.url === '/pipe') Readable.from(pieces).pipe(response)
        else {
          response.write('one ')
          response.write(Buffer.from('two '))
          response.end('three')
        }
      }),
    )
    expect(await (await ask('/')).text()).toBe('one two three')
    expect(await (await ask('/pipe')).text()).toBe(pieces.join(''))
  })

  test.each([
    ['load', 'read'],
    ['commit', 'patch'],
  ])('a store that fails at %s is a 503 without anything of the handler', async (_, verb) => {
    const { sessions, failing } = begin()
    const ask = await serve(
      withNodeSession(sessions, (request, response) => {
        request.session.set('user', 'ann')
        response.setHeader('x-own', '1')
        response.write('half')
        response.end()
      }),
    )
    const cookie = cookieOf(await ask('/'))
    failing.add(verb)
    const response = await ask('/', { headers: { cookie } })
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('x-own')).toBeNull()
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toMatchObject({ type: 'urn:sojourn:problem:store-unavailable' })
    failing.clear()
    expect((await ask('/', { headers: { cookie } })).status).toBe(200)
  })

  test('a session that was ended meanwhile is told of in the response', async () => {
    const { sessions } = begin()
    const ask = await serve(
      withNodeSession(sessions, async (request, response) => {
        const { session } = request
        if (session.subject === null) session.authenticate('ann', { factor: 'password' })
        else {
          await sessions.of('ann').endAll()
          session.set('mail', 'new')
        }
        response.end('done')
      }),
    )
    const response = await ask('/', { headers: { cookie: cookieOf(await ask('/')) } })
    expect([response.status, await response.text()]).toEqual([200, 'done'])
    expect(response.headers.get('sojourn-ended')).toBe('revoked')
    expect(response.headers.getSetCookie()[0]).toContain('Max-Age=0')
  })

  test('a client that goes away breaks nothing', async () => {
    const { sessions, order } = begin()
    const ask = await serve(
      withNodeSession(sessions, (request, response) => {
        request.session.set('user', 'ann')
        if (request.url === '/gone') request.socket.destroy()
        response.end('never heard')
      }),
    )
    await expect(ask('/gone')).rejects.toThrow()
    expect(await (await ask('/')).text()).toBe('never heard')
    expect(order).toEqual(['create', 'create'])
  })

  test('HEAD has the headers alone', async () => {
    const { sessions } = begin()
    const ask = await serve(
      withNodeSession(sessions, (request, response) => {
        request.session.set('user', 'ann')
        response.end('body')
      }),
    )
    const response = await ask('/', { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(cookieOf(response)).not.toBe('')
  })
})

interface Answer {
  json(value: unknown): void
  redirect(to: string): void
}

/** What of Express is used. */
interface Application {
  use(middleware: unknown): void
  get(path: string, handler: (request: { session: Session }, response: Answer) => void): void
}

const load = createRequire(import.meta.url)

describe.each(['express4', 'express5'])('%s', (name) => {
  const express = load(name) as () => Application

  test('json, send and redirect leave after the session is stored', async () => {
    const { sessions, order } = begin()
    const app = express()
    app.use(sessionMiddleware(sessions))
    app.get('/json', ({ session }, response) => {
      session.set('user', 'ann')
      response.json({ ok: true })
    })
    app.get('/away', ({ session }, response) => {
      session.set('user', 'bob')
      response.redirect('/json')
    })
    const ask = await serve(app as unknown as RequestListener)
    const response = await ask('/json')
    expect(await response.json()).toEqual({ ok: true })
    expect(order).toEqual(['create'])
    const away = await ask('/away', { headers: { cookie: cookieOf(response) } })
    expect([away.status, away.headers.get('location')]).toEqual([302, '/json'])
    expect(order).toEqual(['create', 'read', 'patch'])
  })
})

describe('Request and Response', () => {
  const write = withSession
  test('is returned once the session is stored, and a store that fails is a 503', async () => {
    const { sessions, order, failing } = begin()
    const handler = write(sessions, (_request, session) => {
      session.set('user', 'ann')
      order.push('handled')
      return Response.redirect('https://example.com/home')
    })
    const response = await handler(new Request('https://example.com/'))
    expect(order).toEqual(['handled', 'create'])
    failing.add('patch')
    const headers = { cookie: cookieOf(response) }
    const failed = await handler(new Request('https://example.com/', { headers }))
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '5'])
    expect(failed.headers.getSetCookie()).toEqual([])
  })

  test('may answer a failing store itself, and lets other errors through', async () => {
    const { sessions, failing } = begin()
    failing.add('read')
    const made = `session=ab${'x'.repeat(43)}`
    const request = () => new Request('https://example.com/', { headers: { cookie: made } })
    const unavailable = () => new Response('soon', { status: 503 })
    const handler = write(sessions, () => new Response('never'), { unavailable })
    expect(await (await handler(request())).text()).toBe('soon')
    expect((await sessionStatus(sessions)(request())).status).toBe(503)
    const broken = write(sessions, () => {
      throw new Error('own')
    })
    await expect(broken(new Request('https://example.com/'))).rejects.toThrow('own')
  })

  test('ends the body of a response that nobody will read', async () => {
    const { sessions, failing } = begin()
    const cancel = vi.fn<() => void>()
    const handler = write(sessions, (_request, session) => {
      session.set('user', 'ann')
      return new Response(new ReadableStream({ cancel }))
    })
    failing.add('create')
    expect((await handler(new Request('https://example.com/'))).status).toBe(503)
    expect(cancel).toHaveBeenCalledOnce()
  })

  test('answers 409 where a login is refused', async () => {
    const { sessions } = begin({ maxSessions: 1, maxSessionsAction: 'refuse' })
    const login = write(sessions, (_request, session) => {
      session.authenticate('ann', { factor: 'password' })
      return new Response('welcome')
    })
    const statuses = []
    for (let at = 0; at < 2; at++) {
      statuses.push((await login(new Request('https://example.com/'))).status)
    }
    expect(statuses).toEqual([200, 409])
  })
})

describe('the status of a session whose store fails', () => {
  const KEPT = {
    cookie: 'a session in a store',
    sessions: () => begin({ storeFailure: 'anonymous' }),
  }
  const CARRIED = {
    cookie: 'a session in its cookie',
    sessions: () => {
      const slow = slowStore()
      const notBefore = { store: slow.store, staleness: '0s' } as const
      const options = { secretKey: 'k'.repeat(32), cookie: { secure: false }, notBefore } as const
      return { ...slow, sessions: createSessions({ ...options, storeFailure: 'anonymous' }) }
    },
  }

  test.each([KEPT, CARRIED])(
    'is not that nobody is logged in: $cookie',
    async ({ sessions: make }) => {
      const { sessions, failing } = make()
      const login = withSession(sessions, (_request, session) => {
        session.authenticate('ann', { factor: 'password' })
        return new Response()
      })
      const cookie = cookieOf(await login(new Request('http://example.com/')))
      const nodeStatus = await serve(nodeSessionStatus(sessions))
      const ask = (headers: HeadersInit) =>
        Promise.all([
          sessionStatus(sessions)(new Request('http://example.com/session', { headers })),
          nodeStatus('/session', { headers }),
        ])
      const statesOf = async (answers: readonly Response[]) =>
        Promise.all(answers.map(async (answer) => [answer.status, (await answer.json()).state]))
      const live = [200, 'live']
      const failed = [503, undefined]
      const none = [200, 'none']
      expect(await statesOf(await ask({ cookie }))).toEqual([live, live])
      failing.add('read')
      expect(await statesOf(await ask({ cookie }))).toEqual([failed, failed])
      expect(await statesOf(await ask({}))).toEqual([none, none])
    },
  )
})

test('a handler that asks for its session lazily costs the store nothing otherwise', async () => {
  const { sessions, order } = begin({ lazy: true })
  const ask = await serve(
    withNodeSession(sessions, async (request, response) => {
      if (request.url === '/asks') (await request.session.load()).set('user', 'ann')
      response.end('ok')
    }),
  )
  const cookie = cookieOf(await ask('/asks'))
  order.length = 0
  await ask('/leaves', { headers: { cookie } })
  expect(order).toEqual([])
})
