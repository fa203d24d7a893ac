import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { Float, flask } from '../../src/formats/flask.ts'
import { start } from './start.ts'

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
      const session = sessions().open({ cookie: null })
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
    expect(visit((session) => session.get('cart')?.push('b')).setCookie).not.toBeNull()
    expect(visit((session) => session.get('cart')).result).toEqual(['a', 'b'])
    expect(visit((session) => session.get('cart')).setCookie).toBeNull()
  })

  test('or not, when that is switched off', () => {
    const { visit } = start<{ cart: string[] }>({ nestedChanges: false })
    visit((session) => session.set('cart', ['a']))
    expect(visit((session) => session.get('cart')?.push('b')).setCookie).toBeNull()
  })

  test('modified = false saves nothing, modified = true saves all', () => {
    const { visit, pass } = start()
    visit((session) => session.set('a', 1))
    pass(1)
    const off = visit((session) => {
      session.set('a', 2)
      session.modified = false
    })
    expect(off.setCookie).toBeNull()
    const on = visit((session) => {
      session.modified = true
    })
    expect(on.setCookie).not.toBeNull()
  })

  test('what cannot be kept is refused at saving, not at looking', () => {
    const { sessions } = start()
    const session = sessions().open({})
    session.set('map', new Map())
    expect(session.get('map')).toEqual(new Map())
    expect(() => sessions().settle(session)).toThrow(
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
    const typed = start<{ views: number }>().sessions().open({})
    expectTypeOf(typed.get('views')).toEqualTypeOf<number | undefined>()
    const loose = start().sessions().open({})
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
    const { visit, hold } = start({ schema })
    hold(before.held())
    expect(visit((session) => session.ended).result).toMatchObject({ reason: 'invalid' })
  })

  test('may change what it reads; what it leaves alone is passed on to the letter', () => {
    const loose = v.looseObject({ views: v.optional(v.number(), 7) })
    const before = start({ format: flask() })
    before.visit((session) => session.set('price', new Float(1)))
    const { visit, hold } = start<{ views: number }>({ format: flask(), schema: loose })
    hold(before.held())
    const { setCookie } = visit((session) => session.set('views', session.get('views') ?? 0))
    const [, payload = ''] = /=([\w-]+)\./.exec(setCookie ?? '') ?? []
    expect(Buffer.from(payload, 'base64url').toString()).toMatch(/"price":1\.0,"views":7/)
  })

  test('must be synchronous', () => {
    const { visit } = start({ schema: v.objectAsync({ views: v.number() }) as never })
    expect(() => visit((session) => session.set('views', 1))).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })
})
