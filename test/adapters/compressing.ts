// A middleware that does to a response what `compression` does: it stands in `write`, `end` and `on`,
// stamps the headers at the last moment, and has whoever waits for `drain` wait at its own stream.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGzip, type Gzip } from 'node:zlib'

type Method = (...args: unknown[]) => unknown
type Waiting = (...args: unknown[]) => void

export function compressing(
  _: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const raw = response as unknown as { [name: string]: Method }
  const { on, write, end, writeHead } = raw as {
    [name in 'on' | 'write' | 'end' | 'writeHead']: Method
  }
  let waiting: Waiting[] = []
  let stream: Gzip | null = null
  let isEnded = false
  const begin = () => {
    stream = createGzip()
    for (const listener of waiting) stream.on('drain', listener)
    waiting = []
    response.setHeader('Content-Encoding', 'gzip')
    response.removeHeader('Content-Length')
    stream.on('data', (chunk) => {
      if (write.call(response, chunk) === false) stream?.pause()
    })
    stream.on('end', () => end.call(response))
    on.call(response, 'drain', () => stream?.resume())
  }
  const head = () => {
    if (!response.headersSent) response.writeHead(response.statusCode)
  }
  raw.writeHead = (...args) => {
    if (stream === null) begin()
    return writeHead.apply(response, args)
  }
  raw.write = (chunk) => {
    if (isEnded) return false
    head()
    return stream ? stream.write(chunk) : write.call(response, chunk)
  }
  raw.end = (chunk) => {
    if (isEnded) return false
    head()
    if (!stream) return end.call(response, chunk)
    isEnded = true
    return typeof chunk === 'string' || chunk instanceof Buffer ? stream.end(chunk) : stream.end()
  }
  raw.on = (event, listener) => {
    if (event !== 'drain') return on.call(response, event, listener)
    if (stream) stream.on('drain', listener as Waiting)
    else waiting.push(listener as Waiting)
    return response
  }
  raw.flush = () => stream?.flush()
  next()
}
