// What cannot be saved, found out by a pipe that begins when its handler is long gone.
import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sessionMiddleware, type WithSession, withSession } from '../../src/adapters/node.ts'
import { needs } from '../support/needs.ts'
import { listen, newSessions, send } from './node-servers.ts'
import { expectNoRejections, slowSessions } from './slow-sessions.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)

const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
process.on('uncaughtException', note)
expectNoRejections()
afterEach(() => {
  errors.mockClear()
  expect(uncaught.splice(0)).toEqual([])
})

const FILE = import.meta.filename
const bad = (request: object) =>
  (request as WithSession<object>).session.set('cart', () => 'cannot be written')

/** Pipes as `send` does: in a callback of the file system, where nobody catches. */
const pipeLater = (response: NodeJS.WritableStream) => {
  const file = createReadStream(FILE)
  file.once('open', () => file.pipe(response))
}

describe.each([
  ['a cookie', () => newSessions()],
  ['a store', () => slowSessions().slow],
])('with %s', (_, make) => {
  it('is a bare 500 with withSession', async () => {
    const port = await listen(
      withSession(make(), (request, response) => {
        bad(request)
        response.setHeader('X-Own', 'yes')
        pipeLater(response)
      }),
    )
    const answer = await send(port)
    expect(answer).toMatchObject({ status: 500, body: '', cookies: [] })
    expect(answer.headers['x-own']).toBeUndefined()
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  it('is a bare 500 where next takes no error, which is called once', async () => {
    const middleware = sessionMiddleware(make())
    let called = 0
    const port = await listen((request, response) =>
      middleware(request, response, () => {
        called += 1
        bad(request)
        pipeLater(response)
      }),
    )
    expect(await send(port)).toMatchObject({ status: 500, body: '', cookies: [] })
    expect(called).toBe(1)
  })

  it('goes to next where that takes one, and is a 500 where next throws', async () => {
    const middleware = sessionMiddleware(make())
    const given: unknown[] = []
    const port = await listen((request, response) =>
      middleware(request, response, (error?: unknown) => {
        if (error !== undefined) {
          given.push(error)
          if (request.url === '/throw') throw error
          response.statusCode = 500
          response.end('handled')
          return
        }
        bad(request)
        pipeLater(response)
      }),
    )
    expect(await send(port)).toMatchObject({ status: 500, body: 'handled', cookies: [] })
    expect(given).toEqual([expect.objectContaining({ code: 'not-serializable' })])
    expect(await send(port, { path: '/throw' })).toMatchObject({ status: 500, body: '' })
  })
})

interface Express {
  (): Express
  (request: never, response: never): void
  use(...handlers: unknown[]): void
  get(path: string, handler: (request: object, response: Sending) => void): void
  static(folder: string): unknown
}
interface Sending {
  json(body: object): void
  sendFile(path: string): void
  status(status: number): { send(body: string): void }
}

const load = createRequire(import.meta.url)
const found = (name: string): Express | null => {
  try {
    return load(name) as Express
  } catch {
    return null
  }
}

describe.each(['express4', 'express5'])('in %s', (name) => {
  const express = found(name) as Express
  describe('', needs(express !== null, 'this Express is not installed'), () => {
    it.each(['/json', '/file', '/node-pipe-failures.test.ts'])(
      'is handled as any error of a handler is: %s',
      async (path) => {
        const app = express()
        app.use(sessionMiddleware(newSessions()))
        app.use((request: object, _: unknown, next: () => void) => {
          bad(request)
          next()
        })
        app.get('/json', (_, response) => response.json({}))
        app.get('/file', (_, response) => response.sendFile(FILE))
        app.use(express.static(import.meta.dirname))
        app.use((error: { code: string }, _: unknown, response: Sending, __: unknown) =>
          response.status(500).send(`handled ${error.code}`),
        )
        const answer = await send(await listen(app as never), { path })
        expect(answer).toMatchObject({ status: 500, body: 'handled not-serializable' })
      },
    )
  })
})
