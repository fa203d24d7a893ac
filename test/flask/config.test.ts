import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Flask, session, type Tag } from '../../src/flask/index.ts'
import type { SessionError } from '../../src/index.ts'

const KEY = 'a key of the tests, long enough'
const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
let now: number
let app: Flask

beforeEach(() => {
  now = 1_700_000_000
  app = new Flask({ clock: () => now })
  app.secretKey = KEY
})

afterEach(() => {
  errors.mockClear()
})

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    return (error as SessionError).code
  }
  return undefined
}

describe('without a secret key', () => {
  beforeEach(() => {
    app = new Flask()
  })

  it('the session can be read, is empty, and leaves no trace', async () => {
    app.get('/', () => [
      session.size,
      session.get('a', 'none'),
      session.permanent,
      session.has('a'),
    ])
    const response = await app.testClient().get('/', { headers: { cookie: 'session=a.b.c' } })
    expect(await response.json()).toEqual([0, 'none', false, false])
    expect(response.headers.get('vary')).toBeNull()
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('a change says what to do', async () => {
    app.get('/', () => {
      session.set('a', 1)
      return ''
    })
    expect((await app.testClient().get('/')).status).toBe(500)
    expect(errors).toHaveBeenCalledWith(expect.objectContaining({ code: 'no-secret-key' }))
  })

  it.each(['', new Uint8Array()])('an empty one is none: %j', async (secretKey) => {
    app.secretKey = secretKey
    app.get('/', () => String(session.size))
    expect((await app.testClient().get('/')).headers.get('vary')).toBeNull()
  })

  it('it can still be set, and taken away', async () => {
    app.get('/', () => {
      session.set('a', 1)
      return ''
    })
    const client = app.testClient()
    expect((await client.get('/')).status).toBe(500)
    app.secretKey = KEY
    expect((await client.get('/')).status).toBe(200)
    app.secretKey = null
    expect((await client.get('/')).status).toBe(500)
  })

  it('the program starts, as in Flask, and says so', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const server = await app.run({ port: 0 })
    expect(warned.mock.calls[0]?.[0]).toContain('app.secretKey is not set')
    warned.mockRestore()
    await server.close()
  })
})

describe('the configuration', () => {
  it('has Flask’s defaults, and none of its parts is shared', () => {
    expect(app.permanentSessionLifetime).toEqual({ days: 31 })
    expect(app.config).toMatchObject({ sessionCookieName: 'session', applicationRoot: '/' })
    app.config.sessionCookieName = 'own'
    expect(new Flask().config.sessionCookieName).toBe('session')
    expect(() => (app.config.secretKeyFallbacks as string[]).push('x')).toThrow(TypeError)
  })

  it.each(['sessionCookieNam', 'SESSION_COOKIE_NAME', 'toString', '__proto__'])(
    'refuses the name %s',
    (name) => {
      expect(codeOf(() => Reflect.set(app.config, name, 'x'))).toBe('bad-option')
    },
  )

  it('refuses a bare number as a lifetime, at once', () => {
    expect(codeOf(() => Object.assign(app, { permanentSessionLifetime: 10 }))).toBe('bad-duration')
    expect(codeOf(() => Object.assign(app.config, { sessionAbsoluteLifetime: 10 }))).toBe(
      'bad-duration',
    )
    expect(app.permanentSessionLifetime).toEqual({ days: 31 })
  })

  it('a wrong one stops the program when it starts', async () => {
    app.config.sessionCookieSameSite = 'Sometimes'
    await expect(app.run({ port: 0 })).rejects.toMatchObject({ code: 'bad-cookie-option' })
    app.config.sessionCookieSameSite = null
    app.config.secretKeyFallbacks = 'old' as never
    await expect(app.run({ port: 0 })).rejects.toMatchObject({ code: 'bad-secret-key' })
  })

  it('may change between requests', async () => {
    app.get('/', () => {
      session.permanent = true
      session.set('a', 1)
      return ''
    })
    app.get('/check', () => String(session.get('a')))
    const client = app.testClient()
    await client.get('/')
    app.secretKey = 'another key, also long enough'
    expect(await (await client.get('/check')).text()).toBe('undefined')
    app.config.secretKeyFallbacks = [KEY]
    expect(await (await client.get('/check')).text()).toBe('1')
    app.config.secretKeyFallbacks = []
    expect(await (await client.get('/check')).text()).toBe('1')
    app.permanentSessionLifetime = { seconds: 5 }
    now += 6
    expect(await (await client.get('/check')).text()).toBe('undefined')
  })
})

describe('the session interface', () => {
  it('has another salt and digest, and tags of your own', async () => {
    const point: Tag = {
      key: ' p',
      fits: (value) => value instanceof URL,
      write: (value) => String(value),
      read: (text) => new URL(String(text)),
    }
    app.config.sessionInterface = { salt: 'another', digest: 'sha256', tags: [point] }
    app.get('/', () => {
      session.set('home', new URL('https://example.com/'))
      return 'ok'
    })
    app.get('/read', () => String(session.get('home') instanceof URL))
    const client = app.testClient()
    await client.get('/')
    const [payload = '', , signature] = client.cookie('session')?.split('.') ?? []
    expect(Buffer.from(payload, 'base64url').toString()).toBe(
      '{"home":{" p":"https://example.com/"}}',
    )
    expect(signature).toHaveLength(43)
    expect(await (await client.get('/read')).text()).toBe('true')
  })
})
