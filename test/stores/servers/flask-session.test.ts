// One session between a Flask program with the real Flask-Session and a Node program, both ways.
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Float } from '../../../src/formats/values.ts'
import {
  findFlaskSession,
  type Kind,
  NO_FLASK_SESSION,
  type Site,
  startSite,
} from '../../support/flask-session.ts'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS } from '../../support/redis.ts'

const LIFETIME = 2_678_400
const KINDS: Kind[] = [
  { format: 'msgpack', signer: false, permanent: true, lifetime: LIFETIME },
  { format: 'msgpack', signer: true, permanent: false, lifetime: LIFETIME },
  { format: 'json', signer: false, permanent: false, lifetime: LIFETIME },
  { format: 'json', signer: true, permanent: true, lifetime: LIFETIME },
]
const [redis, python] = [findRedis(), findFlaskSession()]
const needed = needs(redis && python, redis ? NO_FLASK_SESSION : NO_REDIS)

/** Every row of the reference's table of types that Flask-Session takes. */
const TYPES = `
utc = datetime.timezone.utc
session['text'] = 'Füße \\x7f \\u2028 🧀 "\\\\'
session['numbers'] = [0, -1, 2**31, -2**31 - 1, 2**53 + 1, 2**63 - 1, -2**63]
session['floats'] = [1.0, -0.0, 0.5, 1e16, 1e-7, 5e-324, 1.7976931348623157e308]
session['float'] = 1.0
session['tuple'] = (1, (2,))
session['bytes'] = b'\\x00\\xff'
session['id'] = uuid.UUID(int=7)
session['day'] = datetime.date(2024, 2, 29)
session['price'] = decimal.Decimal('1.50')
session['span'] = datetime.timedelta(days=1)
session['when'] = datetime.datetime(2024, 2, 29, 12, 34, 56, 123456, tzinfo=utc)
session['naive'] = datetime.datetime(2024, 2, 29, 12)
session['nested'] = {'a': {'b': [None, True, False, {}, []]}, 'float': 2.0}
`

/** How the rows come to Node. */
const READ: Record<string, unknown> = {
  text: 'Füße \x7f \u2028 🧀 "\\',
  numbers: [0, -1, 2 ** 31, -(2 ** 31) - 1, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  floats: [1, -0, 0.5, 1e16, 1e-7, 5e-324, Number.MAX_VALUE],
  float: 1,
  tuple: [1, [2]],
  id: '00000000-0000-0000-0000-000000000007',
  day: '2024-02-29',
  price: '1.50',
  span: 'P1D',
  naive: '2024-02-29T12:00:00',
  nested: { a: { b: [null, true, false, {}, []] }, float: 2 },
}
const READ_BY_FORMAT = {
  msgpack: { bytes: Uint8Array.of(0, 255), when: new Date('2024-02-29T12:34:56.123Z') },
  json: { bytes: 'AP8=', when: '2024-02-29T12:34:56.123456Z' },
}

describe.each(KINDS)('$format, signer $signer, permanent $permanent', needed, (kind) => {
  let site: Site
  beforeAll(async () => {
    site = await startSite({ redis: redis ?? '', python: python ?? '' }, kind)
  }, 60_000)
  afterAll(() => site?.stop())

  test('what Flask began is read, one value changed, and the rest is as it was', async () => {
    const browser = site.browser()
    await browser.flask(TYPES)
    const before = await browser.shown()
    const read = await browser.node((session) => session.toJSON())
    expect(read).toEqual({ ...READ, ...READ_BY_FORMAT[kind.format] })
    await browser.node((session) => session.set('text', 'changed'))
    expect(await browser.shown()).toEqual({ ...before, text: "'changed'" })
  })

  test('a change inside a value leaves the types of all else in it', async () => {
    const browser = site.browser()
    await browser.flask(TYPES)
    const before = await browser.shown()
    await browser.node((session) => {
      for (const key of ['numbers', 'floats']) (session.get(key) as unknown[]).push('more')
      Object.assign(session.get('nested') as object, { more: 1 })
    })
    const more = (key: string) => before[key]?.replace(/.$/, ", 'more']")
    expect(await browser.shown()).toEqual({
      ...before,
      numbers: more('numbers'),
      floats: more('floats'),
      nested: before.nested?.replace(/.$/, ", 'more': 1}"),
    })
  })

  test('what Node began is changed by Flask, and read again', async () => {
    const browser = site.browser()
    await browser.node((session) => {
      session
        .set('whole', 1)
        .set('float', new Float(1))
        .set('big', 2n ** 60n)
      session.set('list', [1, { a: null, é: '🧀' }])
    })
    expect(await browser.shown()).toEqual({
      whole: '1',
      float: '1.0',
      big: String(2n ** 60n),
      list: "[1, {'a': None, 'é': '🧀'}]",
      ...(kind.permanent && { _permanent: 'True' }),
    })
    await browser.flask("session['list'].append(2.0)\nsession['city'] = 'Köln'")
    const read = await browser.node((session) => [session.get('list'), session.get('city')])
    expect(read).toEqual([[1, { a: null, é: '🧀' }, 2], 'Köln'])
  })

  test('it is permanent on both sides or on none', async () => {
    const browser = site.browser()
    await browser.flask("session['a'] = 1")
    expect(await browser.node((session) => session.permanent)).toBe(kind.permanent)
    await browser.node((session) => {
      session.permanent = !kind.permanent
    })
    expect(await browser.flask('answer = session.permanent')).toBe(!kind.permanent)
    await browser.flask('session.permanent = not session.permanent')
    expect(await browser.node((session) => session.permanent)).toBe(kind.permanent)
  })

  test('a logout on either side is one on the other', async () => {
    const browser = site.browser()
    await browser.flask("session['a'] = 1")
    const other = browser.copy()
    await browser.node((session) => session.destroy())
    expect(browser.cookie).toBe('')
    expect(await other.copy().shown()).toEqual(kind.permanent ? { _permanent: 'True' } : {})
    expect(await other.node((session) => session.ended?.reason)).toBe('logout')

    await browser.node((session) => session.authenticate('ann', { factor: 'password' }))
    const again = browser.copy()
    await browser.flask('session.clear()')
    expect(browser.cookie).toBe('')
    expect(await again.node((session) => session.ended?.reason)).toBe('unknown')
  })

  test('a slow request of Flask brings nothing back to Node, and Node takes it away again', async () => {
    const browser = site.browser()
    await browser.flask("session['a'] = 1")
    const other = browser.copy()
    const key = site.keyOf(browser.cookie)
    await site.client.copy(key, 'saved')
    await browser.node((session) => session.destroy())
    await site.client.copy('saved', key)
    expect(await other.node((session) => session.ended?.reason)).toBe('logout')
    expect(await site.client.exists(key)).toBe(0)
  })

  test('whose it is goes from Node to Flask and back, and not past its clear()', async () => {
    const browser = site.browser()
    await browser.flask("session['cart'] = [1]")
    const before = browser.copy()
    await browser.node((session) => session.authenticate('ann', { factor: 'password' }))
    expect(browser.cookie).not.toBe(before.cookie)
    expect(await before.node((session) => session.ended?.reason)).toBe('renewed')
    await browser.flask("session['page'] = 2")
    const { cookie } = browser
    await browser.flask('app.session_interface.regenerate(session)')
    expect(browser.cookie).not.toBe(cookie)
    const whose = (session: { subject: string | null; provenAt(): number | null }) => [
      session.subject,
      session.provenAt() !== null,
    ]
    expect(await browser.node(whose)).toEqual(['ann', true])
    await browser.flask("session.clear()\nsession['user'] = 'bob'")
    expect(await browser.node(whose)).toEqual([null, false])
  })

  test('a renewed id leads on from the old one for a while', async () => {
    const browser = site.browser()
    await browser.node((session) => session.set('a', 1))
    const late = browser.copy()
    await browser.node((session) => session.renewId())
    expect(browser.cookie).not.toBe(late.cookie)
    await late.node((session) => session.set('b', 2))
    expect(await browser.node((session) => session.toJSON())).toEqual({ a: 1, b: 2 })
    expect(await site.client.exists(site.keyOf(late.cookie))).toBe(0)
  })

  test('requests at once lose nothing, whether they change one value or others', async () => {
    const browser = site.browser()
    await browser.flask("session['count'] = 0")
    const increment = (count: unknown) => Number(count) + 1
    const requests = Array.from({ length: 20 }, (_, at) =>
      browser.copy().node((session) => session.set(`key${at}`, at).update('count', increment)),
    )
    await Promise.all(requests)
    const read = await browser.node((session) => session.toJSON())
    expect(read).toMatchObject({ count: 20, key0: 0, key19: 19 })
  })

  test('any client carries every byte', async () => {
    const other = new Redis(site.server.port, '127.0.0.1')
    try {
      const sessions = site.sessionsOf({ store: site.store({}, other) })
      const browser = site.browser()
      const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
      const value = kind.format === 'msgpack' ? bytes : String.fromCharCode(...bytes)
      await browser.node((session) => session.set('all', value), sessions)
      expect(await browser.node((session) => session.get('all'))).toEqual(value)
      const same = kind.format === 'msgpack' ? 'bytes(range(256))' : "''.join(map(chr, range(256)))"
      expect(await browser.flask(`answer = session['all'] == ${same}`)).toBe(true)
    } finally {
      other.disconnect()
    }
  })
})
