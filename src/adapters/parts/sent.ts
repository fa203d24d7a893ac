// How a response of node:http looks to its handler while it is held back: as if it had been sent.

/** The part of a response that is shown otherwise. */
interface Shown {
  statusCode: number
  statusMessage?: string | undefined
  /** node:http's own word for headers that were sent, which its methods and old middleware ask. */
  _header?: string | null
}

const HELD = 'held\r\n\r\n'

/** Shows the status that `writeHead` was given. */
export function showStatus(response: object, [status, message]: readonly unknown[]): void {
  const shown = response as Shown
  if (typeof status === 'number') shown.statusCode = status
  if (typeof message === 'string') shown.statusMessage = message
}

/**
 * Shows the headers as sent, and the body as ended once it is, until the function that comes back is
 * called. The status stays the one of now. `finished` stays false: by it Node closes connections.
 */
export function showAsSent(response: object, isEnded: () => boolean): () => void {
  const shown = response as Shown
  const { statusCode, statusMessage } = shown
  let isHeld = true
  const show = (name: string, says: () => boolean) =>
    Object.defineProperty(response, name, {
      configurable: true,
      get: () => (isHeld && says()) || Reflect.get(Object.getPrototypeOf(response), name, response),
    })
  show('headersSent', () => true)
  show('writableEnded', isEnded)
  if (Object.hasOwn(response, '_header')) shown._header = HELD
  return () => {
    isHeld = false
    if (shown._header === HELD) shown._header = null
    shown.statusCode = statusCode
    if (statusMessage) shown.statusMessage = statusMessage
  }
}
