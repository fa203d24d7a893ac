import { describe, expect, it } from 'vitest'
import { Flask, request } from '../../src/flask/index.ts'
import type { AnyView } from '../../src/flask/router.ts'

/** What a rule catches from a path, or the status where it does not fit. */
async function caught(rule: string, path: string): Promise<unknown> {
  const app = new Flask()
  const view: AnyView = (variables) => ({ variables })
  app.route(rule, view)
  const response = await app.testClient().get(path)
  return response.status === 200 ? (await response.json()).variables : response.status
}

describe('rules', () => {
  it.each<[string, string, unknown]>([
    ['/', '/', {}],
    ['/a/b', '/a/b', {}],
    ['/a', '/a/', 404],
    ['/a/', '/a', 404],
    ['/<name>', '/Ada', { name: 'Ada' }],
    ['/<name>', '/', 404],
    ['/<name>', '/a/b', 404],
    ['/<string:name>', '/a%20b', { name: 'a b' }],
    ['/<name>', '/%C3%BC', { name: 'ü' }],
    ['/<name>', '/ü', { name: 'ü' }],
    ['/ü/<name>', '/%C3%BC/x', { name: 'x' }],
    ['/<name>', '/100%25', { name: '100%' }],
    ['/<name>', '/a%2Fb', { name: 'a/b' }],
    ['/<name>', '/%E4%F6', { name: '%E4%F6' }],
    ['/<name>', '/__proto__', { name: '__proto__' }],
    ['/user/<int:id>', '/user/7', { id: 7 }],
    ['/user/<int:id>', '/user/007', { id: 7 }],
    ['/user/<int:id>', '/user/-7', 404],
    ['/user/<int:id>', '/user/7a', 404],
    ['/user/<int:id>', '/user/7/', 404],
    ['/at/<float:x>', '/at/1.5', { x: 1.5 }],
    ['/at/<float:x>', '/at/1', 404],
    ['/files/<path:rest>', '/files/a/b/c.txt', { rest: 'a/b/c.txt' }],
    ['/files/<path:rest>/edit', '/files/a/b/edit', { rest: 'a/b' }],
    ['/files/<path:rest>', '/files/', 404],
    [
      '/id/<uuid:id>',
      '/id/6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      { id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
    ],
    ['/id/<uuid:id>', '/id/6ba7b810', 404],
    ['/<int:year>/<name>', '/2026/Ada', { year: 2026, name: 'Ada' }],
    ['/user-<int:id>', '/user-3', { id: 3 }],
    ['/user-<int:id>', '/user-x', 404],
    ['/<name>.json', '/a.json', { name: 'a' }],
    ['/<name>.json', '/a-json', 404],
    ['/<int:from>-<int:to>', '/3-14', { from: 3, to: 14 }],
    ['/c++/<name>', '/c++/x', { name: 'x' }],
    ['/(a|b)', '/a', 404],
  ])('%s on %s', async (rule, path, expected) => {
    expect(await caught(rule, path)).toEqual(expected)
  })

  it.each([
    '/user/:id',
    '/all/*',
    '/<any(a,b):x>',
    '/<decimal:x>',
    '/<constructor:x>',
    '/<>',
    '/<name',
    '/<a>/<a>',
    'no-slash',
    '/<1st>',
  ])('refuses %s when it is written', (rule) => {
    expect(() => new Flask().route(rule, () => 'never')).toThrow(RangeError)
  })

  it('of two that fit, the less open one counts, whatever came first', async () => {
    const app = new Flask()
    app.get('/<path:rest>', () => 'path')
    app.get('/user/<name>', () => 'text')
    app.get('/user/<int:id>', () => 'number')
    app.get('/user/me', () => 'fixed')
    app.get('/user/me', () => 'second')
    const client = app.testClient()
    const texts = ['/user/me', '/user/7', '/user/Ada', '/user/a/b'].map(async (path) =>
      (await client.get(path)).text(),
    )
    expect(await Promise.all(texts)).toEqual(['fixed', 'number', 'text', 'path'])
  })

  it('may be added after the first request', async () => {
    const app = new Flask()
    app.get('/a', () => 'a')
    const client = app.testClient()
    expect((await client.get('/b')).status).toBe(404)
    app.get('/b', () => 'b')
    expect(await (await client.get('/b')).text()).toBe('b')
  })
})

describe('methods', () => {
  const app = new Flask()
  app.route('/form', { methods: ['get', 'POST'] }, (_, request) => request.method)
  app.get('/one', () => 'get')
  app.post('/one', () => 'post')
  app.put('/one', () => 'put')
  app.patch('/one', () => 'patch')
  app.delete('/one', () => 'delete')
  app.route('/odd', { methods: ['PURGE', 'OPTIONS'] }, () => 'odd')
  const client = app.testClient()

  it('reach their view', async () => {
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      expect(await (await client[method]('/one')).text()).toBe(method)
    }
    expect(await (await client.get('/form')).text()).toBe('GET')
    expect(await (await client.post('/form')).text()).toBe('POST')
    expect(await (await client.request('/odd', { method: 'PURGE' })).text()).toBe('odd')
    expect(await (await client.request('/odd', { method: 'OPTIONS' })).text()).toBe('odd')
  })

  it('HEAD is GET without a body', async () => {
    const response = await client.head('/one')
    expect(response).toMatchObject({ status: 200, body: null })
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect((await client.head('/none')).status).toBe(404)
    expect((await client.head('/none')).body).toBeNull()
  })

  it('that are not allowed are a 405 that says which are', async () => {
    const response = await client.put('/form')
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS')
    expect((await client.get('/odd')).headers.get('allow')).toBe('PURGE, OPTIONS')
  })

  it('OPTIONS says which are allowed', async () => {
    const response = await client.request('/form', { method: 'OPTIONS' })
    expect(response.status).toBe(200)
    expect(response.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS')
    expect((await client.request('/none', { method: 'OPTIONS' })).status).toBe(404)
  })
})

describe('the request', () => {
  it('comes with the variables, and is found from anywhere', async () => {
    const app = new Flask()
    app.post('/echo/<name>', async ({ name }, given) => {
      const helper = () => new URL(request.url).searchParams.get('q')
      return { name, q: helper(), body: await given.text(), header: request.headers.get('x-a') }
    })
    const response = await app
      .testClient()
      .post('/echo/Ada?q=1', { body: 'sent', headers: { 'x-a': 'b' } })
    expect(await response.json()).toEqual({ name: 'Ada', q: '1', body: 'sent', header: 'b' })
  })
})
