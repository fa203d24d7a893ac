// What is said, once, of a Secure cookie over plain http: browsers drop it there and say nothing.

import { runtime } from '#runtime'
import type { Cookie } from './cookie.ts'

/** Hosts that browsers trust without https. */
const LOCAL = /^(?:localhost|[^:]*\.localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i

/** @returns told of the host of each request over plain http that sets the cookie. */
export function createPlainHttpWarning({ secure }: Cookie): (host: string | undefined) => void {
  let isSaid = !secure
  return (host) => {
    if (isSaid || host === undefined || LOCAL.test(host)) return
    isSaid = true
    runtime.warn(
      'a Secure cookie was set over plain http, where browsers drop it. Serve https, or have the proxy send X-Forwarded-Proto.',
    )
  }
}
