// The limit, by which all is measured, and the floor: the least code that still reads and writes a
// signed cookie. Neither rotates keys nor looks at the time; neither is fit to ship.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Candidate, Login } from './plumbing.ts'

const NAME = 'session'
const secret: KeyObject = createSecretKey(Buffer.alloc(20, 7))
const STAMP = 'ZVPxAA'

const mac = (text: string): string => createHmac('sha1', secret).update(text).digest('base64url')

/** One HMAC-SHA1 and one JSON.parse of what a cookie of this login holds. */
export function createLimit(login: Login): Candidate {
  const json = JSON.stringify(login)
  const text = `${Buffer.from(json).toString('base64url')}.${STAMP}`
  return {
    name: 'limit: one HMAC-SHA1, one JSON.parse',
    kind: 'limit',
    plumbing: 'none',
    header: () => '',
    visits: {
      read: () => {
        const setCookie = mac(text)
        return { views: (JSON.parse(json) as Login).views, setCookie }
      },
    },
  }
}

function sign(login: Login): string {
  const text = `${Buffer.from(JSON.stringify(login)).toString('base64url')}.${STAMP}`
  return `${NAME}=${text}.${mac(text)}; Path=/; HttpOnly`
}

function unsign(header: string): Login {
  const start = header.indexOf(`${NAME}=`) + NAME.length + 1
  const dot = header.lastIndexOf('.')
  const text = header.slice(start, dot)
  const expected = mac(text)
  let difference = expected.length ^ (header.length - dot - 1)
  for (let at = 0; at < expected.length; at++) {
    difference |= expected.charCodeAt(at) ^ header.charCodeAt(dot + 1 + at)
  }
  if (difference !== 0) throw new Error('the floor cannot read what it wrote')
  const payload = text.slice(0, text.indexOf('.'))
  return JSON.parse(Buffer.from(payload, 'base64url').toString('latin1')) as Login
}

export const floor: Candidate = {
  name: 'floor: hand-written, node:crypto',
  kind: 'limit',
  plumbing: 'none',
  visits: {
    read: (header = '') => ({ views: unsign(header).views, setCookie: undefined }),
    write: (header = '') => {
      const session = unsign(header)
      session.views += 1
      return { views: session.views, setCookie: sign(session) }
    },
    new: (_, login) => ({ views: login.views, setCookie: sign({ ...login }) }),
  },
}
