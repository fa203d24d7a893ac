// Middleware one in front of the other, and a handler behind them, on a real server.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WithSession } from '../../src/adapters/node.ts'
import { listen } from './node-servers.ts'

export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void
export type Last = (request: WithSession<IncomingMessage>, response: ServerResponse) => unknown

/** The body of a 503. */
export const PROBLEM = { type: 'urn:sojourn:problem:store-unavailable', status: 503 }
export const PIECES = Array.from({ length: 20 }, (_, at) => `line ${at};`)

/** The port of a server of two middlewares and a handler. */
export const chain = (first: Middleware, second: Middleware, last: Last): Promise<number> =>
  listen((request, response) =>
    first(request, response, () =>
      second(request, response, () => last(request as WithSession<IncomingMessage>, response)),
    ),
  )

export const writing: Last = ({ session }, response) => {
  session.set('user', 'Ada')
  response.write('of the ')
  response.end('handler')
}
