import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RunningServer } from '../../src/flask/index.ts'
import { Flask, session } from '../../src/flask/index.ts'
import { type Program, start } from '../support/processes.ts'

const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
const running: RunningServer[] = []
const programs: Program[] = []
const servers: Server[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
  await Promise.all(programs.splice(0).map((program) => program.stop()))
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
  )
  said.mockClear()
  errors.mockClear()
})

function newApp(): Flask {
  const app = new Flask()
  app.secretKey = 'a key of the tests, long enough'
  app.get('/', () => {
    session.set('a', 1)
    return 'ok'
  })
  app.get('/fail', () => {
    throw new Error('the <inside> story')
  })
  app.afterRequest((response) => {
    response.headers.append('set-cookie', 'own=1')
  })
  return app
}

async function run(...options: Parameters<Flask['run']>): Promise<RunningServer> {
  const server = await newApp().run(...options)
  running.push(server)
  return server
}

/** Takes a port, unless somebody has it already. */
const occupy = (port: number) =>
  new Promise<number>((resolve) => {
    const server = createServer()
    servers.push(server)
    server.once('error', () => resolve(port))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })

describe('run', () => {
  it('serves on a free port and says where', async () => {
    const { url, port } = await run({ port: 0 })
    expect(port).toBeGreaterThan(0)
    expect(url).toBe(`http://127.0.0.1:${port}`)
    expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(url))
    const response = await fetch(url)
    expect(await response.text()).toBe('ok')
    expect(response.headers.getSetCookie()).toEqual([
      'own=1',
      expect.stringMatching(/^session=[\w.-]+; HttpOnly; Path=\/$/),
    ])
    const head = await fetch(`${url}/none`, { method: 'HEAD' })
    expect(head.status).toBe(404)
  })

  it('takes the next free port when 5000 is taken', async () => {
    await occupy(5000)
    const { port, url } = await run()
    expect(port).toBeGreaterThan(5000)
    expect(port).toBeLessThanOrEqual(5100)
    expect((await fetch(url)).status).toBe(200)
  })

  it('does not choose another port than the one that was asked for', async () => {
    const port = await occupy(0)
    await expect(run({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('shows an error only where it may', async () => {
    const quiet = await run({ port: 0 })
    const open = await run({ port: 0, debug: true })
    const page = async ({ url }: RunningServer) => (await fetch(`${url}/fail`)).text()
    expect(await page(quiet)).not.toContain('story')
    expect(await page(open)).toContain('the &#60;inside&#62; story')
  })

  it('stops when it is closed, and leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT')
    const server = await newApp().run({ port: 0 })
    expect(process.listenerCount('SIGINT')).toBe(before + 1)
    const { url } = server
    await fetch(url)
    await server.close()
    expect(process.listenerCount('SIGINT')).toBe(before)
    await expect(fetch(url)).rejects.toThrow()
  })
})

describe('the program as its users start it', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it serves, and ends with %s',
    async (name) => {
      const program = start({
        command: process.execPath,
        args: ['--conditions=source', 'examples/ten-seconds.ts'],
      })
      programs.push(program)
      const [url] = await program.waitFor(/http:\/\/127\.0\.0\.1:\d+/)
      const response = await fetch(url)
      expect(await response.text()).toBe('Session started for Bob with 10 seconds lifetime.')
      expect(response.headers.getSetCookie()).toHaveLength(1)
      program.signal(name)
      expect(await program.ended()).toBe(0)
    },
  )
})
