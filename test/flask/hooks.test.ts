import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { abort, Flask, type HttpError, session } from '../../src/flask/index.ts'

const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
let app: Flask

beforeEach(() => {
  app = new Flask({ clock: () => 1_700_000_000 })
  app.secretKey = 'a key of the tests, long enough'
})

afterEach(() => {
  errors.mockClear()
})

const get = (path = '/') => app.testClient().get(path)

describe('hooks', () => {
  it('run before and after a view, the last of the latter first', async () => {
    const order: string[] = []
    app.beforeRequest(() => void order.push('before 1'))
    app.beforeRequest(async () => void order.push('before 2'))
    app.afterRequest(() => void order.push('after 1'))
    app.afterRequest(async () => void order.push('after 2'))
    app.get('/', () => {
      order.push('view')
      return ''
    })
    await get()
    expect(order).toEqual(['before 1', 'before 2', 'view', 'after 2', 'after 1'])
  })

  it('before a view may answer in its place, and after-hooks still run', async () => {
    app.beforeRequest((request) => (request.url.endsWith('/closed') ? ['closed', 403] : undefined))
    app.beforeRequest(() => session.set('seen', true))
    app.beforeRequest(() => null as never)
    app.afterRequest((response) => {
      response.headers.set('x-after', 'yes')
    })
    app.get('/', () => 'open')
    const open = await get()
    expect([open.status, await open.text(), open.headers.get('x-after')]).toEqual([
      200,
      'open',
      'yes',
    ])
    const closed = await get('/closed')
    expect([closed.status, await closed.text(), closed.headers.get('x-after')]).toEqual([
      403,
      'closed',
      'yes',
    ])
    expect((await get('/none')).headers.get('x-after')).toBe('yes')
  })

  it('after a view may change the session, and answer otherwise', async () => {
    app.get('/', () => Response.redirect('http://localhost/next'))
    app.afterRequest(() => new Response('replaced'))
    app.afterRequest((response) => {
      session.set('late', true)
      response.headers.set('x-status', String(response.status))
    })
    const client = app.testClient()
    expect(await (await client.get('/')).text()).toBe('replaced')
    client.sessionTransaction((session) => expect(session.get('late')).toBe(true))
  })

  it('may change the headers of a redirect', async () => {
    app.get('/', () => Response.redirect('http://localhost/next'))
    app.afterRequest((response) => {
      response.headers.set('x-after', 'yes')
    })
    expect((await get()).headers.get('x-after')).toBe('yes')
  })

  it.each(['beforeRequest', 'afterRequest'] as const)('%s that throws is a 500', async (hook) => {
    app.get('/', () => 'never')
    app[hook](() => {
      throw new Error('hook')
    })
    expect((await get()).status).toBe(500)
  })
})

describe('errors', () => {
  it('an unhandled one is a 500 without details, and still saves', async () => {
    app.get('/', () => {
      session.set('kept', true)
      throw new Error('the inside story')
    })
    const client = app.testClient()
    const response = await client.get('/')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('inside story')
    expect(errors).toHaveBeenCalledExactlyOnceWith(expect.any(Error))
    client.sessionTransaction((session) => expect(session.get('kept')).toBe(true))
  })

  it('also what is no Error may be thrown', async () => {
    app.get('/', () => {
      throw 'a text'
    })
    expect((await get()).status).toBe(500)
  })

  it('abort leaves the view with a page, quietly, and still saves', async () => {
    app.get('/', () => {
      session.set('kept', true)
      abort(403, 'Not <you>')
    })
    const client = app.testClient()
    const response = await client.get('/')
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('Not &#60;you&#62;')
    expect(errors).not.toHaveBeenCalled()
    client.sessionTransaction((session) => expect(session.get('kept')).toBe(true))
  })

  it.each([200, 204, 302, 399, 600, 4.5])('abort(%d) is an error of its own', (status) => {
    expect(() => abort(status)).toThrow(RangeError)
  })

  it('pages know the error and the session, and keep it', async () => {
    app.errorHandler(404, (error) => {
      session.update('misses', (misses) => Number(misses ?? 0) + 1)
      return `${(error as HttpError).status} ${session.get('misses')}`
    })
    app.errorHandler(405, () => Response.redirect('http://localhost/'))
    app.errorHandler(500, (error) => [{ name: (error as Error).message }, 503])
    app.get('/fail', () => {
      throw new Error('thrown')
    })
    const client = app.testClient()
    await client.get('/none')
    const missed = await client.get('/none')
    expect([missed.status, await missed.text()]).toEqual([404, '404 2'])
    const failed = await client.get('/fail')
    expect([failed.status, await failed.json()]).toEqual([503, { name: 'thrown' }])
    const refused = await client.post('/fail')
    expect([refused.status, refused.headers.get('allow')]).toEqual([302, 'GET, HEAD, OPTIONS'])
  })

  it('a page that throws is a bare 500', async () => {
    app.errorHandler(404, () => {
      throw new Error('page')
    })
    expect((await get('/none')).status).toBe(500)
  })

  it('what cannot be saved is a 500 without a cookie, never to be shared', async () => {
    app.get('/', () => {
      session.set('f', () => 0)
      return 'never'
    })
    const response = await get()
    expect(response.status).toBe(500)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(errors).toHaveBeenCalledWith(expect.objectContaining({ code: 'not-serializable' }))
  })

  it('HEAD has no body, whatever happened', async () => {
    app.get('/', () => {
      throw new Error('thrown')
    })
    const response = await app.testClient().head('/')
    expect(response).toMatchObject({ status: 500, body: null })
  })
})
