import { expect, expectTypeOf, test } from 'vitest'
import { withSession } from '../../src/adapters/fetch.ts'
import { withSession as withNodeSession } from '../../src/adapters/node.ts'
import {
  type CheckedSessions,
  createSessions,
  type Duration,
  type Session,
} from '../../src/index.ts'

interface Visit {
  user: string
  views: number
  cart: { id: number; count: number }[]
  theme?: 'dark' | 'light'
}

const typed = createSessions<Visit>({ secretKey: 'a key of the tests, long enough' })
const plain = createSessions({ secretKey: 'a key of the tests, long enough' })
const open = () => typed.open({ cookie: null })

test('a typed session knows its keys and the types under them', () => {
  const session = open()
  expectTypeOf(session).toEqualTypeOf<Session<Visit>>()
  expectTypeOf(session.get('user')).toEqualTypeOf<string | undefined>()
  expectTypeOf(session.get('user', 'nobody')).toEqualTypeOf<string>()
  expectTypeOf(session.get('user', null)).toEqualTypeOf<string | null>()
  expectTypeOf(session.get('views', 0)).toEqualTypeOf<number>()
  expectTypeOf(session.pop('views')).toEqualTypeOf<number | undefined>()
  expectTypeOf(session.setDefault('cart', [])).toEqualTypeOf<Visit['cart']>()
  expectTypeOf(session.set('theme', 'dark')).toEqualTypeOf<Session<Visit>>()
  expectTypeOf(session.update({ user: 'Ada', views: 1 })).toEqualTypeOf<Session<Visit>>()
  session.update('views', (views) => {
    expectTypeOf(views).toEqualTypeOf<number | undefined>()
    return (views ?? 0) + 1
  })
  expectTypeOf(session.keys()).toEqualTypeOf<IterableIterator<keyof Visit>>()
  expectTypeOf(session.toJSON()).toEqualTypeOf<Visit>()
})

test('a typed session refuses other keys and other types', () => {
  const session = open()
  // @ts-expect-error no such key
  session.get('usr')
  // @ts-expect-error no such key
  session.has('usr')
  // @ts-expect-error no such key
  session.set('usr', 'Ada')
  // @ts-expect-error no such key
  session.delete('usr')
  // @ts-expect-error a text, not a number
  session.set('user', 7)
  // @ts-expect-error not one of the two
  session.set('theme', 'blue')
  // @ts-expect-error a number, not a text
  session.update({ views: '1' })
  // @ts-expect-error no such key
  session.update({ usr: 'Ada' })
  // @ts-expect-error answers a text for a number
  session.update('views', () => 'one')
  // @ts-expect-error read only
  expect(() => Object.freeze(session) && (session.isNew = true)).toThrow(TypeError)
})

test('an untyped session takes the type of the default', () => {
  const session = plain.open({ cookie: null })
  expectTypeOf(plain).toEqualTypeOf<CheckedSessions<Record<string, unknown>>>()
  expectTypeOf(session.get('anything')).toEqualTypeOf<unknown>()
  expectTypeOf(session.get('user', 'nobody')).toEqualTypeOf<string>()
  expectTypeOf(session.get('views', 0)).toEqualTypeOf<number>()
  expectTypeOf(session.get('on', false)).toEqualTypeOf<boolean>()
  session.update('views', (views) => Number(views ?? 0) + 1)
})

test('a duration names its unit', () => {
  expectTypeOf<{ minutes: 30 }>().toExtend<Duration>()
  expectTypeOf<{ hours: 1; minutes: 30 }>().toExtend<Duration>()
  expectTypeOf<'30m'>().toExtend<Duration>()
  expectTypeOf<'1.5h'>().toExtend<Duration>()
  expectTypeOf<number>().not.toExtend<Duration>()
  expectTypeOf<'30'>().not.toExtend<Duration>()
  expectTypeOf<'30y'>().not.toExtend<Duration>()
  expectTypeOf<string>().not.toExtend<Duration>()
  expectTypeOf<{ years: 1 }>().not.toExtend<Duration>()
  const secretKey = 'a key of the tests, long enough'
  // @ts-expect-error a bare number
  expect(() => createSessions({ secretKey, lifetime: { idle: 30 } })).toThrow(/unit/)
})

test('the adapters hand on the session’s type', () => {
  withSession(typed, (_, session) => {
    expectTypeOf(session).toEqualTypeOf<Session<Visit>>()
    return new Response(session.get('user', 'nobody'))
  })
  const handler = withSession(typed, (_, __, env: { name: string }) => new Response(env.name))
  expectTypeOf(handler).parameters.toEqualTypeOf<[Request, { name: string }]>()
  withNodeSession(typed, (request) => {
    expectTypeOf(request.session).toEqualTypeOf<Session<Visit>>()
  })
})
