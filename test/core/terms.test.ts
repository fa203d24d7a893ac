import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { flask } from '../../src/formats/flask.ts'
import { deriveSealKey, sealed } from '../../src/formats/sealed.ts'
import { signed } from '../../src/formats/signed.ts'
import type { Session, SessionOptions } from '../../src/index.ts'
import { HOUR, KEY, NOW, start } from './start.ts'

/** What only a holder of the key can write. */
interface Written {
  readonly seenAt: number
  readonly createdAt: number
  readonly data: object
  readonly terms: unknown
}

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64url')

function seal({ seenAt, createdAt, data, terms }: Written): string {
  const header = base64('{"alg":"dir","enc":"A256GCM"}')
  const iv = Buffer.alloc(12)
  const cipher = createCipheriv('aes-256-gcm', deriveSealKey(KEY), iv).setAAD(Buffer.from(header))
  const claims = JSON.stringify({ iat: seenAt, auth_time: createdAt, jti: 'one', terms, data })
  const body = Buffer.concat([cipher.update(claims), cipher.final()])
  return `${header}..${base64(iv)}.${base64(body)}.${base64(cipher.getAuthTag())}`
}

function stamp(digest: string, salt: string, payload: string, seenAt: number): string {
  const second = Buffer.alloc(4)
  second.writeUInt32BE(seenAt)
  const text = `${payload}.${base64(second)}`
  const key = createHmac(digest, KEY).update(salt).digest()
  return `${text}.${base64(createHmac(digest, key).update(text).digest())}`
}

const sign =
  (digest: string, salt: string) =>
  ({ seenAt, createdAt, data, terms }: Written): string => {
    const member = typeof terms === 'string' ? `c${createdAt} ${terms}`.trimEnd() : terms
    return stamp(digest, salt, base64(JSON.stringify({ ...data, _sojourn: member })), seenAt)
  }

const FORMATS = [
  ['sealed', sealed(), seal],
  ['signed', signed(), sign('sha256', 'sojourn-session')],
  ['flask', flask(), sign('sha1', 'cookie-session')],
] as const

/** A life under a cookie of a plain name, which may be written by hand. */
function startWritten(options: Partial<SessionOptions>) {
  const life = start({ cookie: { name: 'session', secure: false }, ...options })
  return {
    ...life,
    sent: () => life.held()?.slice('session='.length) ?? '',
    send: (written: string) => life.hold(`session=${written}`),
  }
}

const number = fc.oneof(
  fc.integer({ min: -10, max: 2 * NOW }),
  fc.constantFrom(0, -1, 0.5, 1e308, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, NOW + HOUR),
  fc.constantFrom('', 'NaN', '0x10', '1e3', '-0', '٣'),
)
const name = fc.constantFrom(
  'code',
  'a',
  '__proto__',
  '%20t',
  '%',
  '%2',
  '%zz',
  '',
  '%00',
  'password',
)
const numbers = fc.array(number, { maxLength: 4 }).map((list) => list.join())
const part = fc.oneof(
  fc.tuple(fc.constantFrom('u', 'l', 'c'), numbers).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom('p', 'f'), name, numbers)
    .map(([kind, of, list]) => `${kind}${of},${list}`),
  name.map((subject) => `s${subject}`),
  fc.string({ maxLength: 8 }),
)
const terms = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(' '))

const any = fc.oneof({ weight: 4, arbitrary: terms }, fc.jsonValue({ maxDepth: 2 }))

describe.each(FORMATS)('terms that were signed, %s', (_, format, write) => {
  const options = {
    format,
    fields: { code: { absolute: '5m' } },
    refreshEachRequest: true,
  } as const
  const data = { a: 1, code: 2 }
  const use = (session: Session) => {
    session.get('code')
    session.isFresh({ within: '5m' })
    return [session.subject, session.locked, session.provenAt(), session.explain()]
  }

  test('whatever they are, never make a request fail', () => {
    fc.assert(
      fc.property(any, fc.constantFrom('end', 'lock'), fc.boolean(), (given, idleAction, acts) => {
        const { sessions, send, visit } = startWritten({ ...options, idleAction })
        send(write({ seenAt: NOW - 10, createdAt: NOW - HOUR, data, terms: given }))
        visit(use)
        visit((session) => sessions().status(session))
        if (acts)
          visit((session) => session.limit({ idle: '1h' }).authenticate('a', { factor: 'b' }))
        visit((session) => session.destroy())
      }),
      { endOnFailure: true },
    )
  })

  test('whatever they are, never make a session live longer', () => {
    const over = fc.constantFrom(
      { seenAt: NOW - 1801, createdAt: NOW - HOUR },
      { seenAt: NOW - 1, createdAt: NOW - 12 * HOUR - 1 },
    )
    fc.assert(
      fc.property(terms, over, (given, moments) => {
        const { send, visit } = startWritten(options)
        send(write({ ...moments, data, terms: given }))
        expect(visit((session) => [session.isNew, session.size]).result).toEqual([true, 0])
      }),
      { endOnFailure: true },
    )
  })

  test.each([
    's',
    'ppassword,-1',
    'u1',
    'u1,2,3',
    'u-1,900',
    'k1',
    'l1,2',
    'l1,2,-1',
    'sann,1',
    'ppassword',
    'ppassword,1,2',
    'f',
    'fcode',
    'fcode,0,-1',
    'fcode,1,2,3,4',
    'fcode,0,1,--1',
    'z1',
    'c',
    'c1,2',
    'u1,1234567890123456',
    'u1,2,',
    ' u1,2',
    'u1,2  u1,2',
    'c-1',
  ])('that cannot be ours refuse the cookie: %s', (given) => {
    const { send, visit } = startWritten(options)
    send(write({ seenAt: NOW, createdAt: NOW, data, terms: given }))
    const ended = { reason: 'unreadable', subject: null }
    expect(visit((session) => session.ended).result).toMatchObject(ended)
  })

  test('limit a session that they say was limited', () => {
    const { send, visit } = startWritten(options)
    const live = { seenAt: NOW - 100, createdAt: NOW - HOUR, data }
    for (const given of ['u99,0', 'u0,3599', 'l99,0,0', `l0,99,${NOW - 100}`]) {
      send(write({ ...live, terms: given }))
      expect(visit((session) => session.isNew).result).toBe(true)
    }
  })

  test('cannot say that a value was set in the future', () => {
    const { send, visit, pass } = startWritten({ ...options, lifetime: { absolute: '12h' } })
    send(write({ seenAt: NOW, createdAt: NOW, data, terms: `fcode,0,300,${10 * HOUR}` }))
    pass(HOUR)
    expect(visit((session) => session.get('code')).result).toBeUndefined()
  })

  test('cannot say that something was proven in the future', () => {
    const { send, visit, pass } = startWritten({ ...options, lifetime: { absolute: '12h' } })
    const proven = `salice ppassword,${NOW + HOUR}`
    send(write({ seenAt: NOW, createdAt: NOW, data, terms: proven }))
    pass(HOUR)
    expect(visit((session) => session.isFresh({ within: '5m' })).result).toBe(false)
  })

  test('cannot say so of a factor that is asked for by name', () => {
    const { send, visit, pass } = startWritten({ ...options, lifetime: { absolute: '12h' } })
    const terms = `salice ppassword,${NOW + HOUR}`
    send(write({ seenAt: NOW, createdAt: NOW, data, terms }))
    pass(HOUR)
    const asked = { within: '5m', factor: 'password' } as const
    expect(visit((session) => session.isFresh(asked)).result).toBe(false)
  })
})

describe.each(FORMATS)('fields that are kept or over, with a schema, %s', (_, format, write) => {
  const cart = { absolute: '7d', keepAfterLogout: true } as const
  const ended = { seenAt: NOW - HOUR, createdAt: NOW - HOUR, terms: '' }

  test('a kept value that no longer fits is not handed out', () => {
    const schema = v.object({ cart: v.optional(v.array(v.number())) })
    const { send, visit } = startWritten({ format, schema, fields: { cart } })
    send(write({ ...ended, data: { cart: 'of an older release' } }))
    expect(visit((session) => session.get('cart')).result).toBeUndefined()
  })

  test('a kept value that does not suffice makes no request fail', () => {
    const schema = v.object({ user: v.string(), cart: v.optional(v.array(v.number())) })
    const { send, visit } = startWritten({ format, schema, fields: { cart } })
    send(write({ ...ended, data: { user: 'alice', cart: [1] } }))
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })

  test('the default of a schema does not end again and again', () => {
    const schema = v.looseObject({ code: v.optional(v.number(), 0) })
    const { send, visit } = startWritten({ format, schema, fields: { code: { absolute: '5m' } } })
    send(write({ seenAt: NOW - 10, createdAt: NOW - HOUR, data: { a: 1, code: 2 }, terms: '' }))
    visit((session) => session.get('code'))
    expect(visit((session) => session.ended).result).toBeNull()
  })
})

test.each(FORMATS)('a clock set back within a request ends no session, %s', (_, format) => {
  const { visit, pass } = startWritten({ format })
  visit((session) => {
    session.set('a', 1).authenticate('alice', { factor: 'password' })
    pass(-1)
  })
  pass(1)
  expect(visit((session) => session.subject).result).toBe('alice')
})

test('a value counts from when it was set also where Flask signs it anew', () => {
  const { visit, pass, send, sent } = startWritten({ format: flask(), lifetime: { idle: '30m' } })
  visit((session) => session.set('code', 1, { absolute: '30m' }))
  pass(1000)
  send(stamp('sha1', 'cookie-session', sent().split('.')[0] ?? '', NOW + 1000))
  pass(1000)
  expect(visit((session) => session.get('code')).result).toBeUndefined()
})
