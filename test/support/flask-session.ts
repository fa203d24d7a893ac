// A Flask program with the real Flask-Session, a Node program, and a browser that visits both.
import { execFileSync } from 'node:child_process'
import { createClient } from 'redis'
import {
  createSessions,
  type Session,
  type SessionOptions,
  type Sessions,
} from '../../src/index.ts'
import {
  type FlaskSessionStoreOptions,
  flaskSessionStore,
  type RedisClient,
} from '../../src/stores/flask-session.ts'
import { findPython } from './needs.ts'
import { start } from './processes.ts'
import { type RedisServer, startRedis } from './redis.ts'

export const NO_FLASK_SESSION =
  'no Python with Flask-Session, redis and msgspec was found beside Flask (.venv or SOJOURN_PYTHON)'

/** The Python of `findPython`, if it has what these tests need. */
export function findFlaskSession(): string | null {
  const path = findPython()?.path
  if (path === undefined) return null
  try {
    execFileSync(path, ['-c', 'import flask_session, redis, msgspec'], { stdio: 'ignore' })
    return path
  } catch {
    return null
  }
}

export interface Kind {
  readonly format: 'msgpack' | 'json'
  readonly signer: boolean
  readonly permanent: boolean
  /** Seconds. */
  readonly lifetime: number
}

const SECRET_KEY = 'the key of these tests'

export type Site = Awaited<ReturnType<typeof startSite>>

/** @param path the programs that serve: Redis, and Python */
export async function startSite(path: { redis: string; python: string }, kind: Kind) {
  const server: RedisServer = await startRedis(path.redis)
  const flask = start({
    command: path.python,
    args: ['test/stores/programs/flask_session_app.py'],
    env: {
      PYTHONDONTWRITEBYTECODE: '1',
      SECRET_KEY,
      REDIS_PORT: String(server.port),
      FORMAT: kind.format,
      SIGNER: kind.signer ? '1' : '0',
      PERMANENT: kind.permanent ? '1' : '0',
      LIFETIME: String(kind.lifetime),
    },
  })
  const [, port] = await flask.waitFor(/ready (\d+)/)
  const client = await createClient({ url: `redis://127.0.0.1:${server.port}` }).connect()
  const store = (options: FlaskSessionStoreOptions = {}, other: RedisClient = client) =>
    flaskSessionStore(other, {
      serializationFormat: kind.format,
      useSigner: kind.signer,
      permanentSessionLifetime: { seconds: kind.lifetime },
      ...options,
    })
  const sessionsOf = (options: Partial<SessionOptions> = {}) =>
    createSessions({
      secretKey: SECRET_KEY,
      store: store(),
      lifetime: { idle: { seconds: kind.lifetime }, permanent: kind.permanent },
      cookie: { name: 'session', secure: false, sameSite: null },
      ...options,
    })
  const sessions = sessionsOf()
  return {
    server,
    client,
    store,
    sessionsOf,
    browser: (cookie = '') => new Browser(`http://127.0.0.1:${port}/run`, sessions, cookie),
    /** The key in Redis of what a cookie names. */
    keyOf: (cookie: string) => `session:${cookie.replace('session=', '').split('.')[0]}`,
    async stop() {
      client.destroy()
      await flask.stop()
      await server.stop()
    },
  }
}

/** Holds one cookie, and sends it to both. */
export class Browser {
  cookie: string
  readonly #url: string
  readonly #sessions: Sessions

  constructor(url: string, sessions: Sessions, cookie: string) {
    this.#url = url
    this.#sessions = sessions
    this.cookie = cookie
  }

  /** Another one with the same cookie. */
  copy(): Browser {
    return new Browser(this.#url, this.#sessions, this.cookie)
  }

  /** Runs lines of Python in a request to Flask; answers their `answer`. */
  async flask(lines: string): Promise<unknown> {
    const headers = this.cookie === '' ? undefined : { cookie: this.cookie }
    const response = await fetch(this.#url, { method: 'POST', body: lines, headers })
    if (!response.ok) throw new Error(`Flask answered ${response.status} to: ${lines}`)
    for (const line of response.headers.getSetCookie()) this.#take(line)
    return response.json()
  }

  /** What Flask sees, as Python shows it. */
  async shown(): Promise<Record<string, string>> {
    return (await this.flask('answer = shown()')) as Record<string, string>
  }

  /** A request to the Node program. */
  async node<Result>(handler: (session: Session) => Result, sessions = this.#sessions) {
    const session = sessions.open({ cookie: this.cookie || undefined })
    await sessions.load(session)
    const result = await handler(session)
    const settlement = await sessions.commit(sessions.settle(session))
    if (settlement.setCookie !== null) this.#take(settlement.setCookie)
    return result
  }

  #take(line: string): void {
    const [pair = ''] = line.split(';')
    this.cookie = pair.endsWith('=') ? '' : pair
  }
}
