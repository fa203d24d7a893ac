import { beforeEach, describe, expect, it } from 'vitest'
import { Flask, session } from '../../src/flask/index.ts'

let now: number
let app: Flask

beforeEach(() => {
  now = 1_700_000_000
  app = new Flask({ clock: () => now })
  app.secretKey = 'a key of the tests, long enough'
  app.get('/', (_, request) => request.headers.get('cookie') ?? 'none')
})

/** A view that answers with these Set-Cookie headers. */
const setting = (path: string, ...lines: string[]) =>
  app.get(path, () => ['', 200, lines.map((line): [string, string] => ['set-cookie', line])])

const sent = async (client: ReturnType<Flask['testClient']>) => (await client.get('/')).text()

describe('the jar', () => {
  it('keeps and sends cookies, each client its own', async () => {
    setting('/set', 'a=1; Path=/', 'b="2"', 'a=3')
    const client = app.testClient()
    await client.get('/set')
    expect(await sent(client)).toBe('a=3; b="2"')
    expect(client.cookie('a')).toBe('3')
    expect(client.cookie('none')).toBeUndefined()
    expect(await sent(app.testClient())).toBe('none')
  })

  it('lets cookies expire by the application’s clock', async () => {
    setting(
      '/set',
      `date=1; expires=${new Date((now + 10) * 1000).toUTCString()}`,
      'age=1;Max-Age=20; Expires=Thu, 01 Jan 2099 00:00:00 GMT',
      'odd=1; Max-Age=soon; Expires=never',
    )
    const client = app.testClient()
    const stubborn = app.testClient({ honourExpires: false })
    await client.get('/set')
    await stubborn.get('/set')
    now += 10
    expect(await sent(client)).toBe('age=1; odd=1')
    now += 10
    expect(await sent(client)).toBe('odd=1')
    expect(await sent(stubborn)).toBe('date=1; age=1; odd=1')
  })

  it('drops what is taken back, also where Expires is ignored', async () => {
    setting('/set', 'a=1', 'b=1', 'c=1')
    setting('/out', 'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0', 'b=; max-age=-1')
    const client = app.testClient({ honourExpires: false })
    await client.get('/set')
    await client.get('/out')
    expect(await sent(client)).toBe('c=1')
  })

  it('loses with the browser what ends with it', async () => {
    setting('/set', 'a=1', 'b=1; Max-Age=60')
    const client = app.testClient()
    await client.get('/set')
    client.closeBrowser()
    expect(await sent(client)).toBe('b=1')
  })

  it('takes a cookie by hand, and stands back for a header', async () => {
    const client = app.testClient()
    client.setCookie('a', '1')
    expect(await sent(client)).toBe('a=1')
    expect(client.cookieHeader()).toBe('a=1')
    const other = await client.get('/', { headers: { cookie: 'b=2' } })
    expect(await other.text()).toBe('b=2')
  })
})

describe('sessionTransaction', () => {
  it('presets and reads the session between requests', async () => {
    app.get('/check', () => String(session.get('user')))
    const client = app.testClient()
    client.sessionTransaction((own) => {
      own.permanent = true
      own.set('user', 'Ada')
    })
    expect(await (await client.get('/check')).text()).toBe('Ada')
    let found: unknown
    client.sessionTransaction((own) => {
      found = own.get('user')
      own.destroy()
    })
    expect(found).toBe('Ada')
    expect(client.cookie('session')).toBeUndefined()
  })

  it('says what is missing without a secret key', () => {
    app.secretKey = null
    const client = app.testClient()
    expect(() => client.sessionTransaction((own) => own.set('a', 1))).toThrow(
      expect.objectContaining({ code: 'no-secret-key' }),
    )
    expect(() => client.sessionTransaction((own) => own.get('a'))).not.toThrow()
  })
})

it('does not follow redirects, and takes whole addresses', async () => {
  app.get('/away', () => Response.redirect('http://localhost/'))
  const client = app.testClient()
  expect((await client.get('/away')).status).toBe(302)
  expect((await client.get('http://other.example/')).status).toBe(200)
})
