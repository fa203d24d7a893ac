import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Flask, jsonify, type Returned, redirect, session } from '../../src/flask/index.ts'

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
