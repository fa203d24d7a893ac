// A real server per test on a free port, asked over node:http, which shows every Set-Cookie header.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect } from 'vitest'
import { type WithSession, withSession } from '../../src/adapters/node.ts'
import { createSessions } from '../../src/index.ts'

export type Handler = (request: WithSession<IncomingMessage>, response: ServerResponse) => unknown

export interface Answer {
  readonly status: number
  readonly message: string
  readonly headers: http.IncomingHttpHeaders
  readonly raw: readonly string[]
  readonly cookies: readonly string[]
  readonly body: string
}

const open: http.Server[] = []

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

export const newSessions = (name = '__Host-session') =>
  createSessions({
    secretKey: 'a key of the tests, long enough',
    cookie: { name },
    clock: () => 1_700_000_000,
  })

export async function listen(listener: http.RequestListener): Promise<number> {
  const server = http.createServer(listener)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export function send(port: number, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          message: response.statusMessage ?? '',
          headers: response.headers,
          raw: response.rawHeaders,
          cookies: response.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    request.on('error', reject)
    request.end()
  })
}

export async function ask(handler: Handler, options: http.RequestOptions = {}): Promise<Answer> {
  return send(await listen(withSession(newSessions(), handler)), options)
}

const isOurs = (line: string) => line.startsWith('__Host-session=')
export const ours = ({ cookies }: Answer) => cookies.filter(isOurs)
export const others = ({ cookies }: Answer) => cookies.filter((line) => !isOurs(line))

/** A handler that writes the session and then does something with the response. */
export const writing =
  (then: (response: ServerResponse) => unknown): Handler =>
  async (request, response) => {
    request.session.set('user', 'Ada')
    await then(response)
  }

export function expectSaved(answer: Answer): void {
  expect(ours(answer)).toHaveLength(1)
  expect(answer.headers.vary).toMatch(/\bCookie$/)
  expect(answer.headers['cache-control']).toBe('no-store')
}
