// Trailers of a response that is held back: sent with its body, and with nothing else.
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { withSession } from '../../src/adapters/node.ts'
import { type Handler, listen } from './node-servers.ts'
import { DOWN, expectNoRejections, slowSessions, tick } from './slow-sessions.ts'

vi.spyOn(console, 'error').mockImplementation(() => undefined)
expectNoRejections()

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

interface Trailing {
  write(chunk: string): unknown
  end(): unknown
  setHeader(name: string, value: string): unknown
  addTrailers(trailers: Record<string, string>): unknown
}
type Write = (response: Trailing) => unknown

const SUM = { 'x-sum': 'of-the-body' }
const ways: [name: string, write: Write][] = [
  [
    'before the body',
    (response) => {
      response.addTrailers(SUM)
      response.write('body')
      response.end()
    },
  ],
  [
    'behind the body',
    (response) => {
      response.write('body')
      response.addTrailers(SUM)
      response.end()
    },
  ],
  [
    'later',
    async (response) => {
      response.write('body')
      await tick()
      response.addTrailers(SUM)
      response.end()
    },
  ],
]
const handling = (write: Write) =>
  ((request, response) => {
    request.session.set('a', 1)
    return write(response as unknown as Trailing)
  }) as Handler

/** What came over the wire, as text. */
async function askHttp1(handler: Handler, answer: 'done' | 'fail'): Promise<string> {
  const { slow, next } = slowSessions()
  const port = await listen(withSession(slow, handler))
  const socket = net.connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const stored = await next()
  for (let turn = 0; turn < 5; turn++) await tick()
  stored[answer](DOWN as never)
  await new Promise((resolve) => socket.on('end', resolve))
  return text
}

async function askHttp2(handler: Handler, answer: 'done' | 'fail') {
  const { slow, next } = slowSessions()
  const server = http2.createServer(withSession(slow, handler as never) as never)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  closing.push(() => {
    client.close()
    server.close()
  })
  const stream = client.request({ ':path': '/' })
  let status = 0
  let sum: unknown
  stream.on('response', (headers) => {
    status = Number(headers[':status'])
  })
  stream.on('trailers', (trailers) => {
    sum = trailers['x-sum']
  })
  const stored = await next()
  for (let turn = 0; turn < 5; turn++) await tick()
  stored[answer](DOWN as never)
  await new Promise((resolve) => stream.on('close', resolve).resume())
  return { status, sum }
}

describe.each(ways)('trailers that are added %s', (_, write) => {
  // A length that is taken back has Node send the next body in chunks, which trailers may follow.
  const counted = handling((response) => {
    response.setHeader('Content-Length', '4')
    return write(response)
  })

  it('come with the body', async () => {
    expect(await askHttp1(handling(write), 'done')).toMatch(
      /body\r\n0\r\nx-sum: of-the-body\r\n\r\n$/,
    )
    expect(await askHttp2(handling(write), 'done')).toEqual({ status: 200, sum: 'of-the-body' })
  })

  it('are gone where the store fails', async () => {
    const text = await askHttp1(counted, 'fail')
    expect(text).toMatch(/^HTTP\/1.1 503 /)
    expect(text).not.toContain('x-sum')
    expect(await askHttp2(handling(write), 'fail')).toEqual({ status: 503, sum: undefined })
  })
})

it('trailers are gone where the handler fails before it has written', async () => {
  const failing = handling((response) => {
    response.setHeader('Content-Length', '4')
    response.addTrailers(SUM)
    throw new Error('a bug')
  })
  const text = await askHttp1(failing, 'done')
  expect(text).toMatch(/^HTTP\/1.1 500 /)
  expect(text).not.toContain('x-sum')
  expect(await askHttp2(failing, 'done')).toEqual({ status: 500, sum: undefined })
})

it('trailers that Node would have thrown at are a bare 500', async () => {
  const wrong = handling((response) => {
    response.write('body')
    response.addTrailers({ 'x-sum': 'a\nb' })
    response.end()
  })
  expect(await askHttp1(wrong, 'done')).toMatch(/^HTTP\/1.1 500 /)
})
