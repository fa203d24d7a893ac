// `app.run`: a development server on node:http, by @hono/node-server.
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'

export interface RunOptions {
  /** @default '127.0.0.1' */
  readonly host?: string
  /** Without it: 5000, or the next free one. */
  readonly port?: number
  /** Shows errors in the page; for development only. @default false */
  readonly debug?: boolean
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  /** Stops listening and ends open connections. */
  close(): Promise<void>
}

const FIRST_PORT = 5000
const TRIES = 100

export async function serve(
  fetch: (request: Request) => Promise<Response>,
  { host = '127.0.0.1', port }: RunOptions,
): Promise<RunningServer> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server
  const first = port ?? FIRST_PORT
  const last = port === undefined ? first + TRIES : first
  for (let candidate = first; ; candidate++) {
    const error = await listen(server, candidate, host)
    if (error === null) break
    if (error.code !== 'EADDRINUSE' || candidate >= last) throw error
  }
  return running(server, host)
}

const listen = (server: Server, port: number, host: string) =>
  new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once('error', resolve)
    server.listen(port, host, () => {
      server.off('error', resolve)
      resolve(null)
    })
  })

function running(server: Server, host: string): RunningServer {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, close }
}

/** Says where the server listens, and ends it cleanly on Ctrl-C. */
export function announce(server: RunningServer): RunningServer {
  console.log(`Sojourn serves on ${server.url} (Ctrl-C ends it)`)
  const end = () => {
    server.close().then(() => process.exit(0))
  }
  // Not once: on Ctrl-C a program under npm gets the signal twice, and the second would kill it.
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  const close = async () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await server.close()
  }
  return { ...server, close }
}
