import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CookieOptions,
  checkCrossSite,
  createCookie,
  readCookie,
} from '../../src/core/cookie.ts'

const codeOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

describe('reading', () => {
  test.each([
    ['session=a', 'a'],
    ['  session = a b ', 'a b'],
    ['x=1; session=a; y=2', 'a'],
    ['x=1;session=a;y=2', 'a'],
    ['session=a; session=b', 'a'],
    ['session=', ''],
    ['session="a\\"b\\073c"', 'a"b;c'],
    ['session="', '"'],
    ['session=a%2Eb', 'a%2Eb'],
    ['\tsession=a', 'a'],
    ['xsession=1; session=a', 'a'],
    ['sessionx=1; session=a', 'a'],
    ['x=session=b; session=a', 'a'],
    ['Session=b', undefined],
    ['session', undefined],
    ['', undefined],
  ])('%j gives %j', (header, value) => {
    expect(readCookie(header, 'session')).toBe(value)
  })

  test('agrees with taking the whole header apart', () => {
    const part = fc.stringMatching(/^[ \ts=;ax]{0,8}$/)
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const header = parts.join('s')
        const pairs = header.split(';').flatMap((pair) => {
          const at = pair.indexOf('=')
          return at === -1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const]
        })
        expect(readCookie(header, 's')).toBe(pairs.find(([name]) => name === 's')?.[1])
      }),
      { numRuns: 5000 },
    )
  })
})

describe('writing', () => {
  test('defaults are OWASP and RFC 6265bis', () => {
    const cookie = createCookie()
    expect(cookie.write('v', null)).toBe('__Host-session=v; Secure; HttpOnly; Path=/; SameSite=Lax')
    expect(cookie.remove()).toBe(
      '__Host-session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/; SameSite=Lax',
    )
  })

  test('attributes stand in the order of Werkzeug', () => {
    const cookie = createCookie({
      name: 's',
      domain: '.example.com:8080',
      path: '/p',
      partitioned: true,
    })
    expect(cookie.write('v', 1_702_678_400)).toBe(
      's=v; Domain=example.com; Expires=Fri, 15 Dec 2023 22:13:20 GMT; Secure; HttpOnly; Path=/p; SameSite=Lax; Partitioned',
    )
  })

  test.each<[CookieOptions, string]>([
    [{ path: '/app' }, '__Secure-session'],
    [{ domain: 'example.com' }, '__Secure-session'],
    [{ secure: false }, 'session'],
    [{}, '__Host-session'],
  ])('the name fits the options %j', (options, name) => {
    expect(createCookie(options).name).toBe(name)
  })

  test('paths are percent-encoded and domains made ASCII', () => {
    const cookie = createCookie({ name: 's', path: '/a b;é%20', domain: 'bücher.Example' })
    expect(cookie.write('v', null)).toContain('; Path=/a%20b%3B%C3%A9%20')
    expect(cookie.write('v', null)).toContain('; Domain=xn--bcher-kva.Example')
  })
})

describe('what browsers would drop is refused at construction', () => {
  test.each<CookieOptions>([
    { name: 'a b' },
    { name: '' },
    { name: '__Host-s', domain: 'example.com' },
    { name: '__host-s', path: '/x' },
    { name: '__Secure-s', secure: false },
    { sameSite: 'Sometimes' as 'Lax' },
    { path: `/${'x'.repeat(1024)}` },
    { domain: 'a;b' },
  ])('%j', (options) => {
    expect(codeOf(() => createCookie(options))).toBe('bad-cookie-option')
  })

  test('SameSite=None without Secure', () => {
    expect(codeOf(() => checkCrossSite({ sameSite: 'None', secure: false }))).toBe(
      'bad-cookie-option',
    )
    expect(codeOf(() => checkCrossSite({ sameSite: 'None' }))).toBeNull()
  })
})
