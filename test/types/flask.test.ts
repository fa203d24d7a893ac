import { expect, expectTypeOf, test } from 'vitest'
import { Flask, getFlashedMessages, session } from '../../src/flask/index.ts'
import type { Variables } from '../../src/flask/rules.ts'

test('a view gets the variables of its rule', () => {
  expectTypeOf<Variables<'/user/<int:id>'>>().toExtend<{ id: number }>()
  expectTypeOf<Variables<'/at/<float:x>'>['x']>().toEqualTypeOf<number>()
  expectTypeOf<Variables<'/<name>'>['name']>().toEqualTypeOf<string>()
  expectTypeOf<Variables<'/<path:rest>'>['rest']>().toEqualTypeOf<string>()
  expectTypeOf<Variables<'/<uuid:id>'>['id']>().toEqualTypeOf<string>()
  expectTypeOf<Variables<'/<a>/<int:b>'>['b']>().toEqualTypeOf<number>()
  expectTypeOf<Variables<string>>().toEqualTypeOf<Record<string, string | number>>()
  const app = new Flask()
  app.get('/user/<int:id>/<name>', ({ id, name }) => {
    expectTypeOf(id).toEqualTypeOf<number>()
    expectTypeOf(name).toEqualTypeOf<string>()
    return ''
  })
  app.route('/user/<int:id>', { methods: ['POST'] }, ({ id }, request) => {
    expectTypeOf(id).toEqualTypeOf<number>()
    expectTypeOf(request).toEqualTypeOf<Request>()
    return [{ id }, 201]
  })
  // @ts-expect-error no such variable
  app.get('/user/<int:id>', ({ name }) => String(name))
})

test('a view returns something', () => {
  const app = new Flask()
  app.get('/text', () => 'text')
  app.get('/later', async () => ({ a: 1 }))
  app.get('/answer', () => ['text', 201, { 'x-a': 'b' }])
  // @ts-expect-error nothing
  app.get('/nothing', () => undefined)
  // @ts-expect-error a number
  app.get('/number', () => 5)
})

test('hooks return a response, or nothing in any manner', () => {
  const app = new Flask()
  app.beforeRequest(() => undefined)
  app.beforeRequest(() => {})
  app.beforeRequest(async () => {})
  app.beforeRequest((request) => (request.url === '' ? 'answer' : undefined))
  app.beforeRequest(() => session.clear())
  app.afterRequest((response) => response.headers.set('x-a', 'b'))
  app.afterRequest(async (response) => {
    response.headers.set('x-a', 'b')
  })
  app.afterRequest((response) => response)
  // @ts-expect-error a text is no response
  app.afterRequest(() => 'text')
})

test('the configuration is typed', () => {
  const app = new Flask()
  app.config.sessionCookieSecure = true
  app.permanentSessionLifetime = '30m'
  // @ts-expect-error a bare number
  expect(() => (app.permanentSessionLifetime = 10)).toThrow(/unit/)
  // @ts-expect-error no such name
  expect(() => (app.config.sessionCookieNam = 'x')).toThrow(/sessionCookieName/)
})

test('flashes come with categories where asked', () => {
  expectTypeOf(() => getFlashedMessages()).returns.toEqualTypeOf<string[]>()
  expectTypeOf(() => getFlashedMessages({ withCategories: true })).returns.toEqualTypeOf<
    [category: string, message: string][]
  >()
})
