import * as v from 'valibot'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { Float, flask } from '../../src/formats/flask.ts'
import { sealed } from '../../src/formats/sealed.ts'
import { signed } from '../../src/formats/signed.ts'
import { createSessions, type SessionOptions } from '../../src/index.ts'

const KEY = 'a secret key of some length'

/** A browser and a server with a clock that is set by hand. */
function start<Data extends object = Record<string, unknown>>(
  options: Partial<SessionOptions<Data>> = {},
) {
  let now = 1_700_000_000
  let cookie: string | undefined
  const sessions = createSessions<Data>({ secretKey: KEY, clock: () => now, ...options })
  return {
    sessions,
    pass: (seconds: number) => {
      now += seconds
    },
    cookie: () => cookie,
    setCookie: (value: string | undefined) => {
      cookie = value
    },
    visit<T>(handler: (session: ReturnType<typeof sessions.open>) => T) {
      const session = sessions.open({ cookie })
      const result = handler(session)
      const settlement = sessions.settle(session)
      const line = settlement.setCookie
      if (line !== null) cookie = line.includes('Max-Age=0') ? undefined : line.split(';')[0]
      return { result, settlement, session }
    },
  }
}

describe('a session is a map', () => {
  test('what is set comes back, in this request and the next', () => {
    const { visit } = start()
    visit((session) => {
      session.set('name', 'Bob').set('n', 1)
      expect(session.get('name')).toBe('Bob')
      expect(session.size).toBe(2)
    })
    visit((session) => {
      expect(session.get('name')).toBe('Bob')
      expect(session.has('n')).toBe(true)
      expect([...session.keys()]).toEqual(['name', 'n'])
      expect([...session.values()]).toEqual(['Bob', 1])
      expect([...session]).toEqual([...session.entries()])
      expect(JSON.stringify(session)).toBe('{"name":"Bob","n":1}')
    })
  })

  test('a default is given for a missing key only', () => {
    const { visit } = start()
    visit((session) => {
      session.set('none', null)
      expect(session.get('none', 'default')).toBeNull()
      expect(session.get('missing', 'default')).toBe('default')
      expect(session.get('missing')).toBeUndefined()
    })
  })

  test('pop, setDefault, update and clear follow Flask in what counts as a change', () => {
    const { visit } = start()
    visit((session) => session.set('a', 1))
    const changed = (act: (session: Parameters<Parameters<typeof visit>[0]>[0]) => unknown) => {
      const { sessions } = start()
      const session = sessions.open({ cookie: null })
      act(session)
      return session.modified
    }
    expect(changed((session) => session.get('a'))).toBe(false)
    expect(changed((session) => session.pop('a', 1))).toBe(false)
    expect(changed((session) => session.delete('a'))).toBe(false)
    expect(changed((session) => session.setDefault('a', 1))).toBe(true)
    expect(changed((session) => session.update({}))).toBe(true)
    expect(changed((session) => session.clear())).toBe(true)
    expect(changed((session) => Object.assign(session, { permanent: false }))).toBe(true)
    visit((session) => {
      expect(session.setDefault('a', 2)).toBe(1)
      expect(session.modified).toBe(false)
      expect(session.pop('a')).toBe(1)
      expect(session.modified).toBe(true)
    })
    expect(visit((session) => session.size).result).toBe(0)
  })

  test('update makes a value from the one before', () => {
    const { visit } = start<{ views: number }>()
    visit((session) => session.update('views', (views = 0) => views + 1))
    visit((session) => session.update('views', (views = 0) => views + 1))
    expect(visit((session) => session.get('views')).result).toBe(2)
  })

  test('a value that was changed inside is noticed and saved', () => {
    const { visit } = start<{ cart: string[] }>()
    visit((session) => session.set('cart', ['a']))
    expect(visit((session) => session.get('cart')?.push('b')).settlement.setCookie).not.toBeNull()
    expect(visit((session) => session.get('cart')).result).toEqual(['a', 'b'])
    expect(visit((session) => session.get('cart')).settlement.setCookie).toBeNull()
  })

  test('or not, when that is switched off', () => {
    const { visit } = start<{ cart: string[] }>({ nestedChanges: false })
    visit((session) => session.set('cart', ['a']))
    expect(visit((session) => session.get('cart')?.push('b')).settlement.setCookie).toBeNull()
  })

  test('modified = false saves nothing, modified = true saves all', () => {
    const { visit, pass } = start()
    visit((session) => session.set('a', 1))
    pass(1)
    const off = visit((session) => {
      session.set('a', 2)
      session.modified = false
    })
    expect(off.settlement.setCookie).toBeNull()
    const on = visit((session) => {
      session.modified = true
    })
    expect(on.settlement.setCookie).not.toBeNull()
  })

  test('what cannot be kept is refused at saving, not at looking', () => {
    const { sessions } = start()
    const session = sessions.open({})
    session.set('map', new Map())
    expect(session.get('map')).toEqual(new Map())
    expect(() => sessions.settle(session)).toThrow(
      expect.objectContaining({ code: 'not-serializable' }),
    )
  })

  test('__proto__ is a key like any other', () => {
    const { visit } = start()
    visit((session) => session.set('__proto__', { polluted: true }))
    expect(visit((session) => session.get('__proto__')).result).toEqual({ polluted: true })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('a session is typed', () => {
  test('by its type parameter, or by the default of what is asked for', () => {
    const typed = start<{ views: number }>().sessions.open({})
    expectTypeOf(typed.get('views')).toEqualTypeOf<number | undefined>()
    const loose = start().sessions.open({})
    expectTypeOf(loose.get('views', 0)).toEqualTypeOf<number>()
    // @ts-expect-error a key that the data do not have
    typed.get('nothing')
    // @ts-expect-error a value of another type
    typed.set('views', 'many')
  })
})

describe('a schema', () => {
  const schema = v.object({ views: v.number() })

  test('refuses at saving what does not fit, naming the key and not the value', () => {
    const { visit } = start({ schema })
    const act = () => visit((session) => session.set('views', 'hush' as unknown as number))
    expect(act).toThrow(expect.objectContaining({ code: 'invalid-data' }))
    expect(act).toThrow(/views/)
    expect(act).not.toThrow(/hush/)
  })

  test('a cookie from before the schema gives a fresh session with a reason', () => {
    const before = start()
    before.visit((session) => session.set('views', 'many'))
    const { visit, setCookie } = start({ schema })
    setCookie(before.cookie())
    expect(visit((session) => session.ended).result).toMatchObject({ reason: 'invalid' })
  })

  test('may change what it reads; what it leaves alone is passed on to the letter', () => {
    const loose = v.looseObject({ views: v.optional(v.number(), 7) })
    const before = start({ format: flask() })
    before.visit((session) => session.set('price', new Float(1)))
    const { visit, setCookie } = start<{ views: number }>({ format: flask(), schema: loose })
    setCookie(before.cookie())
    const { settlement } = visit((session) => session.set('views', session.get('views') ?? 0))
    const [, payload = ''] = /=([\w-]+)\./.exec(settlement.setCookie ?? '') ?? []
    expect(Buffer.from(payload, 'base64url').toString()).toMatch(/"price":1\.0,"views":7/)
  })

  test('must be synchronous', () => {
    const { visit } = start({ schema: v.objectAsync({ views: v.number() }) as never })
    expect(() => visit((session) => session.set('views', 1))).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })
})

describe('a session has a life', () => {
  const lifetime = { idle: '10m', absolute: '1h' } as const

  test('reading slides it, throttled; silence ends it, and the next request knows why', () => {
    const { visit, pass } = start({ lifetime })
    visit((session) => session.set('a', 1))
    pass(59)
    expect(visit((session) => session.get('a')).settlement.setCookie).toBeNull()
    pass(1)
    expect(visit((session) => session.get('a')).settlement.setCookie).not.toBeNull()
    pass(660)
    const { result, settlement } = visit((session) => [session.get('a'), session.ended?.reason])
    expect(result).toEqual([undefined, 'idle'])
    expect(settlement).toEqual({ setCookie: null, vary: true, noStore: false })
  })

  test('the absolute clock does not move, whatever happens', () => {
    const { visit, pass } = start({ lifetime })
    visit((session) => session.set('n', 0))
    for (let minutes = 5; minutes <= 60; minutes += 5) {
      pass(300)
      expect(visit((session) => session.update('n', () => minutes)).session.isNew).toBe(false)
    }
    pass(1)
    const { result } = visit((session) => session.ended)
    expect(result).toMatchObject({ reason: 'absolute', at: 1_700_003_600, ago: 1, subject: null })
  })

  test('refreshEachRequest makes idle exact, and slides what was not looked at', () => {
    const { visit, pass } = start({ lifetime, refreshEachRequest: true })
    visit((session) => session.set('a', 1))
    pass(600)
    expect(visit(() => null).settlement.setCookie).not.toBeNull()
    pass(601)
    expect(visit((session) => session.ended?.reason).result).toBe('idle')
  })

  test('a request that never looks costs nothing and changes nothing', () => {
    const { visit, pass, sessions } = start({ lifetime })
    visit((session) => session.set('a', 1))
    pass(300)
    const rejected = vi.fn()
    sessions.on('rejected', rejected)
    expect(visit(() => null).settlement).toEqual({ setCookie: null, vary: false, noStore: false })
  })

  test('endsAt and explain say until when', () => {
    const { visit } = start({ lifetime })
    const { session } = visit((fresh) => fresh.set('a', 1))
    expect(session.endsAt).toBe(1_700_000_000 + 600 + 59)
    expect(session.explain()).toMatchObject({ because: 'idle', live: true })
  })

  test('permanent gives the cookie its deadline', () => {
    const { visit } = start({ lifetime })
    const { settlement } = visit((session) => {
      session.set('a', 1)
      session.permanent = true
    })
    expect(settlement.setCookie).toContain('Expires=Tue, 14 Nov 2023 22:24:19 GMT')
    expect(visit((session) => session.permanent).result).toBe(true)
    expect(start({ lifetime: { ...lifetime, permanent: true } }).sessions.open({}).permanent).toBe(
      true,
    )
  })

  test('destroy removes the cookie; what is set afterwards begins a new session', () => {
    const { visit } = start()
    visit((session) => session.set('a', 1))
    const { settlement } = visit((session) => session.destroy())
    expect(settlement.setCookie).toContain('Max-Age=0')
    visit((session) => session.set('a', 1))
    const { session } = visit((old) => {
      const { id } = old
      old.destroy()
      old.set('b', 2)
      expect(old.id).not.toBe(id)
    })
    expect([...session.keys()]).toEqual(['b'])
    expect(session.isNew).toBe(true)
  })

  test('destroying is told also where a new session begins at once', () => {
    const { visit, sessions } = start()
    visit((session) => session.set('a', 1))
    const told: string[] = []
    sessions.on('ended', ({ reason }) => told.push(reason))
    sessions.on('created', () => told.push('created'))
    visit((session) => {
      session.destroy()
      session.set('b', 2)
    })
    expect(told).toEqual(['logout', 'created'])
  })

  test.each([
    ['sealed', sealed()],
    ['signed', signed()],
    ['flask', flask()],
  ])('lifetime.permanent is the default of a new session, %s', (_, format) => {
    const { visit } = start({ lifetime: { idle: '10m', permanent: true }, format })
    expect(visit((session) => session.set('a', 1)).settlement.setCookie).toContain('Expires=')
    expect(visit((session) => session.permanent).result).toBe(true)
    visit((session) => {
      session.permanent = false
    })
    expect(visit((session) => session.permanent).result).toBe(false)
  })

  test('renewId gives another id and keeps data and clock', () => {
    const { visit, pass } = start({ lifetime })
    const { session } = visit((fresh) => fresh.set('a', 1))
    pass(100)
    visit((renewed) => renewed.renewId())
    const { session: next } = visit((renewed) => renewed.get('a'))
    expect(next.id).not.toBe(session.id)
    expect(next.explain().clocks[1]).toMatchObject({ clock: 'absolute', startedAt: 1_700_000_000 })
  })

  test('a change pass the headers left is an error, not a silent loss', () => {
    const { visit } = start()
    const { session } = visit((fresh) => fresh.set('a', 1))
    expect(() => session.set('a', 2)).toThrow(expect.objectContaining({ code: 'already-settled' }))
  })

  test('a session is settled once', () => {
    const { visit, sessions } = start()
    const { session } = visit((fresh) => fresh.set('a', 1))
    expect(sessions.settle(session).setCookie).toBeNull()
  })
})

describe('events', () => {
  test('tell of beginnings, ends and refusals, and never carry a secret', () => {
    const { visit, sessions, pass, setCookie } = start({ lifetime: { idle: '10s' } })
    const seen: unknown[] = []
    for (const name of ['created', 'ended', 'rejected'] as const) {
      sessions.on(name, (event) => seen.push([name, event]))
    }
    visit((session) => session.set('a', 1))
    pass(11)
    visit((session) => session.get('a'))
    setCookie('__Host-session=nonsense')
    visit((session) => session.get('a'))
    setCookie(undefined)
    visit((session) => session.set('a', 1))
    visit((session) => session.destroy())
    expect(seen).toMatchObject([
      ['created', { now: 1_700_000_000 }],
      ['ended', { now: 1_700_000_011, reason: 'idle', at: 1_700_000_010 }],
      ['rejected', { now: 1_700_000_011, reason: 'malformed', detail: 'not-a-sealed-cookie' }],
      ['created', { now: 1_700_000_011 }],
      ['ended', { now: 1_700_000_011, reason: 'logout', at: 1_700_000_011 }],
    ])
  })

  test('a listener that throws harms no request, and can be taken away', () => {
    const { visit, sessions } = start()
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const off = sessions.on('created', () => {
      throw new TypeError('broken')
    })
    expect(visit((session) => session.set('a', 1)).settlement.setCookie).not.toBeNull()
    expect(warned).toHaveBeenCalledOnce()
    off()
    visit((session) => session.destroy())
    visit((session) => session.set('a', 1))
    expect(warned).toHaveBeenCalledOnce()
    warned.mockRestore()
  })
})

describe('a Secure cookie over plain http', () => {
  test.each([
    ['example.com', 1],
    ['localhost.example.com:80', 1],
    ['localhost:5000', 0],
    ['app.localhost', 0],
    ['127.0.0.1:5000', 0],
    ['[::1]:5000', 0],
    [undefined, 0],
  ])('at %s is warned of %d times, however often it is set', (plainHost, times) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { sessions } = start()
    for (let request = 0; request < 3; request++) {
      sessions.settle(sessions.open({ plainHost }).set('a', 1))
    }
    expect(warned).toHaveBeenCalledTimes(times)
    warned.mockRestore()
  })
})

describe("a builder's mistake throws at construction", () => {
  test.each<[string, Partial<SessionOptions>]>([
    ['no-secret-key', { secretKey: undefined }],
    ['no-secret-key', { secretKey: '' }],
    ['no-secret-key', { secretKey: new Uint8Array() }],
    ['bad-secret-key', { secretKey: 5 as unknown as string }],
    ['bad-secret-key', { secretKeyFallbacks: 'old' as unknown as string[] }],
    ['bad-secret-key', { secretKeyFallbacks: ['old', ''] }],
    ['bad-lifetime', { lifetime: { idle: '1h', absolute: '1m' } }],
    ['bad-duration', { lifetime: { idle: 1800 as unknown as '1m' } }],
    ['bad-cookie-option', { cookie: { sameSite: 'None', secure: false } }],
    ['bad-cookie-option', { cookie: { name: '__Host-s', domain: 'example.com' } }],
  ])('%s: %j', (code, options) => {
    expect(() => start(options)).toThrow(expect.objectContaining({ code }))
  })

  test('a short or well-known key is an error in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    for (const secretKey of ['secret123', 'keyboard cat', 'your-secret-key-goes-here']) {
      expect(() => start({ secretKey })).toThrow(
        expect.objectContaining({ code: 'bad-secret-key' }),
      )
    }
    expect(() => start()).not.toThrow()
    vi.unstubAllEnvs()
  })

  test('a cookie too large for browsers is an error, or a warning by choice', () => {
    const large = 'x'.repeat(4096)
    expect(() => start().visit((session) => session.set('a', large))).toThrow(
      expect.objectContaining({ code: 'cookie-too-large' }),
    )
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { visit } = start({ oversize: 'warn' })
    expect(visit((session) => session.set('a', large)).settlement.setCookie).not.toBeNull()
    expect(warned).toHaveBeenCalledOnce()
    warned.mockRestore()
  })
})
