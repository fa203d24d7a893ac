// The headers of a node:http response, and the session's among them.

import { ENDED_HEADER } from '../../core/answers.ts'
import type { Settlement } from '../../core/sessions.ts'

type HeaderValue = string | number | readonly string[]

/** The part of node:http's ServerResponse that is used. */
export interface NodeResponse {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  statusCode: number
  writeHead: (...args: never[]) => unknown
  write: (...args: never[]) => unknown
  end: (...args: never[]) => unknown
  flushHeaders?: (...args: never[]) => unknown
  addTrailers?: (...args: never[]) => unknown
  setTrailer?: (...args: never[]) => unknown
  flush?: (...args: never[]) => unknown
  getHeader(name: string): HeaderValue | undefined
  getHeaderNames(): string[]
  setHeader(name: string, value: HeaderValue): unknown
  removeHeader(name: string): unknown
  once(event: 'pipe', listener: (source: PipeSource) => void): unknown
  emit(event: 'drain'): unknown
  destroy(error?: unknown): unknown
}

/** A stream that is piped into a response. */
interface PipeSource {
  unpipe(response: unknown): unknown
}

/** Headers as `writeHead` takes them: an object, a flat list, or a list of pairs. */
type GivenHeaders =
  | Record<string, HeaderValue | undefined>
  | readonly (HeaderValue | readonly string[])[]

/**
 * Sets the headers that `writeHead` was given, and takes them from its arguments: they would override
 * the session's.
 */
export function mergeGiven(response: NodeResponse, args: unknown[]): void {
  // As Node reads it: without a status message the headers may stand in either place.
  const messaged = typeof args[1] === 'string'
  const given = (args[2] ?? (messaged ? null : args[1])) as GivenHeaders | undefined | null
  if (!given) return
  for (const [name, value] of pairs(given)) response.setHeader(name, value)
  args.length = messaged ? 2 : 1
}

const STOOD = Symbol('sojourn.stood')

interface Carrier {
  [STOOD]?: readonly (readonly [name: string, value: HeaderValue])[]
}

/** What tells of a body, or for how long to keep it, also to caches between (RFC 9213). */
const OF_BODY =
  /^(?:content-(?!security)|(?:[\w-]+-)?cache-control$|surrogate-control$|pragma$|age$|expires$|etag$|last-modified$|accept-ranges$|(?:repr-)?digest$|transfer-encoding$|trailer$)/

/**
 * Notes what stands before a handler sets anything, such as CORS: it stays where another answers. Of several
 * sessions in one request the outermost notes it.
 */
export function noteHeaders(response: NodeResponse): void {
  const carrier = response as Carrier
  if (carrier[STOOD] !== undefined) return
  const names = response.getHeaderNames().filter((name) => !OF_BODY.test(name))
  carrier[STOOD] = names.map((name) => [name, copy(response.getHeader(name) ?? [])])
}

/** Takes back what was set since it was noted. */
export function takeBackHeaders(response: NodeResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  for (const [name, value] of (response as Carrier)[STOOD] ?? []) {
    response.setHeader(name, copy(value))
  }
}

/** Node appends to the list that it was given. */
const copy = (value: HeaderValue): HeaderValue => (Array.isArray(value) ? [...value] : value)

/** Adds the session's headers to those of the response, and to those that `writeHead` was given. */
export function addSettlement(
  response: NodeResponse,
  settlement: Settlement,
  args: unknown[],
): void {
  const { ended } = settlement
  if (!settlement.vary && settlement.setCookie === null && ended === null) return
  mergeGiven(response, args)
  if (settlement.vary) response.setHeader('Vary', withCookie(response.getHeader('Vary')))
  // What only depends on the session may have been given a word of its own: `private`.
  const isOwn = settlement.setCookie === null && response.getHeader('Cache-Control') !== undefined
  if (settlement.noStore && !isOwn) response.setHeader('Cache-Control', 'no-store')
  if (settlement.setCookie !== null) {
    response.setHeader('Set-Cookie', [
      ...list(response.getHeader('Set-Cookie')),
      settlement.setCookie,
    ])
  }
  if (ended !== null) response.setHeader(ENDED_HEADER, ended)
}

/** All forms of headers as pairs; a name that a list repeats keeps all its values. */
function pairs(given: GivenHeaders): Iterable<[name: string, value: HeaderValue]> {
  if (!Array.isArray(given)) {
    return Object.entries(given as Record<string, HeaderValue>).filter(([, value]) => value != null)
  }
  const merged = new Map<string, [string, HeaderValue]>()
  for (const [name, value] of listed(given)) {
    const key = name.toLowerCase()
    const before = merged.get(key)
    merged.set(key, before ? [before[0], [...list(before[1]), ...list(value)]] : [name, value])
  }
  return merged.values()
}

function* listed(given: readonly unknown[]): Generator<[string, HeaderValue]> {
  if (Array.isArray(given[0])) yield* given as [string, HeaderValue][]
  else
    for (let at = 0; at < given.length; at += 2)
      yield [String(given[at]), given[at + 1] as HeaderValue]
}

const list = (value: HeaderValue | undefined): string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String)

function withCookie(vary: HeaderValue | undefined): string {
  const names = list(vary).flatMap((line) => line.split(',').map((name) => name.trim()))
  const known = names.some((name) => name === '*' || name.toLowerCase() === 'cookie')
  return (known ? names : [...names, 'Cookie']).filter((name) => name !== '').join(', ')
}
