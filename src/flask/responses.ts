// From what a view returns to a Response, as Flask's make_response does.

/** What a view may return: text is HTML, a plain object or array of data is JSON through `jsonify`. */
export type Returned =
  | string
  | Response
  | Uint8Array
  | object
  | readonly [body: string | object, status: number, headers?: Record<string, string>]

/** Ends a request with a status: thrown by `abort`. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, message?: string) {
    super(message ?? `HTTP ${status}`)
    this.name = 'HttpError'
    this.status = status
  }
}

/** Leaves the view at once, with this status and its error page. */
export function abort(status: number, message?: string): never {
  throw new HttpError(status, message)
}

/** A redirect, 302 unless said otherwise. */
export function redirect(location: string, status = 302): Response {
  const page = `<!doctype html>\n<title>Elsewhere</title>\n<a href="${escape(location)}">${escape(location)}</a>\n`
  return html(page, status, { location })
}

/** A JSON answer. */
export const jsonify = (value: unknown): Response => Response.json(value)

export function html(body: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  })
}

/** A short page for a status. */
export const errorPage = (status: number, detail = ''): Response =>
  html(
    `<!doctype html>\n<html lang="en">\n<title>${status}</title>\n<h1>${status}</h1>\n${detail}`,
    status,
  )

export function makeResponse(returned: Returned | null | undefined, status = 200): Response {
  if (returned instanceof Response) return returned
  if (typeof returned === 'string') return html(returned, status)
  if (returned === null || returned === undefined) {
    throw new TypeError(
      'The view returned nothing. Return a text, an object, a Response or [body, status].',
    )
  }
  if (returned instanceof Uint8Array) return new Response(returned as BodyInit, { status })
  if (Array.isArray(returned) && typeof returned[1] === 'number') {
    const [body, code, headers] = returned as unknown as [string | object, number, HeadersInit?]
    const response = makeResponse(body, code)
    for (const [name, value] of new Headers(headers)) response.headers.set(name, value)
    return response
  }
  return Response.json(returned, { status })
}

export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
