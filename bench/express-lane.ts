// express-session before a store, read only: what its users have.
import expressSession from 'express-session'
import { type Candidate, VISITORS } from './lanes.ts'
import { createLogin, exchangeLater, type Login, type Request, toHeader } from './plumbing.ts'

export async function ofExpressSession(name: string, store: object): Promise<Candidate> {
  const middleware = expressSession({
    secret: 'a secret of the benchmark, 32 bytes and more',
    resave: false,
    saveUninitialized: false,
    store: store as never,
  })
  const loginOf = (request: Request) => request.session as Login
  const headers: string[] = []
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const begin = (request: Request) => Object.assign(loginOf(request), createLogin(visitor))
    headers.push(toHeader((await exchangeLater(middleware, undefined, begin)).setCookie))
  }
  return {
    name: `whole request: express-session, ${name}`,
    read: (visitor) =>
      exchangeLater(middleware, headers[visitor], (request) => loginOf(request).views),
  }
}
