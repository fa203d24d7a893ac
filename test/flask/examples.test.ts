import type { Flask } from 'sojourn/flask'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EXAMPLES } from '../support/examples.ts'

const START = 1_700_000_000
let now = START

beforeEach(() => {
  now = START
  // The lesson's key is a well-known one, and the program is told so.
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  vi.spyOn(Date, 'now').mockImplementation(() => now * 1000)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.resetModules()
})

/** The program itself, which would run; here its application is caught instead. */
async function load(file: string): Promise<Flask> {
  const face: { Flask: typeof Flask } = await import('sojourn/flask')
  const run = vi.spyOn(face.Flask.prototype, 'run').mockResolvedValue({} as never)
  await import(`../../examples/${file}.ts`)
  expect(run).toHaveBeenCalledExactlyOnceWith({ debug: true })
  return run.mock.contexts[0] as Flask
}

const NOBODY = 'Current session user: No active session'
const expiryOf = (response: Response) => {
  const [line = ''] = response.headers.getSetCookie()
  const [, date] = /; Expires=([^;]+)/.exec(line) ?? []
  return date === undefined ? null : Date.parse(date) / 1000
}
const textOf = async (response: Response) => [response.status, await response.text()]

describe.each(EXAMPLES)('$file', ({ file, username, greeting, lifetime, permanent }) => {
  const somebody = `Current session user: ${username}`

  it('greets and remembers', async () => {
    const client = (await load(file)).testClient()
    expect(await textOf(await client.get('/check'))).toEqual([200, NOBODY])
    const started = await client.get('/')
    expect(started.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(started.headers.get('vary')).toBe('Cookie')
    expect(await textOf(started)).toEqual([200, greeting])
    expect(await textOf(await client.get('/check'))).toEqual([200, somebody])
  })

  it('answers with the header that Flask answers with', async () => {
    const client = (await load(file)).testClient()
    const [line] = (await client.get('/')).headers.getSetCookie()
    const expires = new Date((START + lifetime) * 1000).toUTCString()
    expect(line).toMatch(
      permanent
        ? new RegExp(`^session=[\\w.-]+; Expires=${expires}; HttpOnly; Path=/$`)
        : /^session=[\w.-]+; HttpOnly; Path=\/$/,
    )
  })

  it.each([true, false])('ends after its lifetime; Expires honoured: %s', async (honourExpires) => {
    const client = (await load(file)).testClient({ honourExpires })
    await client.get('/')
    // A browser drops the cookie in the very second of its Expires; the server grants that second.
    now += honourExpires && permanent ? lifetime - 1 : lifetime
    const last = await client.get('/check')
    expect(await textOf(last)).toEqual([200, somebody])
    now += permanent ? lifetime + 1 : 1
    expect(await textOf(await client.get('/check'))).toEqual([200, NOBODY])
  })

  it('slides with every request, if it outlives the browser', async () => {
    const client = (await load(file)).testClient()
    await client.get('/')
    for (let step = 0; step < 5; step++) {
      now += Math.floor(lifetime * 0.7)
      const response = await client.get('/check')
      expect(expiryOf(response)).toBe(permanent ? now + lifetime : null)
      expect(await textOf(response)).toEqual([200, permanent || step === 0 ? somebody : NOBODY])
    }
  })

  it('outlives the browser or ends with it', async () => {
    const client = (await load(file)).testClient()
    await client.get('/')
    client.closeBrowser()
    const after = permanent ? somebody : NOBODY
    expect(await textOf(await client.get('/check'))).toEqual([200, after])
  })
})

it('ten seconds: Bob is there at 10 idle seconds, and gone at 11', async () => {
  const app = await load('ten-seconds')
  for (const honourExpires of [true, false]) {
    const client = app.testClient({ honourExpires })
    await client.get('/')
    now += 11
    expect(await (await client.get('/check')).text()).toBe(NOBODY)
  }
  const stubborn = app.testClient({ honourExpires: false })
  await stubborn.get('/')
  now += 10
  expect(await (await stubborn.get('/check')).text()).toBe('Current session user: Bob')
})
