import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  abort,
  Flask,
  type HttpError,
  jsonify,
  type Returned,
  redirect,
  session,
} from '../../src/flask/index.ts'

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
const answer = async (returned: unknown) => {
  app.get('/', () => returned as Returned)
  const response = await get()
  return [response.status, response.headers.get('content-type'), await response.text()]
}

const HTML = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/json'

describe('what a view returns', () => {
  it.each<[string, unknown, unknown[]]>([
    ['text', '<p>hi', [200, HTML, '<p>hi']],
    ['empty text', '', [200, HTML, '']],
    ['an object', { a: 1 }, [200, JSON_TYPE, '{"a":1}']],
    ['an array of data', [1, 2, 3], [200, JSON_TYPE, '[1,2,3]']],
    ['an array of text and number', ['a', 5], [200, JSON_TYPE, '["a",5]']],
    ['an empty array', [], [200, JSON_TYPE, '[]']],
    ['a Response', new Response('r', { status: 202 }), [202, 'text/plain;charset=UTF-8', 'r']],
    ['jsonify', jsonify(null), [200, JSON_TYPE, 'null']],
    ['text and a status', ['made', 201], [201, HTML, 'made']],
    ['data and a status', [{ a: 1 }, 201], [201, JSON_TYPE, '{"a":1}']],
    ['text, a status, headers', ['x', 200, { 'content-type': 'text/x' }], [200, 'text/x', 'x']],
    ['a Response and a status', [jsonify(1), 203], [203, JSON_TYPE, '1']],
    ['nothing to say', ['', 204], [204, HTML, '']],
    ['nothing new', ['', 304], [304, HTML, '']],
    ['bytes', new TextEncoder().encode('bytes'), [200, null, 'bytes']],
    ['a Blob', new Blob(['blob'], { type: 'text/y' }), [200, 'text/y', 'blob']],
    ['a stream', new Blob(['stream']).stream(), [200, null, 'stream']],
  ])('%s', async (_, returned, expected) => {
    expect(await answer(returned)).toEqual(expected)
  })

  it.each([[undefined], [null], [5], [true], [Symbol('s')]])('%s is an error', async (returned) => {
    expect((await answer(returned))[0]).toBe(500)
    expect(errors).toHaveBeenCalledWith(expect.any(TypeError))
  })

  it('the session itself is an error, rather than its data', async () => {
    app.get('/', () => session.set('secret', 'of mine'))
    const response = await get()
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('of mine')
  })

  it('several cookies are kept', async () => {
    app.get('/', () => {
      session.set('a', 1)
      return [
        'x',
        200,
        new Headers([
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ]),
      ]
    })
    const cookies = (await get()).headers.getSetCookie()
    expect(cookies).toEqual(['a=1', 'b=2', expect.stringMatching(/^session=/)])
  })

  it.each([
    ['/next', '/next'],
    ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d'],
    ['/ü ö', '/%C3%BC%20%C3%B6'],
    ['/a\r\nSet-Cookie: x=1', '/a%0D%0ASet-Cookie:%20x=1'],
    ['/\ud800', '/%EF%BF%BD'],
    ['/100%25', '/100%25'],
  ])('a redirect to %j', async (location, header) => {
    app.get('/', () => {
      session.set('a', 1)
      return redirect(location)
    })
    const response = await get()
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(header)
    expect(response.headers.getSetCookie()).toHaveLength(1)
  })

  it('a redirect with another status, its page escaped', async () => {
    const response = redirect('/?a="><script>', 303)
    expect(response.status).toBe(303)
    expect(await response.text()).not.toContain('<script>')
  })
})

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
