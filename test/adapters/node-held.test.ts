// What a handler writes while its session is being stored, over real connections.
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { withSession } from '../../src/adapters/node.ts'
import { expectSaved, listen, send, writing } from './node-servers.ts'
import { ask, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)

expectNoRejections()
afterEach(() => {
  errors.mockClear()
})

const BIG = Array.from({ length: 300 }, (_, at) => `${at};`.repeat(300))

type Write = (response: ServerResponse) => unknown
const ways: [name: string, write: Write, body: string][] = [
  ['end', (response) => response.end('ok'), 'ok'],
  ['end without a body', (response) => response.end(), ''],
  ['end in another encoding', (response) => response.end('b2s=', 'base64'), 'ok'],
  [
    'writes and an end',
    (response) => {
      response.write('one ')
      response.write(Buffer.from('two '))
      response.write('dGhyZWU=', 'base64')
      response.end(' four')
    },
    'one two three four',
  ],
  [
    'writeHead, then later an end',
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      await tick()
      response.end('ok')
    },
    'ok',
  ],
  [
    'flushHeaders, then an end',
    (response) => {
      response.flushHeaders()
      response.end('ok')
    },
    'ok',
  ],
  ['pipe', (response) => Readable.from(BIG).pipe(response), BIG.join('')],
  ['pipeline', (response) => pipeline(Readable.from(BIG), response), BIG.join('')],
  [
    'a length of its own',
    (response) => {
      response.setHeader('Content-Length', 2)
      response.write('o')
      response.end('k')
    },
    'ok',
  ],
]

describe('what is held back', () => {
  it.each(ways)('arrives whole, by %s', async (_, write, body) => {
    const answer = await ask(writing(write))
    expectSaved(answer)
    expect(answer).toMatchObject({ status: 200, body })
  })

  it('that is dropped breaks off a pipeline, as a client that goes away does', async () => {
    const source = Readable.from(BIG)
    const answer = await ask(
      writing(async (response) => {
        await expect(pipeline(source, response)).rejects.toMatchObject({
          code: 'ERR_STREAM_PREMATURE_CLOSE',
        })
      }),
      'fail',
    )
    expect(answer.status).toBe(503)
    await vi.waitFor(() => expect(source.destroyed).toBe(true))
  })

  const plain = ways.filter(([name]) => name !== 'pipeline')
  it.each(plain)('is dropped where the store fails, by %s', async (_, write) => {
    const finished: string[] = []
    const answer = await ask(
      writing(async (response) => {
        response.setHeader('X-Own', 'yes')
        response.setHeader('Set-Cookie', 'own=1')
        response.statusMessage = 'Mine'
        await write(response)
        finished.push('handler')
      }),
      'fail',
    )
    expect(answer).toMatchObject({ status: 503, message: 'Service Unavailable', cookies: [] })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'retry-after': '5',
    })
    expect(answer.headers['x-own']).toBeUndefined()
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503 })
    await vi.waitFor(() => expect(finished).toEqual(['handler']))
    expect(errors).not.toHaveBeenCalled()
  })

  it('keeps the length that Node counts', async () => {
    const answer = await ask(writing((response) => response.end('ok')))
    expect(answer.headers['content-length']).toBe('2')
  })

  it.each([
    ['HEAD', 200, 'HEAD'],
    ['304', 304, 'GET'],
    ['303', 303, 'GET'],
  ])('has no body at %s', async (_, status, method) => {
    const answer = await ask(
      writing((response) => response.writeHead(status, 'Mine', ['Location', '/next']).end()),
      'done',
      { method },
    )
    expectSaved(answer)
    expect(answer).toMatchObject({ status, message: 'Mine', body: '' })
    expect(answer.headers.location).toBe('/next')
  })

  it('is not sent before the store has answered', async () => {
    const { slow, next } = slowSessions()
    const port = await listen(
      withSession(
        slow,
        writing((response) => response.end('ok')),
      ),
    )
    let arrived = false
    const answered = send(port).then((answer) => {
      arrived = true
      return answer
    })
    const { done } = await next()
    for (let turn = 0; turn < 20; turn++) await tick()
    expect(arrived).toBe(false)
    done()
    expectSaved(await answered)
  })

  it('looks to its handler as if it had been sent', async () => {
    const seen: unknown[] = []
    const answer = await ask(
      writing((response) => {
        const look = () => seen.push([response.headersSent, response.writableEnded])
        look()
        response.statusCode = 201
        expect(response.write('o')).toBe(false)
        look()
        response.statusCode = 500
        expect(() => response.setHeader('X-Late', '1')).toThrow(
          expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }),
        )
        response.end('k')
        look()
        response.end()
      }),
    )
    expect(answer).toMatchObject({ status: 201, body: 'ok' })
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ])
  })

  it.each<[string, Write, string]>([
    ['with a message', (response) => response.writeHead(404, 'Nope'), 'Nope'],
    ['without', (response) => response.writeHead(404), 'Mine'],
    ['with headers', (response) => response.writeHead(404, { 'x-own': '1' }), 'Mine'],
  ])('shows the status that writeHead was given, %s', async (_, write, message) => {
    const seen: unknown[] = []
    const answer = await ask(
      writing((response) => {
        response.statusMessage = 'Mine'
        write(response)
        seen.push(response.statusCode, response.statusMessage)
        response.end()
      }),
    )
    expect(seen).toEqual([404, message])
    expect(answer).toMatchObject({ status: 404, message })
  })

  it('calls back once it is sent, and says that it goes on', async () => {
    const told: string[] = []
    await ask(
      writing((response) => {
        response.on('drain', () => told.push('drain'))
        response.on('finish', () => told.push('finish'))
        response.write('a', () => told.push('written'))
        response.end('b', () => told.push('ended'))
      }),
    )
    expect(told.toSorted()).toEqual(['drain', 'ended', 'finish', 'written'])
    expect(told[0]).toBe('drain')
  })

  it('calls back where it is dropped, so that nobody waits', async () => {
    const told: string[] = []
    await ask(
      writing((response) => {
        response.write('a', () => told.push('written'))
        response.end('b', () => told.push('ended'))
      }),
      'fail',
    )
    expect(told).toEqual(['written', 'ended'])
  })

  it('is a bare 500 where Node would have thrown at the handler', async () => {
    const answer = await ask(writing((response) => response.writeHead(9999).end('ok')))
    expect(answer).toMatchObject({ status: 500, body: '', cookies: [] })
  })

  it('gives way to a problem, which keeps the session’s headers', async () => {
    const problem = { type: 'urn:x', title: 'Too many', status: 409, detail: 'Log out elsewhere.' }
    const answer = await ask(
      writing((response) => response.setHeader('X-Own', '1').end('ok')),
      'done',
      { changes: { problem, ended: 'replaced' } },
    )
    expectSaved(answer)
    expect(answer.status).toBe(409)
    expect(JSON.parse(answer.body)).toEqual(problem)
    expect(answer.headers['x-own']).toBeUndefined()
    expect(answer.headers['sojourn-ended']).toBe('replaced')
  })
})
