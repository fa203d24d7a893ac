// Whether a request is the user's activity. What is not never moves the idle clock, renews no id and
// begins no session.
import { SessionError } from './errors.ts'

/** `user`: somebody did something. `background`: a poll, a prefetch, a heartbeat. */
export type Activity = 'user' | 'background'

/** A request, as far as its activity can be told from it. */
export interface ActivityRequest {
  /** In upper case; undefined where the adapter does not know it. */
  readonly method: string | undefined
  /** The path without query, as the client sent it: `/poll`. Empty where it is unknown. */
  readonly path: string
  /** One header, by its name in lower case. */
  header(name: string): string | null | undefined
}

/** Decides; `usual` is what the defaults say. Synchronous. */
export type ActivityFunction = (request: ActivityRequest, usual: Activity) => Activity

/**
 * Routes that are background besides the defaults (`/poll`, `/events/*`, or a RegExp over the path),
 * or a function that decides.
 */
export type ActivityOption = readonly (string | RegExp)[] | ActivityFunction

/** What of a request tells its activity; what is missing counts as the user's. */
export interface ActivitySource {
  readonly method?: string | undefined
  /** The URL or its path. */
  readonly url?: string | undefined
  header?(name: string): string | null | undefined
}

/**
 * The judge of activity. By default a request is background that says `Sojourn-Activity: background`,
 * or that a browser marks as made ahead of the user (`Sec-Purpose: prefetch`, prerendering too).
 *
 * @param failed told when the function throws or answers neither; the defaults then hold.
 */
export function createActivity(
  option: ActivityOption | undefined,
  failed: (error: unknown) => void,
): (source: ActivitySource) => Activity {
  if (option !== undefined && typeof option !== 'function' && !Array.isArray(option)) {
    throw new SessionError(
      'bad-option',
      "activity must be a list of routes or a function: write activity: ['/poll'].",
    )
  }
  if (Array.isArray(option)) for (const route of option) demandRoute(route)
  const decide = typeof option === 'function' ? option : byRoutes(option ?? [])
  return (source) => {
    const usual = usualOf(source)
    if (option === undefined) return usual
    try {
      const header = (name: string) => source.header?.(name)
      const request = { method: source.method, path: pathOf(source.url ?? ''), header }
      const activity = decide(request, usual)
      if (activity === 'user' || activity === 'background') return activity
      if ((activity as unknown) instanceof Promise) {
        Promise.resolve(activity).catch(() => {})
      }
      failed(new TypeError("The activity function must answer 'user' or 'background'."))
    } catch (error) {
      failed(error)
    }
    return usual
  }
}

function demandRoute(route: unknown): void {
  if (route instanceof RegExp || (typeof route === 'string' && /^[/*]/.test(route))) return
  throw new SessionError('bad-option', "A route of activity is '/poll', '/events/*' or a RegExp.")
}

const AHEAD = /\b(?:prefetch|prerender|preview)\b/i
const PURPOSES = ['sec-purpose', 'purpose', 'x-moz'] as const

function usualOf(source: ActivitySource): Activity {
  const said = source.header?.('sojourn-activity')
  if (said && said.trim().toLowerCase() === 'background') return 'background'
  for (const name of PURPOSES) {
    const purpose = source.header?.(name)
    if (purpose && AHEAD.test(purpose)) return 'background'
  }
  return 'user'
}

function byRoutes(routes: readonly (string | RegExp)[]): ActivityFunction {
  return ({ path }, usual) =>
    routes.some((route) =>
      typeof route === 'string' ? fits(route.split('*'), path) : path.search(route) !== -1,
    )
      ? 'background'
      : usual
}

/** Whether a whole path has the parts between a route's stars, in order. No path is slow to refuse. */
function fits([first = '', ...rest]: readonly string[], path: string): boolean {
  const last = rest.pop()
  if (last === undefined) return path === first
  if (!path.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = path.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return path.length - last.length >= at && path.endsWith(last)
}

/** `/a/b` of `https://host/a/b?c#d`, and of `/a/b?c`. */
function pathOf(url: string): string {
  const [, path = ''] = /^(?:[a-z][a-z\d+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(url) ?? []
  return path === '' && url !== '' ? '/' : path
}
