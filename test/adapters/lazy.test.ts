// Sessions that are fetched when a handler asks for it: what fails then, the status and the guard.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as standard from '../../src/adapters/fetch.ts'
import * as node from '../../src/adapters/node.ts'
import {
  createSessions,
  type FullStore,
  type Session,
  SessionError,
  type SessionOptions,
} from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { expectNoRejections } from './slow-sessions.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
expectNoRejections()

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
  errors.mockClear()
})

type Asking = (cookie?: string) => Promise<Response>

async function serve(listener: RequestListener): Promise<Asking> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return (cookie) => fetch(`http://127.0.0.1:${port}/`, cookie ? { headers: { cookie } } : {})
}

const asking =
  (handler: (request: Request) => Promise<Response>): Asking =>
  (cookie) =>
    handler(new Request('http://localhost/', cookie ? { headers: { cookie } } : {}))

/** A lazy store, at once or later, that fails to read when it is told to. */
function begin(isLater: boolean, options: Partial<SessionOptions> = {}) {
  const state = { isDown: false }
  const memory = memoryStore()
  const read: FullStore['read'] = (...args) => {
    if (state.isDown) throw new SessionError('store-unavailable', 'down')
    return memory.read(...args)
  }
  const readLater: FullStore['read'] = async (...args) => {
    await new Promise((resolve) => setImmediate(resolve))
    return read(...args)
  }
  const store = new Proxy(memory, {
    get(target, name) {
      if (name === 'read') return isLater ? readLater : read
      const verb = Reflect.get(target, name)
      return typeof verb === 'function' ? verb.bind(target) : verb
    },
  }) as FullStore
  const sessions = createSessions({ store, lazy: true, cookie: { secure: false }, ...options })
  const cookieOf = async (change: (session: Session) => unknown) => {
    const session = sessions.open({})
    change(session)
    const { setCookie } = await sessions.commit(sessions.settle(session))
    return setCookie?.split(';')[0] ?? ''
  }
  return { sessions, state, cookieOf }
}

const loadThen = async (session: Session) => String((await session.load()).get('user'))

describe.each([
  ['at once', false],
  ['later', true],
])('a store that answers %s', (_, isLater) => {
  let stage: ReturnType<typeof begin>
  let cookie: string
  beforeEach(async () => {
    stage = begin(isLater)
    cookie = await stage.cookieOf((session) =>
      session.authenticate('ann', { factor: 'password' }).set('user', 'ann'),
    )
  })

  const places: [name: string, load: () => Promise<Asking>][] = [
    [
      'node',
      () =>
        serve(
          node.withSession(stage.sessions, async ({ session }, response) => {
            response.setHeader('X-Own', '1')
            response.end(await loadThen(session))
          }),
        ),
    ],
    [
      'fetch',
      async () =>
        asking(
          standard.withSession(
            stage.sessions,
            async (_, session) => new Response(await loadThen(session)),
          ),
        ),
    ],
  ]

  test.each(places)('that fails at a load of the handler is a 503, with %s', async (_, load) => {
    const ask = await load()
    expect(await (await ask(cookie)).text()).toBe('ann')
    stage.state.isDown = true
    const answer = await ask(cookie)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('x-own')).toBeNull()
    expect(await answer.json()).toMatchObject({ type: 'urn:sojourn:problem:store-unavailable' })
    expect(errors).not.toHaveBeenCalled()
  })

  test('that fails so may be answered otherwise', async () => {
    stage.state.isDown = true
    const own = await serve(
      node.withSession(stage.sessions, ({ session }) => session.load(), {
        unavailable: (_error, _request, response) => response.end('sorry'),
      }),
    )
    const answer = await own(cookie)
    expect([answer.status, await answer.text()]).toEqual([503, 'sorry'])
    const ownFetch = asking(
      standard.withSession(
        stage.sessions,
        async (_, session) => new Response(await loadThen(session)),
        { unavailable: () => new Response('sorry', { status: 500 }) },
      ),
    )
    expect(await (await ownFetch(cookie)).text()).toBe('sorry')
  })

  test('that fails once the handler has answered harms no answer', async () => {
    const ask = await serve(
      node.withSession(stage.sessions, async ({ session }, response) => {
        response.end('ok')
        await session.load()
      }),
    )
    stage.state.isDown = true
    expect(await (await ask(cookie)).text()).toBe('ok')
    await vi.waitFor(() => expect(errors).toHaveBeenCalledOnce())
  })
})

describe.each([
  ['at once', false],
  ['later', true],
])('with a store that answers %s', (_, isLater) => {
  const FRESH = { within: '5m', factor: 'password' } as const
  const known = (session: Session) => session.authenticate('ann', { factor: 'password' })

  const statuses: [name: string, serve: (stage: ReturnType<typeof begin>) => Promise<Asking>][] = [
    ['node', ({ sessions }) => serve(node.sessionStatus(sessions))],
    ['fetch', async ({ sessions }) => asking(standard.sessionStatus(sessions))],
  ]

  test.each(statuses)('the status is told, with %s', async (_, start) => {
    const stage = begin(isLater)
    const ask = await start(stage)
    expect(await (await ask()).json()).toMatchObject({ state: 'none' })
    const cookie = await stage.cookieOf(known)
    expect(await (await ask(cookie)).json()).toMatchObject({ state: 'live' })
    stage.state.isDown = true
    expect((await ask(cookie)).status).toBe(503)
  })

  const guards: [name: string, serve: (stage: ReturnType<typeof begin>) => Promise<Asking>][] = [
    [
      'node',
      ({ sessions }) =>
        serve((request, response) =>
          node.sessionMiddleware(sessions)(request, response, () =>
            node.requireFresh(FRESH)(request, response, () => response.end('through')),
          ),
        ),
    ],
    [
      'fetch',
      async ({ sessions }) =>
        asking(
          standard.withSession(
            sessions,
            standard.requireFresh(FRESH, () => new Response('through')),
          ),
        ),
    ],
  ]

  test.each(guards)('a guard looks first, with %s', async (_, start) => {
    const stage = begin(isLater)
    const ask = await start(stage)
    expect((await ask()).status).toBe(401)
    const stale = await stage.cookieOf((session) => session.set('a', 1))
    expect((await ask(stale)).status).toBe(401)
    const cookie = await stage.cookieOf(known)
    expect(await (await ask(cookie)).text()).toBe('through')
    stage.state.isDown = true
    expect((await ask(cookie)).status).toBe(503)
  })
})

test('what fails in looking for the status is a bare 500', async () => {
  const { sessions } = begin(false)
  sessions.status = () => {
    throw new Error('a bug')
  }
  const answer = await (await serve(node.sessionStatus(sessions)))()
  expect([answer.status, await answer.text()]).toEqual([500, ''])
})

test('what comes behind a guard may throw, and is a bare 500', async () => {
  const { sessions, cookieOf } = begin(true)
  const cookie = await cookieOf((session) => session.authenticate('ann', { factor: 'password' }))
  const ask = await serve((request, response) =>
    node.sessionMiddleware(sessions)(request, response, () =>
      node.requireFresh({ within: '5m' })(request, response, () => {
        throw new Error('a bug')
      }),
    ),
  )
  expect((await ask(cookie)).status).toBe(500)
})

test('a guard answers a failing store as its middleware does', async () => {
  const stage = begin(true)
  const cookie = await stage.cookieOf((session) => session.set('a', 1))
  stage.state.isDown = true
  const middleware = node.sessionMiddleware(stage.sessions, {
    unavailable: (_error, _request, response) => response.end('sorry'),
  })
  const ask = await serve((request, response) =>
    middleware(request, response, () =>
      node.requireFresh({ within: '5m' })(request, response, () => response.end('through')),
    ),
  )
  expect(await (await ask(cookie)).text()).toBe('sorry')
})
