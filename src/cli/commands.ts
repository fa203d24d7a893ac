// The command `sojourn`: its table of commands, its help, and how what goes wrong is said.
import { SessionError } from '../core/errors.ts'
import type { Awaitable } from '../core/store.ts'
import {
  type Command,
  good,
  type Outcome,
  UnreachableError,
  UsageError,
  type World,
} from './command.ts'
import { explain } from './explain.ts'
import { inspect } from './inspect.ts'
import { key } from './key.ts'
import { migration } from './migration.ts'
import { parse } from './options.ts'
import { policy } from './policy.ts'
import { toColumns } from './readable.ts'
import { sessionsEnd, sessionsEndAll } from './sessions-end.ts'
import { sessionsList } from './sessions-list.ts'
import { sessionsShow } from './sessions-show.ts'
import { sessionsStats } from './sessions-stats.ts'
import { sessionsSweep } from './sessions-sweep.ts'
import { sign } from './sign.ts'
import { STORES } from './store-options.ts'
import { verify } from './verify.ts'

const COMMANDS: readonly Command[] = [
  key,
  inspect,
  verify,
  sign,
  explain,
  policy,
  sessionsList,
  sessionsShow,
  sessionsEnd,
  sessionsEndAll,
  sessionsSweep,
  sessionsStats,
  migration,
]

const EXIT_CODES = toColumns([
  ['  0', 'good'],
  [
    '  1',
    'the cookie is refused or unreadable, the session is not there or has ended, the policy is laxer',
  ],
  ['  2', 'the command was not understood, or a key, a store or a driver is missing'],
  ['  3', 'the store cannot be reached'],
])

const KEYS = `Keys come from the environment, SECRET_KEY and SECRET_KEY_FALLBACKS (a JSON array, or texts with
commas between), or from files (--key-file, --fallback-file); one line break at the end of a file is
not part of the key. They are never taken from the command line, and never printed.`

/** Runs one command. Never throws or rejects for what was typed, and never prints a secret. */
export function run(args: readonly string[], world: World): Awaitable<Outcome> {
  const [name] = args
  if (name === undefined) return { code: 2, out: '', problem: help() }
  if (name === '--help' || name === '-h' || name === 'help') return helpFor(args.slice(1))
  const command = find(args)
  const rest = args.slice(command?.name.split(' ').length)
  const wantsHelp = args.includes('--help') || args.includes('-h')
  if (wantsHelp && familyOf(name).length > 0) return helpFor(args)
  if (command === undefined) return misused(`There is no such command.\n\n${helpFor(args).out}`)
  try {
    const { argument, given } = parse(command, rest)
    const outcome = command.run(argument, given, world)
    return outcome instanceof Promise ? outcome.catch((error) => fail(error, command)) : outcome
  } catch (error) {
    return fail(error, command)
  }
}

/** The command whose words come first. */
const find = (args: readonly string[]): Command | undefined =>
  COMMANDS.find(({ name }) => name.split(' ').every((word, at) => word === args[at]))

/** All commands that begin with a word. */
const familyOf = (word: string | undefined): readonly Command[] =>
  COMMANDS.filter(({ name }) => name.split(' ')[0] === word)

function fail(error: unknown, { name }: Command): Outcome {
  if (error instanceof UnreachableError) return { code: 3, out: '', problem: error.message }
  if (error instanceof UsageError || error instanceof SessionError) {
    return misused(`${error.message}\n\nsojourn ${name} --help says more.`)
  }
  throw error
}

const misused = (problem: string): Outcome => ({ code: 2, out: '', problem })

/** Of a command, of all that begin with its first word, or of everything. */
function helpFor(words: readonly string[]): Outcome {
  const command = find(words)
  if (command !== undefined) return good(helpOf(command))
  const family = familyOf(words[0])
  return good(family.length === 0 ? help() : help(family))
}

function help(commands = COMMANDS): string {
  const rows = commands.map(
    ({ name, argument, summary }) => [`  ${name} ${argument ?? ''}`.trimEnd(), summary] as const,
  )
  return `sojourn: look into session cookies, check how long sessions live, see to those in a store

Usage: sojourn COMMAND [options]

${toColumns(rows)}

COOKIE, JSON or FILE may be -, which reads the standard input. A cookie may be pasted with its whole line.
${KEYS}
${STORES}

Exit codes:
${EXIT_CODES}

sojourn COMMAND --help says more of each.`
}

function helpOf({ name, argument, summary, details, options }: Command): string {
  const rows = Object.entries(options).map(
    ([option, { value, help: said }]) =>
      [`  --${option}${value ? ` ${value}` : ''}`, said] as const,
  )
  const usage = ['sojourn', name, argument, '[options]'].filter(Boolean).join(' ')
  return `sojourn ${name}: ${summary}

Usage: ${usage}

${details}
${'format' in options ? `\n${KEYS}\n` : ''}${'store' in options ? `\n${STORES}\n` : ''}
Options:
${toColumns(rows)}

Exit codes:
${EXIT_CODES}`
}
