// Flask's configuration in camelCase, as far as it speaks of the session.
import type { ActivityOption } from '../core/activity.ts'
import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import type { FieldLifetime } from '../core/fields.ts'
import type { SecretKey } from '../core/keys.ts'
import type { GrantFunction, Grants, IdleAction } from '../core/roles.ts'
import type { FlaskOptions } from '../formats/flask.ts'

/** Flask's names (`PERMANENT_SESSION_LIFETIME` is `permanentSessionLifetime`) and defaults. */
export interface Config {
  /** Signs the session; without it the session can be read, always empty, and not written. */
  secretKey: SecretKey | null
  /** Older keys, which only verify. @default [] */
  secretKeyFallbacks: readonly SecretKey[]
  /** @default 'session' */
  sessionCookieName: string
  /** @default null: this host only */
  sessionCookieDomain: string | null | false
  /** @default null: `applicationRoot` */
  sessionCookiePath: string | null
  /** @default true */
  sessionCookieHttpOnly: boolean
  /** Flask's default; set it true wherever there is https. @default false */
  sessionCookieSecure: boolean
  /** Case does not matter; null writes no attribute. @default null */
  sessionCookieSameSite: string | null
  /** @default false */
  sessionCookiePartitioned: boolean
  /** How old a cookie's signature may be, whether permanent or not. @default { days: 31 } */
  permanentSessionLifetime: Duration
  /** Sojourn's own: the longest life of a session, whatever its activity. @default null: none */
  sessionAbsoluteLifetime: Duration | null
  /** Sojourn's own: how far `session.permanent = true` lengthens the clocks. @default null: not at all */
  sessionGrants: Grants | GrantFunction | null
  /** Sojourn's own: lifetimes of single keys. @default {} */
  sessionFields: { readonly [key: string]: FieldLifetime }
  /** Sojourn's own: `lock` keeps an idle session, closed; needs `sessionAbsoluteLifetime`. @default 'end' */
  sessionIdleAction: IdleAction
  /** Sojourn's own: routes that are not the user's activity, or a function that decides. @default [] */
  sessionActivity: ActivityOption
  /** Renew the cookie of a permanent session at every response. @default true */
  sessionRefreshEachRequest: boolean
  /** Sojourn's own: save values that were changed inside, which Flask does not notice. @default true */
  sessionNestedChanges: boolean
  /** Sojourn's own: when to compress; `'flask'` is Flask's rule. @default 'large': from 1 KB */
  sessionCompress: 'large' | 'flask' | 'never'
  /**
   * What Flask keeps in its session interface class: `salt`, `digest`, `keyDerivation`, and the
   * `tags` of types of your own. Both sides need the same. @default {}: Flask's
   */
  sessionInterface: Omit<FlaskOptions, 'compress'>
  /** A longer Set-Cookie is warned of, and sent; 0 switches that off. @default 4093 */
  maxCookieSize: number
  /** @default '/' */
  applicationRoot: string
}

export const DEFAULT_CONFIG: Config = Object.freeze({
  secretKey: null,
  secretKeyFallbacks: Object.freeze([]),
  sessionCookieName: 'session',
  sessionCookieDomain: null,
  sessionCookiePath: null,
  sessionCookieHttpOnly: true,
  sessionCookieSecure: false,
  sessionCookieSameSite: null,
  sessionCookiePartitioned: false,
  permanentSessionLifetime: Object.freeze({ days: 31 }),
  sessionAbsoluteLifetime: null,
  sessionGrants: null,
  sessionFields: Object.freeze({}),
  sessionIdleAction: 'end',
  sessionActivity: Object.freeze([]),
  sessionRefreshEachRequest: true,
  sessionNestedChanges: true,
  sessionCompress: 'large',
  sessionInterface: Object.freeze({}),
  maxCookieSize: 4093,
  applicationRoot: '/',
})

/**
 * A configuration with Flask's defaults, which may change at any time; `changed` is told.
 *
 * @throws SessionError when set: `bad-option` for an unknown name, `bad-duration` for a bare number.
 */
export function createConfig(changed: () => void): Config {
  return new Proxy<Config>(
    { ...DEFAULT_CONFIG },
    {
      set: (config, name, value) => {
        check(String(name), value)
        changed()
        return Reflect.set(config, name, value)
      },
    },
  )
}

function check(name: string, value: unknown): void {
  if (!Object.hasOwn(DEFAULT_CONFIG, name)) {
    throw new SessionError(
      'bad-option',
      `app.config has no '${name}'; its names are Flask's in camelCase: ${Object.keys(DEFAULT_CONFIG).join(', ')}.`,
    )
  }
  const optional = name === 'sessionAbsoluteLifetime' && value === null
  if (name.endsWith('Lifetime') && !optional) toSeconds(value as Duration, `app.config.${name}`)
}
