// A real Flask beside ours: one secret key, one cookie jar, in both directions.
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findPython, NO_FLASK, NO_GUNICORN, needs } from '../support/needs.ts'
import { CASES } from './cases.ts'
import { Client, type Kind, type Side, startFlask, startSojourn } from './servers.ts'

const python = findPython()
const LIFETIME = 600
const T = Math.floor(Date.now() / 1000)

const DIRECTIONS = ['from Flask to Sojourn', 'from Sojourn to Flask'] as const

for (const kind of ['werkzeug', 'gunicorn'] as const) {
  const found = kind === 'gunicorn' ? python?.gunicorn : python
  const reason = python && kind === 'gunicorn' ? NO_GUNICORN : NO_FLASK
  describe(`beside Flask under ${kind}`, needs(found, reason), () => suite(kind))
}

function suite(kind: Kind): void {
  let sides: { flask: Side; sojourn: Side }
  let client: Client

  beforeAll(async () => {
    if (python === null) return
    const [flask, sojourn] = await Promise.all([startFlask(python, kind), startSojourn()])
    sides = { flask, sojourn }
  })

  afterAll(async () => {
    await sides?.flask.stop()
    await sides?.sojourn.stop()
  })

  beforeEach(async () => {
    client = new Client()
    const settings = { now: T, secretKey: 'secret123', fallbacks: [], lifetime: LIFETIME }
    await sides.flask.set(settings)
    await sides.sojourn.set(settings)
  })

  const both = async (now: number) => {
    await sides.flask.set({ now })
    await sides.sojourn.set({ now })
  }

  test('the cases are the same on both sides', async () => {
    expect(await client.json(sides.flask, '/cases')).toEqual(Object.keys(CASES).sort())
    for (const name of Object.keys(CASES)) {
      const [theirs, ours] = await Promise.all([
        client.json(sides.flask, `/expected/${name}`),
        client.json(sides.sojourn, `/expected/${name}`),
      ])
      expect(ours, name).toEqual(theirs)
    }
  })

  for (const direction of DIRECTIONS) {
    const pair = (): [writer: Side, reader: Side] =>
      direction === 'from Flask to Sojourn'
        ? [sides.flask, sides.sojourn]
        : [sides.sojourn, sides.flask]

    describe(direction, () => {
      test.each(Object.keys(CASES))('%s arrive with their types', async (name) => {
        const [writer, reader] = pair()
        await client.text(writer, `/set/${name}`)
        const wanted = await client.json(sides.flask, `/expected/${name}`)
        expect(await client.json(reader, '/describe')).toEqual(wanted)
      })

      test.each(Object.keys(CASES))('%s come home whole from a visit', async (name) => {
        const [writer, reader] = pair()
        await client.text(writer, `/set/${name}`)
        // Read, rewritten for another key, and slid without a look: three ways of passing on.
        await client.text(reader, '/describe')
        await client.text(reader, '/touch')
        await client.text(reader, '/untouched')
        const wanted = await client.json(sides.flask, `/expected/${name}`)
        expect(await client.json(writer, '/describe')).toEqual(wanted)
        expect(await client.text(writer, '/touch')).toBe('2')
      })

      test('three kilobytes travel compressed', async () => {
        const [writer, reader] = pair()
        await client.text(writer, '/set/three kilobytes')
        const cookie = (await client.cookie(writer)) ?? ''
        expect(cookie.startsWith('.')).toBe(true)
        const [, payload = ''] = cookie.split('.')
        expect(inflateSync(Buffer.from(payload, 'base64url')).length).toBeGreaterThan(3_000)
        await client.text(reader, '/touch')
        expect((await client.cookie(reader))?.startsWith('.')).toBe(true)
        expect(await client.text(writer, '/touch')).toBe('2')
      })

      test('flashes wait for the other side, and are taken once', async () => {
        const [writer, reader] = pair()
        await client.text(writer, '/flash')
        expect(await client.json(reader, '/flashes')).toEqual({
          list: [
            { list: [{ str: 'message' }, { str: 'saved: käse' }] },
            { list: [{ str: 'error' }, { markup: '<b>not</b> saved' }] },
          ],
        })
        expect(await client.json(writer, '/flashes')).toEqual({ list: [] })
        expect(await client.json(reader, '/flashes')).toEqual({ list: [] })
      })

      test('a session that one side clears is gone on the other', async () => {
        const [writer, reader] = pair()
        await client.text(writer, '/')
        expect(await client.text(reader, '/check')).toBe('Current session user: Bob')
        await client.text(reader, '/clear')
        expect(await client.cookie(writer)).toBeUndefined()
        expect(await client.text(writer, '/check')).toBe('Current session user: No active session')
      })

      test('the reader rotates its key first, and the writer follows', async () => {
        const [writer, reader] = pair()
        await writer.set({ secretKey: 'old' })
        await reader.set({ secretKey: 'new', fallbacks: ['older', 'old'] })
        await client.text(writer, '/')
        expect(await client.text(reader, '/check')).toBe('Current session user: Bob')
        // The permanent session was signed anew, so the old key alone no longer reads it.
        expect(await client.text(writer, '/check')).toBe('Current session user: No active session')
        await writer.set({ secretKey: 'new' })
        expect(await client.text(writer, '/check')).toBe('Current session user: Bob')
      })

      test('a key that is no fallback any more reads nothing', async () => {
        const [writer, reader] = pair()
        await writer.set({ secretKey: 'old' })
        await reader.set({ secretKey: 'new', fallbacks: ['older'] })
        await client.text(writer, '/')
        expect(await client.text(reader, '/check')).toBe('Current session user: No active session')
      })

      test('a session lives to the last second of its lifetime, and slides', async () => {
        const [writer, reader] = pair()
        await client.text(writer, '/')
        await both(T + LIFETIME)
        expect(await client.text(reader, '/check')).toBe('Current session user: Bob')
        await both(T + 2 * LIFETIME)
        expect(await client.text(writer, '/untouched')).toContain('does not ask')
        await both(T + 3 * LIFETIME)
        expect(await client.text(reader, '/check')).toBe('Current session user: Bob')
      })

      test('a second later it has ended, though the cookie is still sent', async () => {
        const [writer, reader] = pair()
        await client.text(writer, '/')
        await both(T + LIFETIME + 1)
        expect(await client.cookie(reader)).toBeDefined()
        expect(await client.text(reader, '/check')).toBe('Current session user: No active session')
        expect(await client.text(writer, '/check')).toBe('Current session user: No active session')
      })

      test("the reader's lifetime decides, and its change acts on cookies already out", async () => {
        const [writer, reader] = pair()
        await client.text(writer, '/')
        await reader.set({ lifetime: 5 })
        await both(T + 6)
        expect(await client.text(reader, '/check')).toBe('Current session user: No active session')
        await reader.set({ lifetime: 6 })
        expect(await client.text(reader, '/check')).toBe('Current session user: Bob')
      })

      test('a session from a clock that is a second ahead is not taken', async () => {
        const [writer, reader] = pair()
        await writer.set({ now: T + 1 })
        await client.text(writer, '/')
        expect(await client.text(reader, '/check')).toBe('Current session user: No active session')
        await reader.set({ now: T + 1 })
        expect(await client.text(reader, '/check')).toBe('Current session user: Bob')
      })
    })
  }
}
