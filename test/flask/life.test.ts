import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { Flask, requireFresh, session, sessionStatus } from '../../src/flask/index.ts'

const MINUTES = 60
let now: number
let app: Flask

beforeEach(() => {
  now = 1_700_000_000
  app = new Flask({ clock: () => now })
  app.secretKey = 'a key of the tests, long enough'
  app.permanentSessionLifetime = { minutes: 30 }
  app.get('/login', () => {
    session.permanent = true
    session.authenticate('ann', { factor: 'password' }).set('user', 'ann')
    return 'in'
  })
  app.get('/page', () => String(session.get('user')))
  app.get('/poll', () => String(session.get('user')))
  app.get('/session', sessionStatus)
})

type Client = ReturnType<Flask['testClient']>

const text = async (response: Promise<Response>) => (await response).text()
const json = async (response: Promise<Response>): Promise<unknown> => (await response).json()

describe('background requests', () => {
  it.each<[string, (client: Client) => Promise<Response>]>([
    ['a route', (client) => client.get('/poll')],
    [
      'a request that says so',
      (client) => client.get('/page', { headers: { 'sojourn-activity': 'background' } }),
    ],
    ['a prefetch', (client) => client.get('/page', { headers: { 'sec-purpose': 'prefetch' } })],
    ['asking for the status', (client) => client.get('/session')],
  ])('%s does not keep a permanent session alive', async (_, poll) => {
    app.config.sessionActivity = ['/poll']
    const client = app.testClient({ honourExpires: false })
    await client.get('/login')
    for (let time = 0; time < 3; time++) {
      now += 10 * MINUTES
      await poll(client)
    }
    expect(await text(client.get('/page'))).toBe('ann')
    for (let time = 0; time < 3; time++) {
      now += 10 * MINUTES
      await poll(client)
    }
    now += 1
    expect(await text(client.get('/page'))).toBe('undefined')
  })

  it('are none without being named: any view is the user’s, as in Flask', async () => {
    const client = app.testClient()
    await client.get('/login')
    for (let time = 0; time < 6; time++) {
      now += 10 * MINUTES
      await client.get('/poll')
    }
    expect(await text(client.get('/page'))).toBe('ann')
  })

  it('begin no session', async () => {
    app.get('/begin', () => String(session.set('cart', 1).size))
    const ahead = { headers: { 'sec-purpose': 'prefetch' } }
    const client = app.testClient()
    expect((await client.get('/begin', ahead)).headers.getSetCookie()).toEqual([])
    expect((await client.get('/begin')).headers.getSetCookie()).toHaveLength(1)
  })
})

describe('the status', () => {
  it('is told as JSON that no cache keeps', async () => {
    const client = app.testClient({ honourExpires: false })
    expect(await json(client.get('/session'))).toMatchObject({ state: 'none', ended: null })
    await client.get('/login')
    const response = await client.get('/session')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ state: 'live', endsAt: now + 1800 })
    now += 1801
    expect(await json(client.get('/session'))).toMatchObject({
      state: 'none',
      ended: { reason: 'idle', ago: 1 },
    })
  })

  it('has no body for HEAD, and is there for nothing else', async () => {
    const client = app.testClient()
    expect(await text(client.head('/session'))).toBe('')
    const refused = await client.post('/session')
    expect(refused.status).toBe(405)
    expect(refused.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('is none without a secret key', async () => {
    app.secretKey = null
    expect(await json(app.testClient().get('/session'))).toMatchObject({ state: 'none' })
  })
})

describe('requireFresh', () => {
  it('answers 401 with what is asked, and lets the repeated request through', async () => {
    app.post(
      '/pay/<int:amount>',
      requireFresh({ within: '5m', factor: 'password' }, ({ amount }) => {
        expectTypeOf(amount).toEqualTypeOf<number>()
        return `paid ${amount}`
      }),
    )
    const client = app.testClient()
    const refused = await client.post('/pay/5')
    expect(refused.status).toBe(401)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(refused.headers.get('www-authenticate')).toBe('Session')
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(await refused.json()).toMatchObject({ reason: 'unauthenticated', within: 300 })
    await client.get('/login')
    expect(await text(client.post('/pay/5'))).toBe('paid 5')
    now += 301
    expect(await json(client.post('/pay/5'))).toMatchObject({ reason: 'stale', age: 301 })
  })

  it('keeps the session’s headers on its 401, which has no body for HEAD', async () => {
    app.beforeRequest(() => {
      session.update('tries', (tries) => Number(tries ?? 0) + 1)
    })
    app.get(
      '/account',
      requireFresh({ within: '5m' }, () => 'yours'),
    )
    const refused = await app.testClient().head('/account')
    expect([refused.status, await refused.text()]).toEqual([401, ''])
    expect(refused.headers.getSetCookie()).toHaveLength(1)
    expect(refused.headers.get('vary')).toBe('Cookie')
  })

  it('answers 401 without a secret key too', async () => {
    app.secretKey = null
    app.get(
      '/account',
      requireFresh({ within: '5m' }, () => 'yours'),
    )
    expect((await app.testClient().get('/account')).status).toBe(401)
  })

  it('throws when it is made of what nobody could prove', () => {
    expect(() => requireFresh({ within: 300 as never }, () => '')).toThrow(
      expect.objectContaining({ code: 'bad-duration' }),
    )
  })
})

describe('the configuration of lifetimes', () => {
  it('grants permanent sessions more', async () => {
    app.config.sessionGrants = { permanent: { idle: { days: 7 }, absolute: { days: 30 } } }
    const client = app.testClient()
    await client.get('/login')
    now += 6 * 86_400
    expect(await text(client.get('/page'))).toBe('ann')
    now += 8 * 86_400
    expect(await text(client.get('/page'))).toBe('undefined')
  })

  it('ends single keys', async () => {
    app.config.sessionFields = { otp: { absolute: { minutes: 5 } } }
    app.get('/otp', () => String(session.get('otp')))
    const client = app.testClient()
    client.sessionTransaction((own) => own.set('otp', 123))
    now += 300
    expect(await text(client.get('/otp'))).toBe('123')
    now += 1
    expect(await text(client.get('/otp'))).toBe('undefined')
  })

  it('locks an idle session until it is unlocked', async () => {
    app.config.sessionIdleAction = 'lock'
    app.config.sessionAbsoluteLifetime = { hours: 12 }
    app.get('/unlock', () => String(session.unlock({ factor: 'password' })))
    const client = app.testClient({ honourExpires: false })
    await client.get('/login')
    now += 1801
    expect(await text(client.get('/page'))).toBe('undefined')
    expect(await json(client.get('/session'))).toMatchObject({ state: 'locked' })
    expect(await text(client.get('/unlock'))).toBe('true')
    expect(await text(client.get('/page'))).toBe('ann')
  })

  it('that is wrong stops the program when it starts', async () => {
    app.config.sessionIdleAction = 'lock'
    await expect(app.run({ port: 0 })).rejects.toMatchObject({ code: 'bad-lifetime' })
    app.config.sessionIdleAction = 'sleep' as never
    await expect(app.run({ port: 0 })).rejects.toMatchObject({ code: 'bad-option' })
    app.config.sessionIdleAction = 'end'
    app.config.sessionFields = { cart: { idle: 5 as never } }
    await expect(app.run({ port: 0 })).rejects.toMatchObject({ code: 'bad-duration' })
    app.config.sessionFields = {}
    app.config.sessionGrants = { permanent: { idle: { days: 7 } } as never }
    await expect(app.run({ port: 0 })).rejects.toMatchObject({ code: 'bad-lifetime' })
  })
})
