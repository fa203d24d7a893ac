import { describe, expect, test, vi } from 'vitest'
import { signed } from '../../src/formats/signed.ts'
import { createSessions, type SessionOptions, type Store } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { start } from './start.ts'

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
      sessions().settle(sessions().open({ plainHost }).set('a', 1))
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
    ['no-store', { maxSessions: 3 }],
    ['bad-option', { storeFailure: 'open' as 'refuse' }],
    ['bad-option', { store: modelStore(), storeFailure: 'open' as 'refuse' }],
    ['bad-option', { store: modelStore(), maxSessionsAction: 'end' as 'refuse' }],
    ['bad-duration', { store: modelStore(), renewalGrace: '-500ms' }],
    ['bad-option', { format: 'signed' as never }],
    ['bad-option', { format: {} as never }],
    ['bad-option', { format: signed as never }],
  ])('%s: %j', (code, options) => {
    expect(() => start(options)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    ['null', null],
    ['a text', 'redis://localhost'],
    ['a function', modelStore],
    ['a promise', Promise.resolve(modelStore())],
    ['a client', { get() {}, set() {}, touch() {} }],
    ['a map', new Map()],
    ['an empty object', {}],
  ])('%s is no store', (_, none) => {
    const store = none as unknown as Store
    const refusal = expect.objectContaining({ code: 'bad-option' })
    expect(() => createSessions({ store })).toThrow(refusal)
    expect(() => start({ notBefore: { store } })).toThrow(refusal)
    expect(() => start({ notBefore: none as never })).toThrow(refusal)
  })

  test.each([undefined, null, 'secret'])('%j says nothing of a key', (none) => {
    expect(() => createSessions(none as never)).toThrow(
      expect.objectContaining({ code: 'no-secret-key' }),
    )
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
    expect(visit((session) => session.set('a', large)).setCookie).not.toBeNull()
    expect(warned).toHaveBeenCalledOnce()
    warned.mockRestore()
  })
})
