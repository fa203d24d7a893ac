// The Cookie header in, the Set-Cookie header out, for the one cookie of a session.

import { runtime } from '#runtime'
import { SessionError } from './errors.ts'

/** How the session's cookie is named and where it goes. */
export interface CookieOptions {
  /** @default '__Host-session', or what the other options still allow: '__Secure-session', 'session' */
  readonly name?: string
  /** @default '/' */
  readonly path?: string
  /** Reaches all subdomains; rules out `__Host-`. @default none: this host only */
  readonly domain?: string | null
  /** Only over https (and on localhost, in Chromium and Firefox). @default true */
  readonly secure?: boolean
  /** Hidden from scripts. @default true */
  readonly httpOnly?: boolean
  /** `null` writes no attribute. @default 'Lax' */
  readonly sameSite?: 'Strict' | 'Lax' | 'None' | null
  /** One jar per top-level site (CHIPS); turns Secure on. @default false */
  readonly partitioned?: boolean
}

/** A cookie whose attributes are checked and joined once. */
export interface Cookie {
  readonly name: string
  readonly secure: boolean
  /** The value in a Cookie header; the first counts. Undefined when absent. */
  read(header: string): string | undefined
  /** A Set-Cookie value. `expires` is an epoch second; without it the browser's end ends it. */
  write(value: string, expires: number | null): string
  /** The Set-Cookie value that makes the browser forget it; repeats all attributes, as it must. */
  remove(): string
}

export const DEFAULT_COOKIE = Object.freeze({
  path: '/',
  domain: null,
  secure: true,
  httpOnly: true,
  sameSite: 'Lax',
  partitioned: false,
} as const)

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
const LONGEST_ATTRIBUTE = 1024
const REMOVED = '; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0'

/** @throws SessionError `bad-cookie-option` for what browsers would drop. */
export function createCookie(options: CookieOptions = {}): Cookie {
  const given = withDefaults(options)
  const secure = given.secure || given.partitioned
  const path = encodePath(given.path)
  const domain = given.domain ? encodeDomain(given.domain) : null
  const name = options.name ?? defaultName(secure, path, domain)
  const sameSite = given.sameSite === null ? null : canonicalSameSite(given.sameSite)
  checkName(name, { secure, httpOnly: given.httpOnly }, path, domain)
  checkLength('domain', domain)
  checkLength('path', path)
  const head = domain === null ? '' : `; Domain=${domain}`
  const tail = [
    secure && '; Secure',
    given.httpOnly && '; HttpOnly',
    `; Path=${path}`,
    sameSite && `; SameSite=${sameSite}`,
    given.partitioned && '; Partitioned',
  ]
    .filter((attribute) => attribute)
    .join('')
  return {
    name,
    secure,
    read: (header) => readCookie(header, name),
    write: (value, expires) =>
      expires === null
        ? `${name}=${value}${head}${tail}`
        : `${name}=${value}${head}; Expires=${httpDate(expires)}${tail}`,
    remove: () => `${name}=${head}${REMOVED}${tail}`,
  }
}

/**
 * The value of the first cookie of that name, as Werkzeug reads it: trimmed, a quoted value
 * unquoted, percent signs left alone. Looks for the one name; the header is not taken apart.
 */
export function readCookie(header: string, name: string): string | undefined {
  let at = header.indexOf(name)
  while (at !== -1) {
    const equals = skipSpace(header, at + name.length, 1)
    const before = skipSpace(header, at - 1, -1)
    if (
      header.charCodeAt(equals) === EQUALS &&
      (before < 0 || header.charCodeAt(before) === SEMICOLON)
    ) {
      const end = header.indexOf(';', equals)
      return unquote(header.slice(equals + 1, end === -1 ? undefined : end).trim())
    }
    at = header.indexOf(name, at + name.length)
  }
  return undefined
}

const EQUALS = 0x3d
const SEMICOLON = 0x3b
const SPACE = 0x20
const TAB = 0x09

function skipSpace(text: string, from: number, step: 1 | -1): number {
  let at = from
  while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === TAB) at += step
  return at
}

function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value
    .slice(1, -1)
    .replace(/\\(?:([0-3][0-7]{2})|(.))/g, (_, octal: string | undefined, character: string) =>
      octal === undefined ? character : String.fromCharCode(Number.parseInt(octal, 8)),
    )
}

let lastSecond = Number.NaN
let lastDate = ''

/** `Fri, 15 Dec 2023 22:13:20 GMT`; the last one is remembered, since seconds hold many requests. */
function httpDate(second: number): string {
  if (second !== lastSecond) {
    lastDate = new Date(second * 1000).toUTCString()
    lastSecond = second
  }
  return lastDate
}

/** Percent-encoded as Werkzeug does: what is encoded already stays. */
const encodePath = (path: string): string =>
  path.replace(/[^\w.\-~%!$&'()*+,/:=@]/gu, (character) =>
    Array.from(
      runtime.utf8(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  )

const encodeDomain = (domain: string): string =>
  domain
    .replace(/:.*$/, '')
    .replace(/^\.+/, '')
    .split('.')
    .map((label) => (/^[\0-\x7f]*$/.test(label) ? label : runtime.toAscii(label)))
    .join('.')

function canonicalSameSite(sameSite: string): string {
  const found = ['Strict', 'Lax', 'None'].find(
    (known) => known.toLowerCase() === String(sameSite).toLowerCase(),
  )
  if (found === undefined) {
    throw new SessionError(
      'bad-cookie-option',
      "cookie.sameSite must be 'Strict', 'Lax', 'None', or null to write no attribute.",
    )
  }
  return found
}

function defaultName(secure: boolean, path: string, domain: string | null): string {
  if (!secure) return 'session'
  return path === '/' && domain === null ? '__Host-session' : '__Secure-session'
}

function checkName(
  name: string,
  { secure, httpOnly }: Pick<Required<CookieOptions>, 'secure' | 'httpOnly'>,
  path: string,
  domain: string | null,
): void {
  const lower = name.toLowerCase()
  if (!TOKEN.test(name)) refuse('cookie.name must be a token, such as letters, digits, - and _.')
  if (/^__(secure|host|http)-/.test(lower) && !secure) {
    refuse(`a cookie named ${name} needs secure: true.`)
  }
  if (/^__(host-)?http-/.test(lower) && !httpOnly) {
    refuse(`a cookie named ${name} needs httpOnly: true.`)
  }
  if (lower.startsWith('__host-') && (path !== '/' || domain !== null)) {
    refuse(`a cookie named ${name} needs path '/' and no domain.`)
  }
}

function checkLength(option: string, value: string | null): void {
  if (value !== null && (value.length > LONGEST_ATTRIBUTE || /[;\s\0-\x1f\x7f]/.test(value))) {
    refuse(
      `cookie.${option} must be up to ${LONGEST_ATTRIBUTE} characters without spaces or semicolons.`,
    )
  }
}

/** What was given over the defaults; an option that is there and undefined takes no protection away. */
const withDefaults = (options: CookieOptions) => ({
  ...DEFAULT_COOKIE,
  ...(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [option in keyof CookieOptions]: Exclude<CookieOptions[option], undefined>
  }),
})

/** @throws SessionError when SameSite=None stands without Secure: browsers drop such a cookie. */
export function checkCrossSite(options: CookieOptions): void {
  const given = withDefaults(options)
  if (String(given.sameSite).toLowerCase() === 'none' && !given.secure && !given.partitioned) {
    refuse("cookie.sameSite 'None' needs secure: true, or browsers drop the cookie.")
  }
}

function refuse(message: string): never {
  throw new SessionError('bad-cookie-option', message)
}
