// What belongs to the request at hand, found from anywhere inside it.
import { AsyncLocalStorage } from 'node:async_hooks'
import { SessionError } from '../core/errors.ts'
import type { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'

export interface RequestContext {
  readonly request: Request
  readonly session: Session
  /** What the session comes from; null without a secret key. */
  readonly sessions: Sessions | null
  /** Messages already taken in this request: asked again, they come again. */
  flashes: readonly (readonly [category: string, message: string])[] | null
}

export const requests = new AsyncLocalStorage<RequestContext>()

/** @throws SessionError `outside-request` where no request is being handled. */
export function currentRequest(name: string): RequestContext {
  const context = requests.getStore()
  if (context !== undefined) return context
  throw new SessionError(
    'outside-request',
    `${name} was used outside of a request. Use it in a route, a hook or an error page; in a test, preset it with app.testClient().sessionTransaction(…).`,
  )
}

/** An object that stands for another one, which is looked up at each use. */
function standIn<Target extends object>(find: () => Target): Target {
  return new Proxy({} as Target, {
    get: (_, key) => {
      const target = find()
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (_, key, value) => {
      const target = find()
      return Reflect.set(target, key, value, target)
    },
    has: (_, key) => Reflect.has(find(), key),
    getPrototypeOf: () => Reflect.getPrototypeOf(find()),
  })
}

/** The session of the request at hand. */
export const session: Session = standIn(() => currentRequest('session').session)

/** The request at hand, a standard `Request`. */
export const request: Request = standIn(() => currentRequest('request').request)
