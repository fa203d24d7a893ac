// Section 1.4, as a browser sees it: what is set, kept, sent and forgotten.
import { createHash } from 'node:crypto'
import type { CookieOptions, Session } from 'sojourn'
import { CookieJar } from 'tough-cookie'
import { describe, expect, test } from 'vitest'
import { codeOf, createSite, FORMATS, isLive, MINUTE, send, signIn } from './site.ts'

const HERE = 'https://shop.example/'
const codeFor = (cookie: CookieOptions) => codeOf(() => createSite({ cookie }))
const attributesOf = (line: string | null) => (line ?? '').split('; ').slice(1).sort()

/** A browser that obeys prefixes, and a site whose cookie it is given. */
async function browse(cookie: CookieOptions = {}, url = HERE) {
  const { sessions } = createSite({ cookie })
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })
  const write = (session: Session) => session.set('user', 'ann')
  const line = send(sessions, undefined, write).setCookie ?? ''
  const kept = await jar.setCookie(line, url).then(Boolean, () => false)
  const at = (where: string) => jar.getCookieString(where)
  return { sessions, jar, line, kept, at }
}

describe('protection', () => {
  test('item 26: the cookie is Secure, and its name says so wherever it may', async () => {
    const plain = await browse()
    expect([plain.kept, await plain.at('http://shop.example/')]).toEqual([true, ''])
    expect((await browse({}, 'http://shop.example/')).kept).toBe(false)
    for (const cookie of [{ path: '/shop' }, { domain: 'shop.example' }]) {
      const { line, kept } = await browse(cookie, `${HERE}shop`)
      expect(line).toMatch(/^__Secure-session=.*; Secure;/)
      expect(kept).toBe(true)
    }
    expect(codeFor({ name: '__Secure-id', secure: false })).toBe('bad-cookie-option')
  })

  test('item 27: __Host- by default, and no such name that a browser would drop', async () => {
    const { line, kept } = await browse()
    expect(line).toMatch(/^__Host-session=/)
    expect(kept).toBe(true)
    expect(attributesOf(line)).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    for (const name of ['__Host-id', '__host-id', '__HOST-id', '__hOsT-id']) {
      expect(codeFor({ name, domain: 'shop.example' })).toBe('bad-cookie-option')
      expect(codeFor({ name, path: '/shop' })).toBe('bad-cookie-option')
      expect(codeFor({ name, secure: false })).toBe('bad-cookie-option')
      expect(codeFor({ name })).toBeNull()
    }
  })

  test.each(FORMATS)(
    'item 28: %s: scripts do not see it, at its setting or its removal',
    (_, format) => {
      const { sessions } = createSite({ format })
      const set = send(sessions, undefined, (session) => session.set('user', 'ann'))
      const unset = send(sessions, set.cookie, (session) => session.destroy())
      const changed = send(sessions, set.cookie, (session) => session.set('user', 'bob'))
      for (const { setCookie } of [set, unset, changed])
        expect(attributesOf(setCookie)).toContain('HttpOnly')
    },
  )

  test('item 29: SameSite is always said, and None only where it can work', async () => {
    for (const sameSite of ['Strict', 'Lax', 'None'] as const) {
      expect(attributesOf((await browse({ sameSite })).line)).toContain(`SameSite=${sameSite}`)
    }
    expect(codeFor({ sameSite: 'None', secure: false })).toBe('bad-cookie-option')
    expect(codeFor({ sameSite: 'Relaxed' as 'Lax' })).toBe('bad-cookie-option')
  })

  test('item 36: the newer prefixes can be chosen, under the rules of browsers that know them', async () => {
    const { line } = await browse({ name: '__Host-Http-session' })
    expect(attributesOf(line)).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect((await browse({ name: '__Http-session', path: '/shop' })).line).toMatch(
      /^__Http-session=/,
    )
    for (const cookie of [
      { name: '__Http-session', secure: false },
      { name: '__Host-Http-session', path: '/shop' },
      { name: '__host-http-session', domain: 'shop.example' },
    ]) {
      expect(codeFor(cookie)).toBe('bad-cookie-option')
    }
  })

  // An option that is there and undefined is not given: `secure: live ? true : undefined`.
  test('item 26: an option that is undefined takes nothing of the protection away', async () => {
    const undefineds = { secure: undefined, httpOnly: undefined, path: undefined } as object
    expect((await browse(undefineds)).line).toMatch(/^__Host-session=.*; Secure; HttpOnly; Path=\//)
  })

  // Browsers that know these prefixes drop such a cookie: it could have been set by a script.
  test('item 36: a name that promises HttpOnly is refused without it', () => {
    for (const name of ['__Http-session', '__Host-Http-session']) {
      expect(codeFor({ name, httpOnly: false })).toBe('bad-cookie-option')
    }
  })
})

describe('size', () => {
  test.each(FORMATS)(
    'item 30: %s: name and value are 4096 bytes at most, or nothing is sent',
    (_, format) => {
      const { sessions } = createSite({ format })
      const sizes: number[] = []
      let refused = 0
      for (let length = 2_000; length < 3_200; length++) {
        const noise = createHash('shake256', { outputLength: length }).digest('base64')
        const session = sessions.open({}).set('text', noise)
        const code = codeOf(() => {
          const [pair = ''] = (sessions.settle(session).setCookie ?? '').split(';')
          sizes.push(pair.length - 1)
        })
        if (code !== null) refused++
        expect([null, 'cookie-too-large']).toContain(code)
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096)
      expect(Math.max(...sizes)).toBeGreaterThan(4_090)
      expect(refused).toBeGreaterThan(0)
    },
  )

  test('item 30: an attribute of more than 1024 bytes is refused beforehand', () => {
    const label = `${'a'.repeat(62)}.`
    expect(codeFor({ path: `/${'a'.repeat(1_023)}` })).toBeNull()
    expect(codeFor({ path: `/${'a'.repeat(1_024)}` })).toBe('bad-cookie-option')
    expect(codeFor({ path: `/${'é'.repeat(200)}` })).toBe('bad-cookie-option')
    expect(codeFor({ domain: `${label.repeat(17)}example` })).toBe('bad-cookie-option')
  })

  test.each(FORMATS)(
    'item 31: %s: a cookie that was evicted is a visitor like any other',
    (_, format) => {
      const { sessions, clock } = createSite({ format })
      const before = signIn(sessions)
      clock.advance({ seconds: MINUTE })
      for (const header of [undefined, '', 'theme=dark; lang=de']) {
        const lost = send(sessions, header, (session) => [
          session.isNew,
          session.ended,
          session.size,
        ])
        expect([lost.result, lost.setCookie]).toEqual([[true, null, 0], null])
      }
      const next = send(sessions, 'theme=dark', (session) => session.set('user', 'bob'))
      expect(sessions.open({ cookie: next.cookie }).get('user')).toBe('bob')
      // Nothing was kept that the loss of a cookie could have put out of step.
      expect(isLive(sessions, before)).toBe(true)
    },
  )
})
