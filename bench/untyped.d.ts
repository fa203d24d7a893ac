// Peers that ship no types: as much of them as is used.
declare module 'cookie-session' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  function cookieSession(options: {
    name: string
    keys: string[]
  }): (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  export = cookieSession
}

declare module 'express-session' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  class MemoryStore {
    clear(): void
  }
  interface ExpressSession {
    (options: {
      secret: string
      resave: boolean
      saveUninitialized: boolean
      store?: MemoryStore
    }): (request: IncomingMessage, response: ServerResponse, next: () => void) => void
    readonly MemoryStore: typeof MemoryStore
  }
  const expressSession: ExpressSession
  export = expressSession
}

declare module 'connect-pg-simple' {
  function connectPg(session: unknown): new (options: object) => never
  export = connectPg
}
