// A life under test: a browser that keeps what it is sent, and a server whose clock and options can
// be changed.
import { flask } from '../../src/formats/flask.ts'
import { sealed } from '../../src/formats/sealed.ts'
import { signed } from '../../src/formats/signed.ts'
import {
  createSessions,
  type Session,
  type SessionOptions,
  type SessionRequest,
} from '../../src/index.ts'

export const KEY = 'the key of these tests'
export const NOW = 1_700_000_000
export const HOUR = 3600
export const BY = { factor: 'password' } as const
export const BACKGROUND = { activity: 'background' } as const

export const FORMATS = [
  ['sealed', sealed()],
  ['signed', signed()],
  ['flask', flask()],
] as const

export function start<Data extends object = Record<string, unknown>>(
  options: Partial<SessionOptions<Data>> = {},
) {
  let now = NOW
  let cookie: string | undefined
  const make = (changes: Partial<SessionOptions<Data>>) =>
    createSessions<Data>({ secretKey: KEY, clock: () => now, ...options, ...changes })
  let sessions = make({})
  return {
    sessions: () => sessions,
    /** The cookie that the browser holds, as it sends it. */
    held: () => cookie,
    /** Puts a cookie into the browser. */
    hold: (pair: string | undefined) => {
      cookie = pair
    },
    pass: (seconds: number) => {
      now += seconds
    },
    redeploy: (changes: Partial<SessionOptions<Data>>) => {
      sessions = make(changes)
    },
    visit<T>(handler: (session: Session<Data>) => T, request: SessionRequest = {}) {
      const session = sessions.open({ cookie, ...request })
      const result = handler(session)
      const settlement = sessions.settle(session)
      const { setCookie } = settlement
      if (setCookie !== null) {
        cookie = setCookie.includes('Max-Age=0') ? undefined : setCookie.split(';')[0]
      }
      return { result, setCookie, settlement, session }
    },
  }
}
