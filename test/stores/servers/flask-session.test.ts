// One session between a Flask program with the real Flask-Session and a Node program, both ways.
import { execFileSync } from 'node:child_process'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withSession } from '../../../src/adapters/fetch.ts'
import { createSessions, type Session } from '../../../src/index.ts'
import { flaskSessionStore } from '../../../src/stores/flask-session.ts'
import { findPython, needs } from '../../support/needs.ts'
import { type Program, start } from '../../support/processes.ts'
import { findRedis, NO_REDIS, type RedisServer, startRedis } from '../../support/redis.ts'

const SECRET_KEY = 'the key of these tests'
const redis = findRedis()
const python = findPython()?.path
const NO_FLASK_SESSION = 'no Python with Flask-Session, redis and msgspec was found'

function findFlaskSession(): string | null {
  if (python === undefined) return null
  try {
    execFileSync(python, ['-c', 'import flask_session, redis, msgspec'], { stdio: 'ignore' })
    return python
  } catch {
    return null
  }
}

const KINDS = [
  { format: 'msgpack', signer: false, permanent: true },
  { format: 'msgpack', signer: true, permanent: false },
  { format: 'json', signer: false, permanent: false },
  { format: 'json', signer: true, permanent: true },
] as const

const found = redis && findFlaskSession()

describe('Flask-Session', needs(found, redis ? NO_FLASK_SESSION : NO_REDIS), () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis(redis ?? '')
  })
  afterAll(() => server?.stop())

  describe.each(KINDS)('$format, signer $signer, permanent $permanent', (kind) => {
    const { format, signer, permanent } = kind
    let flask: Program
    let origin = ''
    let client: ReturnType<typeof createClient>
    let cookie = ''
    beforeAll(async () => {
      const env = {
        SECRET_KEY,
        REDIS_PORT: String(server.port),
        FORMAT: format,
        SIGNER: signer ? '1' : '0',
        PERMANENT: permanent ? '1' : '0',
      }
      const args = ['test/stores/programs/flask_session_app.py']
      flask = start({ command: found ?? '', args, env })
      const [, port] = await flask.waitFor(/ready (\d+)/)
      origin = `http://127.0.0.1:${port}`
      client = createClient({ url: `redis://127.0.0.1:${server.port}` })
      await client.connect()
    }, 60_000)
    afterAll(async () => {
      await flask?.stop()
      client?.destroy()
    })

    const keep = (response: Response) => {
      const [line] = response.headers.getSetCookie()
      if (line !== undefined) cookie = line.split(';')[0] ?? ''
      return response
    }
    const ask = async (path: string, body?: object) =>
      keep(
        await fetch(origin + path, {
          method: path === '/get' ? 'GET' : 'POST',
          headers: { cookie, 'content-type': 'application/json' },
          body: body && JSON.stringify(body),
        }),
      )
    const seen = async () => (await ask('/get')).json() as Promise<Record<string, [string, string]>>
    const visit = async <Result>(handler: (session: Session) => Result): Promise<Result> => {
      const store = flaskSessionStore(client, { serializationFormat: format, useSigner: signer })
      const sessions = createSessions({
        secretKey: SECRET_KEY,
        store,
        lifetime: { idle: '31d', absolute: '90d', permanent },
        cookie: { name: 'session', secure: false, sameSite: null },
      })
      let result: Result | undefined
      const answer = withSession(sessions, (_request, session) => {
        result = handler(session)
        return new Response('ok')
      })
      keep(await answer(new Request('https://example.com/', { headers: { cookie } })))
      return result as Result
    }

    test('what Flask began is read, changed by one field, and the rest is as it was', async () => {
      cookie = ''
      await ask('/set', { name: 'ann', views: 1 })
      await ask('/types')
      const before = await seen()
      const { result, when, bytes } = await visit((session) => {
        session.set('views', 2)
        const [when, bytes] = [session.get('when'), session.get('bytes')]
        return { result: session.get('name'), when, bytes }
      })
      expect(result).toBe('ann')
      if (format === 'msgpack') {
        expect(when).toEqual(new Date('2024-02-29T12:00:00Z'))
        expect(bytes).toEqual(Uint8Array.of(0, 255))
      }
      const { _sojourn: _, ...after } = await seen()
      expect(after).toEqual({ ...before, views: ['int', '2'] })
    })

    test('what Node began is read and changed by Flask, and read again', async () => {
      cookie = ''
      await visit((session) => session.set('name', 'bob').set('list', [1, { a: null }]))
      expect(await seen()).toMatchObject({ name: ['str', 'bob'] })
      await ask('/set', { city: 'Köln' })
      const read = await visit((session) => [session.get('city'), session.get('list')])
      expect(read).toEqual(['Köln', [1, { a: null }]])
      expect((await seen())._permanent?.[1] ?? 'False').toBe(permanent ? 'True' : 'False')
    })

    test('a logout on either side is one', async () => {
      cookie = ''
      await visit((session) => session.set('name', 'bob'))
      const held = cookie
      await visit((session) => session.destroy())
      cookie = held
      expect((await seen()).name).toBeUndefined()
      cookie = held
      expect(await visit((session) => session.ended?.reason)).toBe('logout')
      cookie = ''
      await ask('/set', { name: 'ann' })
      const other = cookie
      await ask('/logout')
      cookie = other
      expect(await visit((session) => session.ended?.reason)).toBe('unknown')
    })

    test('requests at once in Node lose nothing, and authentication renews the id', async () => {
      cookie = ''
      await ask('/set', { name: 'ann' })
      const held = cookie
      await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          visit((session) => {
            session.set(`key${at}`, at)
            session.update('count', (count) => Number(count ?? 0) + 1)
          }),
        ),
      )
      const all = await visit((session) => session.toJSON())
      expect(all).toMatchObject({ name: 'ann', count: 10, key0: 0, key9: 9 })
      await visit((session) => session.authenticate('ann', { factor: 'password' }))
      expect(cookie).not.toBe(held)
      expect(await visit((session) => [session.subject, session.get('name')])).toEqual([
        'ann',
        'ann',
      ])
      expect((await seen()).name).toEqual(['str', 'ann'])
    })
  })
})
