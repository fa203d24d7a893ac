// The programs of the lesson in a real browser.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RunningExample, startExample } from '../support/examples.ts'
import { findChromium, NO_CHROMIUM, needs } from '../support/needs.ts'

const NOBODY = 'Current session user: No active session'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const executablePath = findChromium()

describe('in Chromium', needs(executablePath, NO_CHROMIUM), () => {
  let folder: string
  let context: BrowserContext
  let page: Page
  const programs: RunningExample[] = []

  const openBrowser = async () => {
    context = await chromium.launchPersistentContext(folder, {
      executablePath: executablePath ?? '',
      args: FLAGS,
    })
    page = await context.newPage()
  }
  const run = async (file: string) => {
    const program = await startExample(file)
    programs.push(program)
    return program
  }
  const read = async (url: string) => {
    await page.goto(url)
    return page.textContent('body')
  }

  let tenSeconds: RunningExample
  beforeAll(async () => {
    tenSeconds = await run('ten-seconds')
  })

  afterAll(async () => {
    for (const program of programs) await program.stop()
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sojourn-browser-'))
    await openBrowser()
  })

  afterEach(async () => {
    await context?.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    await tenSeconds.shift(0)
  })

  test('the session is there on the next page, and gone after eleven idle seconds', async () => {
    expect(await read(`${tenSeconds.url}/`)).toBe(
      'Session started for Bob with 10 seconds lifetime.',
    )
    expect(await read(`${tenSeconds.url}/check`)).toBe('Current session user: Bob')
    await tenSeconds.shift(11)
    expect(await context.cookies()).toHaveLength(1)
    expect(await read(`${tenSeconds.url}/check`)).toBe(NOBODY)
  })

  test('it slides: three looks within ten seconds of each other', async () => {
    await read(`${tenSeconds.url}/`)
    for (const seconds of [8, 16, 24]) {
      await tenSeconds.shift(seconds)
      expect(await read(`${tenSeconds.url}/check`)).toBe('Current session user: Bob')
    }
    await tenSeconds.shift(35)
    expect(await read(`${tenSeconds.url}/check`)).toBe(NOBODY)
  })

  test('left alone for real, the browser drops the cookie by itself', async () => {
    await read(`${tenSeconds.url}/`)
    const [before] = await context.cookies()
    expect(before?.expires).toBeGreaterThan(Date.now() / 1000 + 8)
    await expect.poll(() => context.cookies(), { timeout: 13_000, interval: 200 }).toEqual([])
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(before?.expires ?? 0)
    expect(await read(`${tenSeconds.url}/check`)).toBe(NOBODY)
  })

  test('a permanent session survives closing and reopening the browser', async () => {
    const { url } = await run('seven-days')
    await read(`${url}/`)
    await context.close()
    await openBrowser()
    expect(await read(`${url}/check`)).toBe('Current session user: Dora')
  })

  test('one that is not permanent ends when the browser closes', async () => {
    const { url } = await run('until-the-browser-closes')
    await read(`${url}/`)
    expect(await read(`${url}/check`)).toBe('Current session user: Eve')
    await context.close()
    await openBrowser()
    expect(await read(`${url}/check`)).toBe(NOBODY)
  })

  test('the cookie has the flags that DevTools shows', async () => {
    const { url } = await run('an-hour')
    await read(`${url}/`)
    const devtools = await context.newCDPSession(page)
    const { cookies } = await devtools.send('Network.getAllCookies')
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatchObject({
      name: 'session',
      domain: '127.0.0.1',
      path: '/',
      httpOnly: true,
      secure: false,
      session: false,
    })
    expect(cookies[0]).not.toHaveProperty('sameSite')
    expect(Math.abs((cookies[0]?.expires ?? 0) - Date.now() / 1000 - 3_600)).toBeLessThan(5)
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  test('without permanent, DevTools shows a session cookie', async () => {
    const { url } = await run('until-the-browser-closes')
    await read(`${url}/`)
    const devtools = await context.newCDPSession(page)
    const { cookies } = await devtools.send('Network.getAllCookies')
    expect(cookies[0]).toMatchObject({ name: 'session', session: true, httpOnly: true })
  })
})
