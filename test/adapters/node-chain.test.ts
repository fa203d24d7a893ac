import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { sessionMiddleware, type WithSession, withSession } from '../../src/adapters/node.ts'
import type { Sessions } from '../../src/core/sessions.ts'
import { expectSaved, type Handler, listen, newSessions, send } from './node-servers.ts'

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

describe('as a middleware', () => {
  const chain =
    (...middlewares: Middleware[]) =>
    (last: Handler): http.RequestListener =>
    (request, response) => {
      const step = (at: number): void => {
        const middleware = middlewares[at]
        if (middleware) middleware(request, response, () => step(at + 1))
        else last(request as WithSession<IncomingMessage>, response)
      }
      step(0)
    }

  it('two keep their cookies apart, and both cookies', async () => {
    const first = newSessions('first')
    const second = newSessions('second')
    const held: WithSession<IncomingMessage>['session'][] = []
    const hold: Middleware = (request, _, next) => {
      held.push((request as WithSession<IncomingMessage>).session)
      next()
    }
    const listener = chain(
      sessionMiddleware(first),
      hold,
      sessionMiddleware(second),
    )((request, response) => {
      held[0]?.set('a', 1)
      request.session.set('b', 2)
      response.writeHead(200, { 'Set-Cookie': 'own=1', Vary: 'Accept' }).end()
    })
    const answer = await send(await listen(listener))
    const names = answer.cookies.map((line) => line.slice(0, line.indexOf('=')))
    expect(names.toSorted()).toEqual(['first', 'own', 'second'])
    expect(answer.headers.vary).toBe('Accept, Cookie')
  })

  it('works under one that stands in writeHead too', async () => {
    const stamp: Middleware = (_, response, next) => {
      const { writeHead } = response
      response.writeHead = ((...args: never[]) => {
        response.setHeader('X-Stamp', 'yes')
        return (writeHead as (...all: never[]) => ServerResponse).apply(response, args)
      }) as never
      next()
    }
    const ourOwn = sessionMiddleware(newSessions())
    for (const order of [
      [stamp, ourOwn],
      [ourOwn, stamp],
    ]) {
      const listener = chain(...order)((request, response) => {
        request.session.set('a', 1)
        response.end('ok')
      })
      const answer = await send(await listen(listener))
      expectSaved(answer)
      expect(answer.headers['x-stamp']).toBe('yes')
    }
  })

  it('needs no next', async () => {
    const middleware = sessionMiddleware(newSessions())
    const port = await listen((request, response) => {
      middleware(request, response)
      ;(request as WithSession<IncomingMessage>).session.set('a', 1)
      response.end()
    })
    expectSaved(await send(port))
  })

  it('serves HTTP/2 in its compatible form', async () => {
    const server = http2.createServer()
    const middleware = sessionMiddleware(newSessions())
    server.on('request', (request, response) => {
      middleware(request, response, () => {
        ;(request as unknown as WithSession<IncomingMessage>).session.set('a', 1)
        response.end('ok')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const client = http2.connect(`http://127.0.0.1:${port}`)
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) => {
      client.request({ ':path': '/' }).on('response', resolve).resume()
    })
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-session=/)])
    client.close()
    server.close()
  })
})

it('parallel requests over kept connections do not mix their sessions', async () => {
  const sessions: Sessions = newSessions()
  const waiting: (() => void)[] = []
  const port = await listen(
    withSession(sessions, async (request, response) => {
      const { session, url = '' } = request
      if (url.startsWith('/set/')) session.set('user', url.slice(5))
      else {
        // All are held until all have come, and let go in the opposite order.
        await new Promise<void>((resolve) => {
          waiting.unshift(resolve)
          if (waiting.length === 20) for (const go of waiting) go()
        })
        session.update('views', (views) => Number(views ?? 0) + 1)
      }
      response.end(String(session.get('user')))
    }),
  )
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
  const users = Array.from({ length: 20 }, (_, at) => `user-${at}`)
  const cookies = await Promise.all(
    users.map(async (user) => {
      const [line = ''] = (await send(port, { agent, path: `/set/${user}` })).cookies
      return line.slice(0, line.indexOf(';'))
    }),
  )
  expect(new Set(cookies).size).toBe(20)
  const answers = await Promise.all(
    cookies.map((cookie) => send(port, { agent, headers: { cookie } })),
  )
  expect(answers.map(({ body }) => body)).toEqual(users)
  const readBack = answers.map(({ cookies: [line = ''] }) =>
    sessions.open({ cookie: line.slice(0, line.indexOf(';')) }).toJSON(),
  )
  expect(readBack).toEqual(users.map((user) => ({ user, views: 1 })))
  agent.destroy()
})
