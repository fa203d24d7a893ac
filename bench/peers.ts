// The libraries that others use, each driven the way its own documentation says.
import secureSession from '@fastify/secure-session'
import cookieSession from 'cookie-session'
import expressSession from 'express-session'
import { fastify } from 'fastify'
import { getIronSession } from 'iron-session'
import {
  type Answer,
  type Candidate,
  createRequest,
  createResponse,
  exchange,
  exchangeLater,
  type Login,
  type Request,
  setCookieOf,
  toHeader,
} from './plumbing.ts'

declare module '@fastify/secure-session' {
  interface SessionData extends Login {}
}

const SECRET = 'a secret of the benchmark, 32 bytes and more'

const loginOf = (request: Request): Login => request.session as Login
const readViews = (request: Request) => loginOf(request).views
const countViews = (request: Request) => {
  loginOf(request).views += 1
  return loginOf(request).views
}
const begin = (login: Login) => (request: Request) => {
  Object.assign(loginOf(request), login)
  return login.views
}
const ignore = () => undefined

function createCookieSession(): Candidate {
  const middleware = cookieSession({ name: 'session', keys: [SECRET] })
  return {
    name: 'cookie-session',
    kind: 'peer',
    plumbing: 'http',
    visits: {
      read: (header) => exchange(middleware, header, readViews),
      write: (header) => exchange(middleware, header, countViews),
      new: (_, login) => exchange(middleware, undefined, begin(login)),
      untouched: (header) => exchange(middleware, header, ignore),
    },
  }
}

/** New sessions go to a store of their own that is emptied: a heap that grows costs all the others. */
function createExpressSession(): Candidate {
  const options = { secret: SECRET, resave: false, saveUninitialized: false }
  const middleware = expressSession(options)
  const passing = new expressSession.MemoryStore()
  const beginning = expressSession({ ...options, store: passing })
  let begun = 0
  return {
    name: 'express-session (MemoryStore)',
    kind: 'peer',
    plumbing: 'http-async',
    header: async (login) =>
      toHeader((await exchangeLater(middleware, undefined, begin(login))).setCookie),
    visits: {
      read: (header) => exchangeLater(middleware, header, readViews),
      write: (header) => exchangeLater(middleware, header, countViews),
      new: (_, login) => {
        if (++begun % 512 === 0) passing.clear()
        return exchangeLater(beginning, undefined, begin(login))
      },
      untouched: (header) => exchangeLater(middleware, header, ignore),
    },
  }
}

function createIronSession(): Candidate {
  const options = { password: SECRET, cookieName: 'session' }
  const visit = async (
    header: string | undefined,
    handle: (session: Partial<Login>) => boolean,
  ): Promise<Answer> => {
    const request = createRequest(header)
    const response = createResponse(request)
    const session = await getIronSession<Login>(request, response, options)
    if (handle(session)) await session.save()
    response.end('ok')
    return { views: session.views, setCookie: setCookieOf(response) }
  }
  return {
    name: 'iron-session',
    kind: 'peer',
    plumbing: 'http-async',
    visits: {
      read: (header) => visit(header, (session) => session.views === undefined),
      write: (header) =>
        visit(header, (session) => {
          session.views = (session.views ?? 0) + 1
          return true
        }),
      new: (_, login) =>
        visit(undefined, (session) => {
          Object.assign(session, login)
          return true
        }),
    },
  }
}

/** Its own functions for decoding and encoding, with the cookie parser that it registers. */
async function createSecureSession(): Promise<Candidate> {
  const app = fastify()
  await app.register(secureSession, { key: Buffer.alloc(32, 7), cookie: { path: '/' } })
  await app.ready()
  const open = (header = '') => {
    const session = app.decodeSecureSession(app.parseCookie(header).session ?? '')
    if (session === null) throw new Error('secure-session cannot read what it wrote')
    return session
  }
  const save = (session: ReturnType<typeof open>) =>
    app.serializeCookie('session', app.encodeSecureSession(session), { path: '/', httpOnly: true })
  return {
    name: '@fastify/secure-session',
    kind: 'peer',
    plumbing: 'none',
    visits: {
      read: (header) => ({ views: open(header).get('views'), setCookie: undefined }),
      write: (header) => {
        const session = open(header)
        const views = Number(session.get('views')) + 1
        session.set('views', views)
        return { views, setCookie: save(session) }
      },
      new: (_, login) => {
        const session = app.createSecureSession({})
        for (const [key, value] of Object.entries(login)) {
          session.set(key as keyof Login, value)
        }
        return { views: login.views, setCookie: save(session) }
      },
      untouched: (header) => ({ views: open(header) && undefined, setCookie: undefined }),
    },
  }
}

export const createPeers = async (): Promise<Candidate[]> => [
  await createSecureSession(),
  createCookieSession(),
  createExpressSession(),
  createIronSession(),
]
