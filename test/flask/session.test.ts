import { beforeEach, describe, expect, it } from 'vitest'
import {
  Flask,
  flash,
  getFlashedMessages,
  Markup,
  request,
  session,
  Tuple,
} from '../../src/flask/index.ts'
import { Session, SessionError } from '../../src/index.ts'

const START = 1_700_000_000
let now: number
let app: Flask

beforeEach(() => {
  now = START
  app = new Flask({ clock: () => now })
  app.secretKey = 'a key of the tests, long enough'
})

const thrownBy = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

describe('the session of the request at hand', () => {
  it.each<[string, () => unknown]>([
    ['session.get', () => session.get('a')],
    ['session.permanent', () => session.permanent],
    [
      'setting session.permanent',
      () => {
        session.permanent = true
      },
    ],
    ['walking the session', () => [...session]],
    ['request', () => request.url],
    ['flash', () => flash('hi')],
    ['getFlashedMessages', () => getFlashedMessages()],
  ])('%s outside of a request says so', (_, action) => {
    const error = thrownBy(action)
    expect(error).toBeInstanceOf(SessionError)
    expect(error).toMatchObject({ code: 'outside-request' })
    expect((error as SessionError).message).toMatch(/outside of a request/)
  })

  it('behaves as a Session', async () => {
    app.get('/', () => {
      session.set('a', 1).update({ b: [2] })
      expect(session).toBeInstanceOf(Session)
      expect([...session]).toEqual([
        ['a', 1],
        ['b', [2]],
      ])
      expect(JSON.stringify(session)).toBe('{"a":1,"b":[2]}')
      expect('get' in session).toBe(true)
      return 'ok'
    })
    expect((await app.testClient().get('/')).status).toBe(200)
  })

  it('is each request’s own, also across awaits', async () => {
    const held: (() => void)[] = []
    app.get('/<name>', async ({ name }) => {
      session.set('name', name)
      await new Promise<void>((resolve) => {
        held.unshift(resolve)
        if (held.length === 10) for (const go of held) go()
      })
      return String(session.get('name'))
    })
    const names = Array.from({ length: 10 }, (_, at) => `user-${at}`)
    const clients = names.map(() => app.testClient())
    const texts = clients.map(async (client, at) => (await client.get(`/${names[at]}`)).text())
    expect(await Promise.all(texts)).toEqual(names)
    const kept: unknown[] = []
    for (const client of clients) client.sessionTransaction((own) => kept.push(own.get('name')))
    expect(kept).toEqual(names)
  })

  it('notices what was changed inside, unless told to be as Flask', async () => {
    app.get('/set', () => {
      session.set('list', [])
      return ''
    })
    app.get('/push', () => {
      ;(session.get('list') as number[]).push(1)
      return ''
    })
    app.get('/', () => session.get('list') as object)
    const client = app.testClient()
    await client.get('/set')
    await client.get('/push')
    expect(await (await client.get('/')).json()).toEqual([1])
    app.config.sessionNestedChanges = false
    await client.get('/push')
    expect(await (await client.get('/')).json()).toEqual([1])
  })

  it('does not go to shared caches, and its absence does', async () => {
    app.get('/read', () => String(session.get('a')))
    app.get('/not', () => 'ok')
    const client = app.testClient()
    expect((await client.get('/read')).headers.get('vary')).toBe('Cookie')
    expect((await client.get('/not')).headers.get('vary')).toBeNull()
  })

  it('ends in time although it is used, where an absolute lifetime is set', async () => {
    app.permanentSessionLifetime = { minutes: 10 }
    app.config.sessionAbsoluteLifetime = { minutes: 15 }
    app.get('/', () => {
      session.permanent = true
      session.set('a', 1)
      return ''
    })
    app.get('/check', () => String(session.get('a')))
    const client = app.testClient({ honourExpires: false })
    await client.get('/')
    for (const [minutes, found] of [
      [8, '1'],
      [7, '1'],
      [1, 'undefined'],
    ] as const) {
      now += minutes * 60
      expect(await (await client.get('/check')).text()).toBe(found)
    }
  })
})

describe('flashes', () => {
  it('come once, on the next page, and again within that page', async () => {
    app.get('/do', () => {
      flash('saved')
      flash(new Markup('<b>low</b>'), 'warning')
      return ''
    })
    app.get('/show', () => ({
      plain: getFlashedMessages(),
      again: getFlashedMessages({ withCategories: true }),
      some: getFlashedMessages({ categoryFilter: ['warning'] }),
    }))
    const client = app.testClient()
    await client.get('/do')
    client.sessionTransaction((own) => {
      const [first] = own.get('_flashes') as unknown[]
      expect(first).toBeInstanceOf(Tuple)
      expect(first).toEqual(new Tuple('message', 'saved'))
    })
    expect(await (await client.get('/show')).json()).toEqual({
      plain: ['saved', '<b>low</b>'],
      again: [
        ['message', 'saved'],
        ['warning', '<b>low</b>'],
      ],
      some: ['<b>low</b>'],
    })
    const later = await client.get('/show')
    expect(await later.json()).toEqual({ plain: [], again: [], some: [] })
    expect(later.headers.getSetCookie()).toEqual([])
  })
})

it('tells its listeners what happens to sessions, whenever they came', async () => {
  const told: string[] = []
  app.on('created', () => told.push('created'))
  app.get('/', () => {
    session.set('a', 1)
    return ''
  })
  app.permanentSessionLifetime = { seconds: 5 }
  const client = app.testClient()
  await client.get('/')
  app.on('ended', ({ reason }) => told.push(reason))
  app.on('rejected', ({ detail }) => told.push(detail))
  now += 6
  await client.get('/')
  app.config.sessionCookieName = 'other'
  await client.get('/', { headers: { cookie: 'other=garbage' } })
  expect(told).toEqual(['created', 'idle', 'created', 'no-separator', 'created'])
})
