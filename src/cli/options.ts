// What commands have in common: the words they understand, and where keys and times come from.
import { parseArgs } from 'node:util'
import { type Duration, toSeconds } from '../core/duration.ts'
import type { SecretKeys } from '../core/token.ts'
import { type Command, type Given, type OptionSpec, UsageError, type World } from './command.ts'

export const JSON_OPTION: OptionSpec = { type: 'boolean', help: 'answer in JSON, for programs' }
export const NOW_OPTION: OptionSpec = {
  type: 'string',
  value: 'TIME',
  help: 'judge as of this time: epoch seconds, or ISO 8601 such as 2026-01-31T12:00:00Z',
}

/** The options of every command that needs a key. */
export const KEY_OPTIONS: { readonly [name: string]: OptionSpec } = {
  format: {
    type: 'string',
    value: 'FORMAT',
    help: "flask, signed or sealed; without it the cookie's own look decides",
  },
  'key-file': { type: 'string', value: 'FILE', help: 'the secret key, instead of SECRET_KEY' },
  'fallback-file': {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'an older key, instead of SECRET_KEY_FALLBACKS; may be repeated',
  },
  salt: { type: 'string', value: 'TEXT', help: 'of the signature (flask, signed)' },
  digest: { type: 'string', value: 'NAME', help: 'sha1, sha256 or sha512 (flask, signed)' },
  'key-derivation': {
    type: 'string',
    value: 'NAME',
    help: 'hmac, django-concat, concat or none (flask, signed)',
  },
}

/** Options that people try, and that would put a secret where others can read it. */
const FORBIDDEN = ['key', 'secret', 'secret-key', 'fallback', 'fallbacks']
const REFUSED_KEY =
  'A key is never taken from the command line: it would stay in the shell history and show in the list of processes. Set SECRET_KEY in the environment, or use --key-file FILE.'

/** @throws UsageError for an unknown option, a missing or surplus argument, or a key. */
export function parse(
  command: Command,
  args: readonly string[],
): { argument: string; given: Given } {
  const forbidden = Object.fromEntries(FORBIDDEN.map((name) => [name, { type: 'string' as const }]))
  if (args.some((arg) => FORBIDDEN.some((name) => isOption(arg, name)))) {
    throw new UsageError(REFUSED_KEY)
  }
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple = false }]) => [
      name,
      { type, multiple },
    ]),
  )
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...forbidden, ...options },
      allowPositionals: true,
    })
    return { argument: onlyOne(command, positionals), given: values as Given }
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(describe(error, Object.keys(options)))
  }
}

const isOption = (arg: string, name: string): boolean =>
  arg === `--${name}` || arg.startsWith(`--${name}=`)

function onlyOne({ argument, name }: Command, positionals: readonly string[]): string {
  const [first, ...others] = positionals
  if (argument === null && first === undefined) return ''
  if (argument === null) throw new UsageError(`${name} takes no argument.`)
  if (first === undefined && argument.startsWith('[')) return ''
  if (first === undefined) throw new UsageError(`${name} needs ${argument}, or - to read it.`)
  if (others.length > 0) {
    throw new UsageError(`${name} takes one argument; put it in quotes.`)
  }
  return first
}

/** What Node says about an option, without what was typed, which might be a key. */
function describe(error: unknown, options: readonly string[]): string {
  const list = options.map((name) => `--${name}`).join(', ')
  const { code } = error as { code?: string }
  return code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
    ? `There is an unknown option. The options are ${list}.`
    : `An option lacks its value, or has one too many. The options are ${list}.`
}

export const text = (given: Given, name: string): string | undefined => {
  const value = given[name]
  return typeof value === 'string' ? value : undefined
}

/** The argument itself, or what stands on the standard input when it is `-`. */
export function read(argument: string, world: World): string {
  const found = (argument === '-' ? readInput(world) : argument).trim()
  if (found === '') throw new UsageError('There was nothing to read.')
  return found
}

/** A subject, of which each space counts. One line break at the end of the input belongs to the input. */
export function readSubject(argument: string, world: World): string {
  const found = argument === '-' ? readInput(world).replace(/\r?\n$/, '') : argument
  if (found === '') throw new UsageError('There was nothing to read.')
  return found
}

function readInput(world: World): string {
  try {
    return world.readInput()
  } catch {
    throw new UsageError('The standard input cannot be read.')
  }
}

/** @throws UsageError when no key is set, or a file cannot be read. */
export function readKeys(given: Given, world: World): SecretKeys {
  const current = findKey(given, world)
  if (current === null) {
    throw new UsageError('No key: set SECRET_KEY in the environment, or use --key-file FILE.')
  }
  return { current, fallbacks: findFallbacks(given, world) }
}

/** Whether a key is at hand. */
export const hasKeys = (given: Given, world: World): boolean =>
  text(given, 'key-file') !== undefined || Boolean(world.env.SECRET_KEY)

function findKey(given: Given, world: World): Uint8Array | null {
  const path = text(given, 'key-file')
  if (path !== undefined) return readKeyFile('--key-file', path, world)
  const { SECRET_KEY: key } = world.env
  return key ? Buffer.from(key) : null
}

function findFallbacks(given: Given, world: World): Uint8Array[] {
  const paths = given['fallback-file']
  if (Array.isArray(paths))
    return paths.map((path: string) => readKeyFile('--fallback-file', path, world))
  return listKeys(world.env.SECRET_KEY_FALLBACKS ?? '').map((key) => Buffer.from(key))
}

/** A JSON array of texts, or texts with commas between. */
function listKeys(list: string): string[] {
  if (!list.trim().startsWith('[')) return list.split(',').filter((key) => key !== '')
  let parsed: unknown
  try {
    parsed = JSON.parse(list)
  } catch {
    // What JSON.parse says would repeat a piece of a key.
  }
  if (Array.isArray(parsed) && parsed.every((key) => typeof key === 'string' && key !== '')) {
    return parsed
  }
  throw new UsageError(
    'SECRET_KEY_FALLBACKS is neither a JSON array of texts nor a list with commas.',
  )
}

/** The file's bytes; one line break at the end belongs to the file, not to the key. */
function readKeyFile(option: string, path: string, world: World): Uint8Array {
  let bytes: Buffer
  try {
    bytes = Buffer.from(world.readFile(path))
  } catch {
    throw new UsageError(`The file of ${option} cannot be read.`)
  }
  const key = bytes.subarray(
    0,
    bytes.length - (/\r?\n$/.exec(bytes.toString('latin1'))?.[0].length ?? 0),
  )
  if (key.length === 0) throw new UsageError(`The file of ${option} is empty.`)
  return key
}

/** The seconds of a duration that was given as text. */
export function readDuration(given: Given, name: string): number | undefined {
  const duration = text(given, name)
  return duration === undefined ? undefined : toSeconds(duration as Duration, `--${name}`)
}

const MILLISECONDS = 1e11

/** @throws UsageError for what is no time, or looks like milliseconds. */
export function readNow(given: Given, world: World): number {
  const now = text(given, 'now')
  if (now === undefined) return world.now()
  const isNumber = /^\d+(\.\d+)?$/.test(now)
  if (isNumber && Number(now) > MILLISECONDS) {
    throw new UsageError('--now counts in seconds since 1970; this looks like milliseconds.')
  }
  // A time of day without a zone would mean another instant on every machine.
  const zoned = /^\d{4}-\d\d-\d\d$/.test(now) || /T.*(Z|[+-]\d\d:?\d\d)$/i.test(now)
  const seconds = isNumber ? Number(now) : zoned ? Date.parse(now) / 1000 : Number.NaN
  if (Number.isNaN(seconds)) {
    throw new UsageError(
      '--now is epoch seconds, or ISO 8601 with its zone: 1700000000, 2026-01-31T12:00:00Z.',
    )
  }
  return seconds
}
