// One small site, built with each adapter and framework, behind a real server: `/login` authenticates,
// `/page` looks at the session, `/begin` begins one, `/inside/poll` is background by its route,
// `/inside/pay` asks for a fresh proof, `/session` says when the session ends.
import type { IncomingMessage, RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import * as standard from '../../src/adapters/fetch.ts'
import * as node from '../../src/adapters/node.ts'
import type { Session } from '../../src/core/session.ts'
import type { Sessions } from '../../src/core/sessions.ts'

export const FRESH = { within: { minutes: 5 }, factor: 'password' } as const

export interface Site {
  readonly name: string
  /** False where its framework is not installed. */
  readonly found: boolean
  /** What its paths begin with. */
  readonly prefix: string
  readonly build: (sessions: Sessions) => RequestListener
}

type Done = (error?: unknown) => void

/** The part of an Express application, and of its routers, that is used. */
interface ExpressRouter {
  use(...handlers: unknown[]): void
  all(path: string, handler: (request: Visited, response: ExpressResponse) => void): void
}
interface ExpressResponse {
  send(body: string): void
}
interface Express {
  (): ExpressRouter & RequestListener
  Router(): ExpressRouter
}
type Visited = IncomingMessage & { session: Session }

/** What each path does, but for those that an adapter answers itself. */
const PAGES: Record<string, (session: Session) => string> = {
  '/login': (session) => {
    session.authenticate('ann', { factor: 'password' }).set('user', 'ann')
    return 'in'
  },
  '/page': (session) => String(session.get('user')),
  '/begin': (session) => String(session.set('cart', 1).get('cart')),
  '/inside/poll': (session) => String(session.get('user')),
}

const count = (session: Session) => session.update('tries', (tries) => Number(tries ?? 0) + 1)

function buildNode(sessions: Sessions): RequestListener {
  const middleware = node.sessionMiddleware(sessions)
  const guard = node.requireFresh(FRESH)
  const status = node.sessionStatus(sessions)
  return (request, response) =>
    middleware(request, response, () => {
      const { session } = request as Visited
      const [path = ''] = request.url?.split('?') ?? []
      if (path === '/session') status(request, response)
      else if (path === '/inside/pay') {
        count(session)
        guard(request, response, () => response.end('paid'))
      } else response.end(PAGES[path]?.(session))
    })
}

/** As Connect and Express mount: `url` is cut, `originalUrl` is what the client sent. */
const buildCut =
  (sessions: Sessions): RequestListener =>
  (request, response) => {
    const { url = '' } = request
    Object.assign(request, { originalUrl: url, url: url.slice('/app'.length) })
    buildNode(sessions)(request, response)
  }

function buildFetch(sessions: Sessions): RequestListener {
  const status = standard.sessionStatus(sessions)
  const pay = standard.requireFresh(FRESH, () => new Response('paid'))
  const handler = standard.withSession(sessions, (request, session: Session) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/session') return status(request)
    if (pathname !== '/inside/pay') return new Response(PAGES[pathname]?.(session))
    count(session)
    return pay(request, session)
  })
  return getRequestListener((request) => handler(request), { overrideGlobalObjects: false })
}

function buildHono(sessions: Sessions): RequestListener {
  const status = standard.sessionStatus(sessions)
  const pay = standard.requireFresh(FRESH, () => new Response('paid'))
  const inside = new Hono<{ Bindings: { session: Session } }>()
  inside.get('/poll', ({ env, text }) => text(PAGES['/inside/poll']?.(env.session) ?? ''))
  inside.all('/pay', ({ req, env }) => {
    count(env.session)
    return pay(req.raw, env.session)
  })
  const app = new Hono<{ Bindings: { session: Session } }>()
  app.all('/session', ({ req }) => status(req.raw))
  app.route('/inside', inside)
  app.all('*', ({ req, env, text }) => text(PAGES[req.path]?.(env.session) ?? ''))
  const handler = standard.withSession(sessions, (request, session: Session) =>
    app.fetch(request, { session }),
  )
  return getRequestListener((request) => handler(request), { overrideGlobalObjects: false })
}

const buildExpress =
  (express: Express) =>
  (sessions: Sessions): RequestListener => {
    const inside = express.Router()
    const page = (path: string) => (request: Visited, response: ExpressResponse) =>
      response.send(PAGES[path]?.(request.session) ?? '')
    inside.all('/poll', page('/inside/poll'))
    inside.use(
      '/pay',
      (request: Visited, _: unknown, next: Done) => {
        count(request.session)
        next()
      },
      node.requireFresh(FRESH),
      (_: unknown, response: ExpressResponse) => response.send('paid'),
    )
    const app = express()
    app.use(node.sessionMiddleware(sessions))
    app.use('/session', node.sessionStatus(sessions))
    app.use('/inside', inside)
    for (const path of ['/login', '/page', '/begin']) app.all(path, page(path))
    return app
  }

/** The whole application, its session middleware too, inside of another one. */
const buildMounted =
  (express: Express) =>
  (sessions: Sessions): RequestListener => {
    const outer = express()
    outer.use('/app', buildExpress(express)(sessions))
    return outer
  }

function expressSites(name: string, specifiers: readonly string[]): Site[] {
  const express = specifiers.map(load).find((each) => each !== null) ?? null
  const build = (make: (express: Express) => Site['build']) =>
    express === null ? buildNode : make(express)
  const found = express !== null
  return [
    { name, found, prefix: '', build: build(buildExpress) },
    { name: `${name}, mounted`, found, prefix: '/app', build: build(buildMounted) },
  ]
}

function load(specifier: string): Express | null {
  try {
    return createRequire(import.meta.url)(specifier) as Express
  } catch {
    return null
  }
}

export const sites: readonly Site[] = [
  { name: 'node:http', found: true, prefix: '', build: buildNode },
  { name: 'node:http, mounted', found: true, prefix: '/app', build: buildCut },
  { name: 'fetch', found: true, prefix: '', build: buildFetch },
  { name: 'Hono', found: true, prefix: '', build: buildHono },
  ...expressSites('Express 4', ['express4']),
  ...expressSites('Express 5', ['express5', 'express']),
]
