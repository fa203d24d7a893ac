// What lies in Redis for the real Flask-Session: every byte, for how long, and what of it is no session.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Float } from '../../../src/formats/values.ts'
import { json } from '../../../src/stores/parts/json-texts.ts'
import { msgpack } from '../../../src/stores/parts/msgpack-writer.ts'
import {
  findFlaskSession,
  type Kind,
  NO_FLASK_SESSION,
  type Site,
  startSite,
} from '../../support/flask-session.ts'
import { needs } from '../../support/needs.ts'
import { findRedis, NO_REDIS } from '../../support/redis.ts'

const [redis, python] = [findRedis(), findFlaskSession()]
const needed = needs(redis && python, redis ? NO_FLASK_SESSION : NO_REDIS)

describe('Flask-Session', needed, () => {
  const kind: Kind = { format: 'msgpack', signer: false, permanent: true, lifetime: 3600 }
  let site: Site
  beforeAll(async () => {
    site = await startSite({ redis: redis ?? '', python: python ?? '' }, kind)
  }, 60_000)
  afterAll(() => site?.stop())

  /** A clock that can be set forward, and the time that Redis has left with it. */
  function watch() {
    let now = Math.floor(Date.now() / 1000)
    return {
      clock: () => now,
      async pass(seconds: number, { cookie }: { readonly cookie: string }) {
        now += seconds
        const left = await site.client.pTTL(site.keyOf(cookie))
        await site.client.pExpire(site.keyOf(cookie), left - seconds * 1000)
      },
    }
  }

  test('every value is written to the byte as msgspec writes it', async () => {
    const numbers = [0, 7, 8, 15, 16, 31, 32, 63].flatMap((bits) =>
      [-1n, 0n, 1n].flatMap((more) => [2n ** BigInt(bits) + more, -(2n ** BigInt(bits)) - more]),
    )
    const fit = numbers.filter((number) => number >= -(2n ** 63n))
    const floats = Array.from(
      { length: 400 },
      () => (Math.random() - 0.5) * 10 ** (Math.random() * 50 - 25),
    )
    const more = [1e16, 1e15, 123456789012345680, 1e-5, 1e-6, 0.00012, 1e22, 5e-324, 1.5e300]
    const all = [...floats, ...more, ...more.map((one) => -one)].map((one) => new Float(one))
    const lengths = [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536]
    const code = `
ints = [${fit}]
floats = [float(x) for x in [${all.map(({ value }) => value)}]]
texts = ['é' * (n // 2) + 'x' * (n % 2) for n in [${lengths}]]
lists = [[1] * n for n in [${lengths}]]
maps = [{str(i): i for i in range(n)} for n in [${lengths}]]
utc = datetime.timezone.utc
times = [datetime.datetime.fromtimestamp(n, utc) for n in [0, 1.5, 2**32 - 1, 2**32, 2**34 - 1, 2**34]]
times += [datetime.datetime(1, 1, 1, tzinfo=utc), datetime.datetime(1969, 12, 31, 23, 59, 59, 500000, utc)]
data = [bytes(n) for n in [${lengths}]]
both = [ints, floats, texts, lists, maps]
answer = [msgspec.json.encode(both).decode(), msgspec.msgpack.encode(both + [times, data]).hex()]
`
    const [inJson, inMsgpack] = (await site.browser().flask(code)) as [string, string]
    const texts = lengths.map((length) => 'é'.repeat(length >> 1) + 'x'.repeat(length % 2))
    const lists = lengths.map((length) => new Array(length).fill(1))
    const maps = lengths.map(
      (length) => new Map(Array.from({ length }, (_, at) => [String(at), at])),
    )
    const times = [
      0,
      1500,
      ...[2 ** 32 - 1, 2 ** 32, 2 ** 34 - 1, 2 ** 34].map((one) => one * 1000),
    ]
    const dates = [...times, -62_135_596_800_000, -500].map((time) => new Date(time))
    const data = lengths.map((length) => new Uint8Array(length))
    const both = [fit, all, texts, lists, maps]
    expect(json.write(both, 'key')).toBe(Buffer.from(inJson).toString('latin1'))
    const bytes = msgpack.write([...both, dates, data], 'key')
    expect(Buffer.from(bytes, 'latin1').toString('hex')).toBe(inMsgpack)
  })

  test('a session in the other format goes on in ours', async () => {
    const browser = site.browser()
    await browser.flask("session['a'] = 1")
    const text = '{"_permanent":true,"a":1.0,"b":{"c":2.0}}'
    await site.client.set(site.keyOf(browser.cookie), text, { EX: 3600 })
    expect(await browser.node((session) => session.toJSON())).toEqual({ a: 1, b: { c: 2 } })
    await browser.node((session) => session.set('d', 3))
    expect(await browser.shown()).toEqual({
      _permanent: 'True',
      a: '1.0',
      b: "{'c': 2.0}",
      d: '3',
    })
  })

  test('what is no mapping is no session, and its id is not taken over', async () => {
    const browser = site.browser()
    await browser.flask("session['a'] = 1")
    const { cookie } = browser
    const key = site.keyOf(cookie)
    const pickled = await browser.flask('answer = pickle.dumps({"a": 1}).hex()')
    const hostile = [String(pickled), '35', '93010203', 'dfffffffff', '81a161', '80c1']
    for (const hex of hostile) {
      await site.client.set(key, Buffer.from(hex, 'hex'))
      const other = browser.copy()
      other.cookie = cookie
      await other.node((session) => {
        expect(session.isNew).toBe(true)
        expect(session.ended?.reason).toBe('unknown')
        session.set('b', 1)
      }, site.sessionsOf())
      expect(other.cookie).not.toBe(cookie)
      const kept = await site.server.ask('GET', key)
      expect(Buffer.from(kept, 'latin1').toString('hex')).toBe(hex)
    }
  })

  test('an id of an old release is read, and a session with keys that are no text', async () => {
    const sid = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
    const browser = site.browser(`session=${sid}`)
    await site.client.set(`session:${sid}`, Buffer.from('8301a16fa161c3a16202', 'hex'))
    await browser.node((session) => session.set('b', 3))
    const read = await browser.flask('answer = [session.get(1), session["a"], session["b"]]')
    expect(read).toEqual(['o', true, 3])
  })

  test('activity is known by the time that is left, and written down as such alone', async () => {
    const { clock, pass } = watch()
    const sessions = site.sessionsOf({ lifetime: { idle: { minutes: 30 } }, clock })
    const browser = site.browser()
    await browser.node((session) => session.set('a', 1), sessions)
    const key = site.keyOf(browser.cookie)
    const before = await site.server.ask('GET', key)
    await pass(59, browser)
    await browser.node((session) => session.get('a'), sessions)
    expect(await site.client.ttl(key)).toBeLessThan(3600 - 58)
    await pass(600, browser)
    await browser.node((session) => {
      expect(session.explain().clocks).toMatchObject([{ clock: 'idle', startedAt: clock() }])
    }, sessions)
    expect(await site.client.ttl(key)).toBeGreaterThan(3598)
    expect(await site.server.ask('GET', key)).toBe(before)
  })

  test('nobody is cut off before an idle limit that is as long as in Flask', async () => {
    const { clock, pass } = watch()
    const lifetime = { idle: { hours: 1 }, permanent: true } as const
    const sessions = site.sessionsOf({ lifetime, clock })
    const browser = site.browser()
    await browser.node((session) => session.set('a', 1), sessions)
    for (const seconds of [59, 3600 - 5]) {
      await pass(seconds, browser)
      expect(await browser.node((session) => session.get('a'), sessions)).toBe(1)
    }
  })

  test('a read is one command, and a change another', async () => {
    const browser = site.browser()
    await browser.node((session) => session.set('a', 1))
    await site.server.ask('SCRIPT', 'FLUSH')
    await browser.node((session) => session.set('a', 2))
    const count = async (work: () => Promise<unknown>) => {
      await site.server.ask('CONFIG', 'RESETSTAT')
      await work()
      const stats = await site.server.ask('INFO', 'commandstats')
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1])
    }
    expect(await count(() => browser.node((session) => session.get('a')))).toBe(1)
    expect(await count(() => browser.node((session) => session.set('a', 3)))).toBe(2)
  })

  test('a shorter idle limit holds in Node, and no late change brings the session back', async () => {
    const { clock, pass } = watch()
    const sessions = site.sessionsOf({ lifetime: { idle: { minutes: 10 } }, clock })
    const browser = site.browser()
    await browser.node((session) => session.set('a', 1), sessions)
    const [store, id] = [site.store(), site.keyOf(browser.cookie).slice('session:'.length)]
    await store.read(id, clock(), false)
    await pass(660, browser)
    const patch = { set: new Map([['a', '\x02']]), deleted: [] }
    for (let time = 0; time < 2; time++) {
      expect(await store.patch(id, patch, clock())).toEqual({ state: 'unknown' })
      expect(await store.touch(id, clock())).toEqual({ state: 'unknown' })
      const ending = { reason: 'logout', keep: 60 } as const
      expect(await store.end(id, ending, clock())).toEqual({ state: 'unknown' })
    }
    const ended = await browser.node((session) => session.ended, sessions)
    expect(ended).toMatchObject({ reason: 'idle' })
  })

  test('the absolute limit counts from where a session of Flask was first seen', async () => {
    const { clock, pass } = watch()
    const lifetime = { idle: { seconds: 3600 }, absolute: { hours: 2 } }
    const sessions = site.sessionsOf({ lifetime, clock })
    const browser = site.browser()
    await browser.flask("session['a'] = 1")
    await browser.node((session) => session.get('a'), sessions)
    for (let hour = 0; hour < 2; hour++) {
      await pass(3500, browser)
      expect(await browser.node((session) => session.isNew, sessions)).toBe(false)
      await browser.flask("session['a'] += 1")
    }
    await pass(202, browser)
    const ended = await browser.node((session) => session.ended, sessions)
    expect(ended).toMatchObject({ reason: 'absolute' })
  })

  test('what idled where idling locks stays locked, however often it is asked for', async () => {
    const { clock, pass } = watch()
    const lifetime = { idle: { minutes: 10 }, absolute: { hours: 12 } }
    const sessions = site.sessionsOf({ lifetime, idleAction: 'lock', clock })
    const browser = site.browser()
    await browser.node((session) => session.authenticate('ann', { factor: 'password' }), sessions)
    await pass(700, browser)
    for (let visit = 0; visit < 3; visit++) {
      expect(await browser.node((session) => session.locked, sessions)).toBe(true)
    }
  })

  test('a value with a time of its own keeps it through Flask', async () => {
    const { clock, pass } = watch()
    const sessions = site.sessionsOf({ clock })
    const browser = site.browser()
    const until = { absolute: { minutes: 5 } } as const
    await browser.node((session) => session.set('otp', '123', until).set('a', 1), sessions)
    await browser.flask("session['a'] = 2")
    await pass(299, browser)
    expect(await browser.node((session) => session.get('otp'), sessions)).toBe('123')
    await pass(2, browser)
    await browser.node((session) => {
      expect(session.ended).toMatchObject({ reason: 'field', fields: ['otp'] })
      expect(session.toJSON()).toEqual({ a: 2 })
    }, sessions)
  })

  test('a large session is no trouble', async () => {
    const browser = site.browser()
    const cheese = '🧀'.repeat(100_000)
    const bytes = new Uint8Array(500_000).fill(200)
    await browser.node((session) => session.set('cheese', cheese).set('bytes', bytes))
    await browser.flask("session['more'] = len(session['cheese']) + len(session['bytes'])")
    await browser.node((session) => session.set('a', 1))
    expect(await browser.node((session) => session.get('more'))).toBe(600_000)
    expect(await browser.node((session) => session.get('bytes'))).toEqual(bytes)
  })
})
