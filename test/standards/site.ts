// A site under test: sessions of one format on a clock to move, and the requests of one browser.

import type { SessionEvents, SessionRequest, TokenFormat } from 'sojourn'
import { createSessions, type Session, type SessionOptions, type Sessions, sealed } from 'sojourn'
import { flask } from 'sojourn/formats/flask'
import { signed } from 'sojourn/formats/signed'
import { createClock } from 'sojourn/testing'

export const START = 1_700_000_000
export const SECRET = 'the secret key of a site under test'
export const MINUTE = 60
export const HOUR = 3_600
export const DAY = 86_400

export const FORMATS: [name: string, format: TokenFormat][] = [
  ['sealed', sealed()],
  ['signed', signed()],
  ['flask', flask()],
]

/** Those whose rules are our own: Flask's format keeps Flask's rules of sliding and of dates. */
export const OURS = FORMATS.slice(0, 2)

export type Site = Pick<Sessions, 'open' | 'settle'>
type About = Omit<SessionRequest, 'cookie'>

export function createSite(options: Partial<SessionOptions> = {}) {
  const clock = createClock(START)
  return { clock, sessions: createSessions({ secretKey: SECRET, clock, ...options }) }
}

/** One request: what its handler answered, the Set-Cookie line, and the cookie that is then kept. */
export function send<Result>(
  site: Site,
  cookie: string | undefined,
  handler: (session: Session) => Result,
  about: About = {},
) {
  const session = site.open({ ...about, cookie })
  const result = handler(session)
  const { setCookie } = site.settle(session)
  return { result, setCookie, cookie: setCookie === null ? cookie : pairOf(setCookie) }
}

/** The cookie of a session that holds so much. */
export function signIn(site: Site, data: Record<string, unknown> = { user: 'ann' }): string {
  return String(send(site, undefined, (session) => session.update(data)).cookie)
}

/** The cookie of somebody who has proven who they are. */
export function authenticated(site: Site, factor = 'password', subject = 'ann'): string {
  const login = (session: Session) => session.set('user', subject).authenticate(subject, { factor })
  return String(send(site, undefined, login).cookie)
}

/** What a Set-Cookie line leaves in the browser. */
export const pairOf = (line: string): string | undefined =>
  line.includes('Max-Age=0') ? undefined : line.split(';', 1)[0]

/** The value without the cookie's name. */
export const bodyOf = (cookie: string): string => cookie.slice(cookie.indexOf('=') + 1)

/** Whether a cookie is taken for a live session with its data, by a look that saves nothing. */
export const isLive = (site: Site, cookie: string | undefined): boolean =>
  site.open({ cookie }).get('user') !== undefined

/** Why a cookie is not taken. */
export const whyNot = (site: Site, cookie: string | undefined): string | undefined =>
  site.open({ cookie }).ended?.reason

/** The headers of a request, read as adapters read them. */
export const headers = (given: Record<string, string>) => (name: string) => given[name]

/** The epoch second of a line's Expires. */
export const expiresIn = (line: string | null): number =>
  Date.parse(/; Expires=([^;]+)/.exec(line ?? '')?.[1] ?? '') / 1000

const NAMES = [
  ...['created', 'ended', 'renewed', 'authenticated', 'locked', 'unlocked', 'rejected'],
  'failed',
] as (keyof SessionEvents)[]

export type Told = { readonly name: string } & Record<string, unknown>

/** All that is told from now on, in order. */
export function listen(sessions: Sessions): Told[] {
  const told: Told[] = []
  for (const name of NAMES) sessions.on(name, (event) => told.push({ name, ...event }))
  return told
}

/** The code of what a builder's mistake throws. */
export function codeOf(act: () => unknown): string | null {
  try {
    act()
  } catch (error) {
    return (error as { readonly code: string }).code
  }
  return null
}
