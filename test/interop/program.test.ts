// The programs of the lesson: as they stand in examples/, and beside the same programs in Flask.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addressOf,
  EXAMPLES,
  type Example,
  type RunningExample,
  startExample,
} from '../support/examples.ts'
import { findPython, NO_FLASK, needs } from '../support/needs.ts'
import { type Program, start } from '../support/processes.ts'
import { Client, type Side, startFlask } from './servers.ts'

const NOBODY = 'Current session user: No active session'
const python = findPython()

for (const example of EXAMPLES) {
  describe(`examples/${example.file}.ts`, () => suite(example))
  describe(`examples/${example.file}.ts beside Flask`, needs(python, NO_FLASK), () =>
    suiteBesideFlask(example),
  )
}

function suite(example: Example): void {
  const { file, username, greeting, lifetime, permanent } = example
  let program: RunningExample

  beforeAll(async () => {
    program = await startExample(file)
  })

  afterAll(() => program?.stop())

  test(`greets ${username}, and knows the visitor on the next page`, async () => {
    const client = new Client()
    expect(await client.text(program, '/check')).toBe(NOBODY)
    expect(await client.text(program, '/')).toBe(greeting)
    expect(await client.text(program, '/check')).toBe(`Current session user: ${username}`)
  })

  test('has ended a second after its idle lifetime, whatever the client thinks of Expires', async () => {
    const client = new Client()
    await client.text(program, '/')
    await program.shift(lifetime + 2)
    expect(await client.cookie(program)).toBeDefined()
    expect(await client.text(program, '/check')).toBe(NOBODY)
    await program.shift(0)
  })

  test(
    permanent ? 'slides with every request' : 'does not slide when it is only read',
    async () => {
      const client = new Client()
      await client.text(program, '/')
      await program.shift(lifetime * 0.75)
      expect(await client.text(program, '/check')).toContain(username)
      await program.shift(lifetime * 1.5)
      expect(await client.text(program, '/check')).toContain(permanent ? username : NOBODY)
      await program.shift(0)
    },
  )
}

function suiteBesideFlask(example: Example): void {
  const { file, username, lifetime } = example
  let program: RunningExample
  let flask: Side

  beforeAll(async () => {
    program = await startExample(file)
    if (python !== null) flask = await startFlask(python, 'werkzeug', environment(example))
  })

  afterAll(async () => {
    await program?.stop()
    await flask?.stop()
  })

  test('each answer has the same status, headers and text', async () => {
    const [theirs, ours] = [new Client(), new Client()]
    // Unknown, started, slid, and without a page to show.
    for (const path of ['/check', '/', '/check', '/', '/no-such-page']) {
      const wanted = await told(await theirs.get(flask, path), lifetime)
      const came = await told(await ours.get(program, path), lifetime)
      expect(came, path).toEqual(wanted)
    }
  })

  test('an ended session is answered alike', async () => {
    const [theirs, ours] = [new Client(), new Client()]
    await Promise.all([theirs.text(flask, '/'), ours.text(program, '/')])
    await flask.set({ now: Date.now() / 1000 + lifetime + 2 })
    await program.shift(lifetime + 2)
    const wanted = await told(await theirs.get(flask, '/check'), lifetime)
    expect(await told(await ours.get(program, '/check'), lifetime)).toEqual(wanted)
    await flask.set({ now: Date.now() / 1000 })
    await program.shift(0)
  })

  test('a visitor may go from one to the other and back', async () => {
    const client = new Client()
    await client.text(program, '/')
    await flask.set({ now: Date.now() / 1000 })
    expect(await client.text(flask, '/check')).toBe(`Current session user: ${username}`)
    await client.text(flask, '/')
    expect(await client.text(program, '/check')).toBe(`Current session user: ${username}`)
  })
}

describe('npm start', () => {
  let program: Program | undefined

  afterAll(() => program?.stop())

  test('serves the program of the README, and Ctrl-C ends it cleanly', async () => {
    program = start({ command: 'npm', args: ['start'], group: true })
    const url = await addressOf(program)
    const client = new Client()
    expect(await client.text({ url }, '/')).toBe(
      'Session started for Bob with 10 seconds lifetime.',
    )
    // What a terminal does with Ctrl-C: the signal goes to every process in the foreground.
    program.signal('SIGINT')
    expect(await program.ended()).toBe(0)
    expect(program.output()).not.toMatch(/npm error/i)
    await expect(fetch(url)).rejects.toThrow()
  })
})

const environment = ({ username, greeting, lifetime, permanent }: Example) => ({
  SECRET_KEY: 'secret123',
  USERNAME_SET: username,
  GREETING: greeting,
  LIFETIME: String(lifetime),
  PERMANENT: permanent ? 'yes' : 'no',
})

/** What belongs to the server rather than to the application. */
const TRANSPORT = ['connection', 'content-length', 'date', 'keep-alive', 'server']

/** An answer, as far as it must be equal: all of it but the token and the exact second. */
async function told(response: Response, lifetime: number) {
  const headers = [...response.headers].filter(([name]) => !TRANSPORT.includes(name))
  const text = await response.text()
  return {
    status: response.status,
    headers: headers.map(([name, value]) => [
      name,
      name === 'set-cookie' ? withoutChance(value, lifetime) : value,
    ]),
    text: response.ok ? text : null,
  }
}

/** Attributes in their order, with the token as a word and Expires as a word when it is right. */
function withoutChance(line: string, lifetime: number): string[] {
  return line.split('; ').map((part) => {
    const [name = '', value = ''] = part.split('=')
    if (name === 'session') return value === '' ? part : 'session=token'
    if (name !== 'Expires' || value.endsWith('1970 00:00:00 GMT')) return part
    const left = Date.parse(value) / 1000 - Date.now() / 1000
    return Math.abs(left - lifetime) < 3 ? 'Expires=after the lifetime' : `${part} (in ${left} s)`
  })
}
