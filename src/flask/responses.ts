// From what a view returns to a Response, as Flask's make_response does.
import { asChangeable } from '../adapters/fetch.ts'
import { Session } from '../core/session.ts'

/** What a view may return: text is HTML, a plain object or array of data is JSON through `jsonify`. */
export type Returned =
  | string
  | Response
  | Uint8Array
  | ReadableStream
  | object
  | readonly [body: string | object, status: number, headers?: HeadersInit]

/** Ends a request with a status: thrown by `abort`. */
export class HttpError extends Error {
  readonly status: number
  /** Whether the message was given, and belongs on the page. */
  readonly described: boolean
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message?: string, headers: Readonly<Record<string, string>> = {}) {
    super(message ?? `HTTP ${status}`)
    this.name = 'HttpError'
    this.status = status
    this.described = message !== undefined
    this.headers = headers
  }
}

/**
 * Leaves the view at once, with this status and its error page.
 *
 * @throws RangeError for a status that is no error: answer those with `[body, status]`.
 */
export function abort(status: number, message?: string): never {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new RangeError(`abort takes a status from 400 to 599, but got ${status}.`)
  }
  throw new HttpError(status, message)
}

/** A redirect, 302 unless said otherwise. */
export function redirect(location: string, status = 302): Response {
  const link = escapeHtml(location)
  const page = `<!doctype html>\n<title>Elsewhere</title>\n<a href="${link}">${link}</a>\n`
  return html(page, status, { location: toAscii(location) })
}

/** A JSON answer. */
export const jsonify = (value: unknown): Response => Response.json(value)

export function html(body: string, status = 200, headers: Record<string, string> = {}): Response {
  return respond(body, status, { 'content-type': 'text/html; charset=utf-8', ...headers })
}

/** A short page for a status. */
export const errorPage = (status: number, detail = ''): Response =>
  html(
    `<!doctype html>\n<html lang="en">\n<title>${status}</title>\n<h1>${status}</h1>\n${detail}`,
    status,
  )

/** @throws TypeError for what is no answer: nothing, a number, a function, the session itself. */
export function makeResponse(returned: unknown, status = 200): Response {
  if (returned instanceof Response) return asChangeable(returned)
  if (typeof returned === 'string') return html(returned, status)
  if (typeof returned !== 'object' || returned === null || returned instanceof Session) {
    const what = returned === undefined ? 'nothing' : `a ${typeof returned}`
    throw new TypeError(
      `The view returned ${returned instanceof Session ? 'the session' : what}. Return a text, an object, a Response or [body, status].`,
    )
  }
  if (isBody(returned)) return respond(returned, status)
  return isAnswer(returned) ? fromAnswer(...returned) : Response.json(returned, { status })
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

type Answer = [body: string | object, status: number, headers?: HeadersInit]

function fromAnswer(body: Answer[0], status: number, headers?: HeadersInit): Response {
  const made = makeResponse(body, status)
  const response = made.status === status ? made : respond(made.body, status, made.headers)
  for (const [name, value] of new Headers(headers)) {
    if (name === 'set-cookie') response.headers.append(name, value)
    else response.headers.set(name, value)
  }
  return response
}

/** An array is an answer when its second item is a status; any other is data. */
const isAnswer = (returned: object): returned is Answer =>
  Array.isArray(returned) &&
  (returned.length === 2 || returned.length === 3) &&
  ['string', 'object'].includes(typeof returned[0]) &&
  Number.isInteger(returned[1]) &&
  returned[1] >= 200 &&
  returned[1] <= 599

const isBody = (returned: object): returned is Uint8Array<ArrayBuffer> | ReadableStream | Blob =>
  returned instanceof Uint8Array || returned instanceof ReadableStream || returned instanceof Blob

/** These have no body, not even an empty one; a view that says `['', 204]` means that. */
const WITHOUT_BODY = new Set([204, 205, 304])

const respond = (body: BodyInit | null, status: number, headers?: HeadersInit): Response =>
  new Response(WITHOUT_BODY.has(status) ? null : body, { status, ...(headers && { headers }) })

/** A header holds ASCII; what is beyond, or would end the line, is percent-encoded. */
const toAscii = (location: string): string =>
  location.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[^\x21-\x7e]+/g, encodeURIComponent)
