// Sojourn: its formats driven through open and settle, and once through its middleware.
import { createHmac } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { createSessions, type Sessions, type TokenFormat } from 'sojourn'
import { flask } from 'sojourn/formats/flask'
import { sealed } from 'sojourn/formats/sealed'
import { signed } from 'sojourn/formats/signed'
import { sessionMiddleware } from 'sojourn/node'
import { type Candidate, exchange, type Login, type Request } from './plumbing.ts'

const SECRET = 'a secret of the benchmark, 32 bytes and more'
/** A clock that stands: nothing slides, so that a read writes nothing. */
const NOW = 1_700_000_000

const BY_ROLE = {
  user: { idle: { minutes: 30 }, absolute: { hours: 12 } },
  admin: { idle: { minutes: 15 }, absolute: { hours: 8 } },
} as const

/** A role function, an absolute clock, and two fields that each session has, with lifetimes. */
const createWithPolicy = (format: TokenFormat): Sessions<Login> =>
  createSessions<Login>({
    secretKey: SECRET,
    format,
    lifetime: (session) => BY_ROLE[session.get('_user_id') === '1' ? 'admin' : 'user'],
    fields: { csrf_token: { absolute: { hours: 2 } }, locale: { idle: { hours: 1 } } },
    cookie: { name: 'session' },
    clock: () => NOW,
  })

/** Over plain http, as here through the middleware, a Secure cookie is warned of. */
const create = (format: TokenFormat, secure = true): Sessions<Login> =>
  createSessions<Login>({
    secretKey: SECRET,
    format,
    lifetime: { idle: { minutes: 30 }, absolute: { hours: 12 } },
    cookie: { name: 'session', secure },
    clock: () => NOW,
  })

function visitsOf(sessions: Sessions<Login>): Required<Candidate['visits']> {
  return {
    read: (header) => {
      const session = sessions.open({ cookie: header })
      const views = session.get('views')
      return { views, setCookie: sessions.settle(session).setCookie ?? undefined }
    },
    write: (header) => {
      const session = sessions.open({ cookie: header })
      const views = session.get('views', 0) + 1
      session.set('views', views)
      return { views, setCookie: sessions.settle(session).setCookie ?? undefined }
    },
    new: (_, login) => {
      const session = sessions.open({ cookie: undefined })
      session.update(login)
      return { views: login.views, setCookie: sessions.settle(session).setCookie ?? undefined }
    },
    untouched: (header) => {
      const session = sessions.open({ cookie: header })
      return { views: undefined, setCookie: sessions.settle(session).setCookie ?? undefined }
    },
  }
}

/** A login as Flask writes it: compressed, since that saves two characters and more. */
function flaskHeader(login: Login): string {
  const payload = deflateSync(JSON.stringify(login)).toString('base64url')
  const stamp = Buffer.alloc(4)
  stamp.writeUInt32BE(NOW)
  const text = `.${payload}.${stamp.toString('base64url')}`
  const key = createHmac('sha1', SECRET).update('cookie-session').digest()
  return `session=${text}.${createHmac('sha1', key).update(text).digest('base64url')}`
}

const sessionOf = (request: Request) =>
  request.session as { get(key: string): number; set(key: string, value: unknown): void }

function createMiddleware(sessions: Sessions<Login>): Candidate['visits'] {
  const middleware = sessionMiddleware(sessions)
  return {
    read: (header) => exchange(middleware, header, (request) => sessionOf(request).get('views')),
    write: (header) =>
      exchange(middleware, header, (request) => {
        const views = sessionOf(request).get('views') + 1
        sessionOf(request).set('views', views)
        return views
      }),
    new: (_, login) =>
      exchange(middleware, undefined, (request) => {
        for (const [key, value] of Object.entries(login)) sessionOf(request).set(key, value)
        return login.views
      }),
    untouched: (header) => exchange(middleware, header, () => undefined),
  }
}

const UNTOUCHED = 0.1
/** What a role function, two field lifetimes and an absolute clock may add to a read. */
const POLICY = 1.15

/** A format under that policy, beside the same format without. */
function besidePolicy(name: string, beside: string, format: TokenFormat): Candidate {
  const { read, new: create } = visitsOf(createWithPolicy(format))
  return {
    name: `${name}, with a policy`,
    kind: 'ours',
    plumbing: 'none',
    visits: { read, new: create },
    beside,
    goals: { read: POLICY },
  }
}

export function createOurs(): Candidate[] {
  const inFlask = visitsOf(create(flask()))
  const inSigned = visitsOf(create(signed()))
  const inSealed = visitsOf(create(sealed()))
  return [
    {
      name: 'sojourn, Flask format',
      kind: 'ours',
      plumbing: 'none',
      visits: { read: inFlask.read, write: inFlask.write, new: inFlask.new },
      goals: { read: 2, write: 5.5, new: 2.6 },
    },
    {
      name: 'sojourn, Flask format, compressed by Flask',
      kind: 'ours',
      plumbing: 'none',
      header: flaskHeader,
      visits: { read: inFlask.read, write: inFlask.write },
      goals: { read: 4 },
    },
    {
      name: 'sojourn, signed (SHA-256)',
      kind: 'ours',
      plumbing: 'none',
      visits: inSigned,
      goals: { read: 2, write: 5.5, new: 2.6, untouched: UNTOUCHED },
    },
    {
      name: 'sojourn, sealed (A256GCM)',
      kind: 'ours',
      plumbing: 'none',
      visits: inSealed,
      goals: { read: 4, untouched: UNTOUCHED },
    },
    besidePolicy('sojourn, Flask format', 'sojourn, Flask format', flask()),
    besidePolicy('sojourn, signed', 'sojourn, signed (SHA-256)', signed()),
    besidePolicy('sojourn, sealed', 'sojourn, sealed (A256GCM)', sealed()),
    {
      name: 'sojourn, signed, as middleware of node:http',
      kind: 'ours',
      plumbing: 'http',
      visits: createMiddleware(create(signed(), false)),
    },
  ]
}
