import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { sessionMiddleware, type WithSession, withSession } from '../../src/adapters/node.ts'
import { createSessions } from '../../src/index.ts'
import { ask, expectSaved, listen, newSessions, send, writing } from './node-servers.ts'

describe('headers that leave by themselves', () => {
  it.each<[string, (response: ServerResponse) => unknown]>([
    ['end with a body', (response) => response.end('ok')],
    ['end without a body', (response) => response.end()],
    ['the first write', (response) => response.write('o') && response.end('k')],
    ['pipe', (response) => Readable.from(['o', 'k']).pipe(response)],
    ['pipeline', (response) => pipeline(Readable.from(['o', 'k']), response)],
    [
      'flushHeaders',
      (response) => {
        response.flushHeaders()
        response.end('ok')
      },
    ],
  ])('carry the session at %s', async (_, then) => {
    const answer = await ask(writing(then))
    expectSaved(answer)
    expect(answer.status).toBe(200)
    expect(['ok', '']).toContain(answer.body)
  })

  it('stay untouched where nobody asked for the session', async () => {
    const answer = await ask((_, response) => response.end('ok'), {
      headers: { cookie: '__Host-session=anything' },
    })
    expect(answer.cookies).toEqual([])
    expect(answer.headers.vary).toBeUndefined()
    expect(answer.headers['cache-control']).toBeUndefined()
  })

  it('only vary where the session was looked at', async () => {
    const answer = await ask((request, response) => response.end(String(request.session.size)))
    expect(answer).toMatchObject({ body: '0', cookies: [] })
    expect(answer.headers.vary).toBe('Cookie')
  })

  it('carry a change made between pipe and its data as an error, not as a loss', async () => {
    const seen: unknown[] = []
    await ask((request, response) => {
      Readable.from(['x']).pipe(response)
      try {
        request.session.set('late', true)
      } catch (error) {
        seen.push(error)
      }
    })
    expect(seen).toEqual([expect.objectContaining({ code: 'already-settled' })])
  })
})

describe('special answers', () => {
  it('HEAD carries the session and no body', async () => {
    const answer = await ask(
      writing((response) => response.end('body')),
      { method: 'HEAD' },
    )
    expectSaved(answer)
    expect(answer.body).toBe('')
  })

  it.each([204, 304])('%i carries the session', async (status) => {
    const answer = await ask(writing((response) => response.writeHead(status).end()))
    expectSaved(answer)
    expect(answer).toMatchObject({ status, body: '' })
  })

  it('a redirect carries the session', async () => {
    const answer = await ask(
      writing((response) => response.writeHead(303, { Location: '/' }).end()),
    )
    expectSaved(answer)
    expect(answer).toMatchObject({ status: 303, headers: { location: '/' } })
  })

  it('early hints come before it', async () => {
    const answer = await ask(
      writing(async (response) => {
        await new Promise<void>((resolve) =>
          response.writeEarlyHints({ link: '</a.css>; rel=preload' }, resolve),
        )
        response.end('ok')
      }),
    )
    expectSaved(answer)
    expect(answer.status).toBe(200)
  })

  it('removes the cookie of a session that was emptied', async () => {
    const port = await listen(
      withSession(newSessions(), (request, response) => {
        if (request.url === '/out') request.session.destroy()
        else request.session.set('user', 'Ada')
        response.end()
      }),
    )
    const [cookie = ''] = (await send(port)).cookies[0]?.split(';') ?? []
    const [removal] = (await send(port, { path: '/out', headers: { cookie } })).cookies
    expect(removal).toMatch(/^__Host-session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0/)
  })
})

it('the same sessions twice in one request share a session: a logout within stays one', async () => {
  let now = 1_700_000_000
  const sessions = createSessions({
    secretKey: 'a secret key of some length',
    cookie: { secure: false },
    clock: () => now,
  })
  const outer = sessionMiddleware(sessions)
  const inner = sessionMiddleware(sessions)
  const port = await listen((request, response) => {
    outer(request, response, () => {
      const { session } = request as WithSession<typeof request>
      session.get('user')
      inner(request, response, () => {
        ;(request as WithSession<typeof request>).session.destroy()
        response.end()
      })
    })
  })
  const begun = sessions.settle(sessions.open({}).set('user', 'ann')).setCookie ?? ''
  now += 120
  const cookie = begun.split(';')[0] ?? ''
  const { headers } = await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } })
  expect(headers.getSetCookie()).toHaveLength(1)
  expect(headers.getSetCookie()[0]).toContain('Max-Age=0')
})
