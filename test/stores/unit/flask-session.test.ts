// What Flask-Session keeps of a session: its ids, its mapping, and what the library keeps in that.
import { describe, expect, test } from 'vitest'
import { IdCookie } from '../../../src/core/id-cookie.ts'
import { toSecretKeys } from '../../../src/core/keys.ts'
import type { Store } from '../../../src/core/store.ts'
import { Float } from '../../../src/formats/values.ts'
import { flaskSessionStore } from '../../../src/stores/flask-session.ts'
import { EMPTY, FlaskRecords } from '../../../src/stores/parts/flask-session-records.ts'
import { msgpack } from '../../../src/stores/parts/msgpack-writer.ts'
import { bytesOf, EXAMPLE, hexOf, PICKLE } from '../../support/bytes.ts'

const client = { call: async () => null, pipeline: () => {}, isCluster: false }
const open = (options?: object): Store => flaskSessionStore(client as never, options)

describe('the ids', () => {
  const sid = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
  const keys = toSecretKeys('dev-secret', [])

  test('are 32 random bytes, and known to the store as they are', () => {
    const { ids } = open()
    const id = ids?.create(null) ?? ''
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(ids?.storedId(id)).toBe(id)
    const fits = ['A'.repeat(22), 'A'.repeat(86), '6ba7b810-9dad-11d1-80b4-00c04fd430c8']
    for (const id of fits) expect(ids?.fits(id)).toBe(true)
    for (const id of ['', 'A'.repeat(21), 'A'.repeat(87), `${sid}\n`, `${sid.slice(1)}:`]) {
      expect(ids?.fits(id)).toBe(false)
    }
  })

  test('are signed as Flask-Session signs them, where it does', () => {
    const signed = `${sid}.f3kXakUCeA5kxNwbCon2rjSSpY0`
    const cookie = new IdCookie(open({ useSigner: true }), keys)
    expect(cookie.write(sid)).toBe(signed)
    expect(cookie.open(signed)).toEqual({ id: sid, oldKey: false })
    expect(cookie.open(sid)).toMatchObject({ reason: 'tampered' })
    expect(cookie.open(`${sid}.A${signed.slice(45)}`)).toMatchObject({ reason: 'tampered' })
    expect(new IdCookie(open(), keys).write(sid)).toBe(sid)
  })
})

describe('a record', () => {
  const records = new FlaskRecords('msgpack', 2_678_400)
  const NOW = 1_700_000_000
  const session = (bytes: string, idleFor = 0) => {
    const record = records.read(bytes)
    return record && records.sessionOf('id', record, idleFor, NOW)
  }
  const change = {
    set: new Map([
      ['a', '~300,0,1699999999;\x01'],
      ['@@b', '\x02'],
      ['@e', '1'],
      ['@u', 'u1859,43200'],
      ['@o1700000000,a', '\x01'],
    ]),
    deleted: [],
    createdAt: NOW - 50,
    subject: 'ann',
    bounds: { idle: 60, endsAt: NOW + 9, throttle: 5 },
  }
  const written = records.write(records.changed(EMPTY, change))

  test('of Flask alone has one limit, and began when it was written', () => {
    expect(session(bytesOf(EXAMPLE), 7)).toEqual({
      id: 'id',
      subject: null,
      createdAt: NOW - 7,
      seenAt: NOW - 7,
      idle: 2_678_400,
      endsAt: 253_402_300_799,
      throttle: 0,
      checkAt: 0,
      fields: new Map([
        ['@e', '1'],
        ['a', '\x01'],
      ]),
    })
  })

  test('keeps what the library knows under one key, and nothing for a sweep', () => {
    expect(session(written, 3)).toEqual({
      id: 'id',
      subject: 'ann',
      createdAt: NOW - 50,
      seenAt: NOW - 3,
      idle: 60,
      endsAt: NOW + 9,
      throttle: 5,
      checkAt: 0,
      fields: new Map([...change.set].filter(([name]) => !name.startsWith('@o'))),
    })
    expect(msgpack.read(written)).toEqual({
      a: 1,
      '@b': 2,
      _permanent: true,
      _sojourn: {
        start: NOW - 50,
        subject: 'ann',
        bounds: [60, NOW + 9, 5],
        '@u': 'u1859,43200',
        clocks: { a: '300,0,1699999999' },
      },
    })
  })

  test('loses the clock of a value that Flask took out', () => {
    const { a: _, ...rest } = msgpack.read(written) as Record<string, unknown>
    const record = records.read(msgpack.write(rest, 'key'))
    const next = records.changed(record as never, { ...change, set: new Map([['c', '\x01']]) })
    expect(next.own?.clocks.size).toBe(0)
  })

  test('is permanent by Python’s truth, and says so as Flask does', () => {
    const permanent = (value: unknown) =>
      session(msgpack.write({ _permanent: value }, 'key'))?.fields.has('@e')
    const truths = [true, 1, 'no', [0], { a: 0 }, Number.NaN, 1n, new Map([[1, 1]]), new Date(0)]
    for (const value of truths) expect(permanent(value)).toBe(true)
    for (const value of [false, 0, '', null, [], {}, new Float(0), new Uint8Array()]) {
      expect(permanent(value)).toBe(false)
    }
    const { createdAt, subject } = change
    const off = { set: new Map(), deleted: ['@e'], createdAt, subject }
    const next = records.changed(records.read(bytesOf(EXAMPLE)) as never, off)
    expect(hexOf(next.mapping.entries.get('_permanent') ?? '')).toBe('c2')
    expect(records.changed(EMPTY, off).mapping.entries.has('_permanent')).toBe(false)
  })

  test('of the other format is what Flask would make of it', () => {
    const other = new FlaskRecords('json', 60)
    const value = {
      a: Uint8Array.of(0, 255),
      b: new Date(1000),
      c: Number.NaN,
      d: new Map([[1, 2]]),
    }
    const read = other.read(msgpack.write({ ...value, e: new Float(1) }, 'key'))
    expect(other.write(read as never)).toBe(
      '{"a":"AP8=","b":"1970-01-01T00:00:01Z","c":null,"d":{"1":2},"e":1.0}',
    )
    expect(hexOf(records.write(records.read('{"_permanent": true,"a":1}') as never))).toBe(
      EXAMPLE.replaceAll(' ', ''),
    )
    for (const bad of [`{"a":${2n ** 64n}}`, '{"a":"\\ud800"}'])
      expect(records.read(bad)).toBeNull()
    for (const bad of ['81 c0 02', '81 a1 61 d4 07 09']) expect(other.read(bytesOf(bad))).toBeNull()
  })

  test('is none where what the library knows of it cannot be understood', () => {
    const start = NOW
    const wrongs = [1, 'a', [], {}, { start: -1 }, { start, subject: '' }, { start, subject: 7 }]
    const bounds = [[1, 2], [1, 2, -3], 'abc', [1, 2, 'c']].map((bounds) => ({ start, bounds }))
    const others = [
      { start, more: 1 },
      { start, '@u': 7 },
      { start, '@@u': 'a' },
    ]
    const clocks = [7, [], { a: '1,2' }, { a: 5 }].map((clocks) => ({ start, clocks }))
    for (const own of [...wrongs, ...bounds, ...others, ...clocks]) {
      expect(records.read(msgpack.write({ _sojourn: own }, 'key'))).toBeNull()
    }
    expect(records.read(msgpack.write({ _sojourn: { start } }, 'key'))).not.toBeNull()
  })

  test('is none of a pickle, nor of any other bytes', () => {
    for (const bytes of ['', '5', bytesOf(PICKLE), 'gANjb3M='])
      expect(records.read(bytes)).toBeNull()
  })

  test('is not written where it is larger than what is read', () => {
    const set = new Map([['a', msgpack.write('x'.repeat(5_000_000), 'a')]])
    const record = records.changed(EMPTY, { ...change, set })
    expect(() => records.write(record)).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })
})

describe('flaskSessionStore', () => {
  test('says what it cannot promise, and has no other abilities', () => {
    const store = open()
    expect(store.caveat).toMatch(/ids of live sessions.*revive/)
    for (const ability of ['list', 'claim', 'scan']) expect(store).not.toHaveProperty(ability)
  })

  test('keeps the keys of Flask and of the library from the application', () => {
    for (const key of ['_permanent', '_sojourn']) {
      expect(() => open().values?.encode(true, key)).toThrow(
        expect.objectContaining({ code: 'not-serializable' }),
      )
    }
  })

  test('refuses what is no client, a cluster, a limit and wrong options', async () => {
    const refused = expect.objectContaining({ code: 'bad-option' })
    for (const wrong of [undefined, null, {}, { ...client, isCluster: true }]) {
      expect(() => flaskSessionStore(wrong as never)).toThrow(refused)
    }
    const options = [
      { keyPrefix: 7 },
      { serializationFormat: 'pickle' },
      { permanentSessionLifetime: '500ms' },
      { useSigner: 'yes' },
    ]
    for (const wrong of options) expect(() => open(wrong)).toThrow(refused)
    expect(() => open({ permanentSessionLifetime: 60 })).toThrow(
      expect.objectContaining({ code: 'bad-duration' }),
    )
    const limit = { most: 1, action: 'refuse', reason: 'replaced', keep: 60 } as const
    await expect(open().create({} as never, 0, { limit })).rejects.toMatchObject({
      code: 'bad-option',
    })
  })
})
