// Flask's session interface: the manager under Flask's configuration and rules.

import { runtime } from '#runtime'
import { type Cookie, type CookieOptions, createCookie, readCookie } from '../core/cookie.ts'
import { toSecretKeys } from '../core/keys.ts'
import type { Clock } from '../core/lifetime.ts'
import { Manager } from '../core/manager.ts'
import { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import { flask } from '../formats/flask.ts'
import type { Config } from './config.ts'

/** The manager for a configuration, or null where no secret key is set. */
export function createFlaskSessions(config: Config, clock: Clock): Sessions | null {
  const { secretKey, secretKeyFallbacks } = config
  if (secretKey === null || secretKey.length === 0) return null
  const keys = toSecretKeys(secretKey, secretKeyFallbacks ?? [])
  return new Manager(
    {
      clock,
      lifetime: {
        idle: config.permanentSessionLifetime,
        ...(config.sessionAbsoluteLifetime !== null && {
          absolute: config.sessionAbsoluteLifetime,
        }),
      },
      grants: config.sessionGrants,
      fields: config.sessionFields,
      idleAction: config.sessionIdleAction,
      activity: config.sessionActivity,
      refreshEachRequest: config.sessionRefreshEachRequest,
      nestedChanges: config.sessionNestedChanges,
      renewOldKeys: false,
      noStore: false,
      maxCookieSize: config.maxCookieSize,
      oversize: 'warn',
    },
    flask({ ...config.sessionInterface, compress: config.sessionCompress })(keys),
    flaskCookie(config),
  )
}

/** The session of an application without a key: always empty, and loud when written. */
export const createNullSession = (now: number): Session =>
  new Session(NO_KEY, { cookie: undefined }, now)

const NO_BOUNDS = { idle: 0, absolute: 0, locks: false }
const NO_KEY = {
  writable: false,
  permanentKey: null,
  keptKeys: [],
  encodeValue: () => '',
  limitsOf: () => ({ all: [], bounds: NO_BOUNDS, permanent: false, renewal: null }),
  activityOf: () => 'user' as const,
  newId: () => null,
  fieldEnds: () => [],
  started: () => {},
  load: (_: unknown, now: number) => ({
    record: NO_KEY.begin(now),
    isNew: true,
    locked: false,
    ended: null,
    due: false,
  }),
  begin: (now: number) => ({
    id: null,
    createdAt: now,
    seenAt: now,
    permanent: false,
    fields: new Map<string, unknown>(),
    sources: null,
    changed: null,
    terms: null,
    origin: null,
  }),
}

/** A wrong attribute fails where Flask fails: at saving, and never for who only reads. */
function flaskCookie(config: Config): Cookie {
  const name = config.sessionCookieName
  try {
    return createCookie(cookieOptions(config))
  } catch (error) {
    const fail = () => {
      throw error
    }
    return {
      name,
      secure: false,
      read: (header) => readCookie(header, name),
      write: fail,
      remove: fail,
    }
  }
}

/**
 * Looks at a configuration before the first request does. A missing key is only warned of: views
 * that leave the session alone work without, as in Flask.
 * @throws SessionError for what would fail at the first response.
 */
export function checkConfig(config: Config, clock: Clock): void {
  createCookie(cookieOptions(config))
  if (createFlaskSessions(config, clock) !== null) return
  runtime.warn(
    'app.secretKey is not set, so no session can be written. `npx sojourn key` makes one.',
  )
}

const cookieOptions = (config: Config): CookieOptions => ({
  name: config.sessionCookieName,
  path: config.sessionCookiePath ?? config.applicationRoot,
  domain: config.sessionCookieDomain || null,
  secure: config.sessionCookieSecure,
  httpOnly: config.sessionCookieHttpOnly,
  sameSite: config.sessionCookieSameSite as CookieOptions['sameSite'],
  partitioned: config.sessionCookiePartitioned,
})
