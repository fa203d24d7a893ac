// The command `sojourn`: its table of commands, its help, and how what goes wrong is said.
import { SessionError } from '../core/errors.ts'
import { type Command, good, type Outcome, UsageError, type World } from './command.ts'
import { explain } from './explain.ts'
import { inspect } from './inspect.ts'
import { key } from './key.ts'
import { parse } from './options.ts'
import { policy } from './policy.ts'
import { toColumns } from './readable.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

const COMMANDS: readonly Command[] = [key, inspect, verify, sign, explain, policy]

const EXIT_CODES = toColumns([
  ['  0', 'good'],
  ['  1', 'the cookie is refused or unreadable, its session has ended, or the policy is laxer'],
  ['  2', 'the command was not understood, or a key is missing'],
])

const KEYS = `Keys come from the environment, SECRET_KEY and SECRET_KEY_FALLBACKS (a JSON array, or texts with
commas between), or from files (--key-file, --fallback-file); one line break at the end of a file is
not part of the key. They are never taken from the command line, and never printed.`

/** Runs one command. Never throws for what was typed, and never prints a secret. */
export function run(args: readonly string[], world: World): Outcome {
  const [name, ...rest] = args
  if (name === undefined) return { code: 2, out: '', problem: help() }
  if (name === '--help' || name === '-h' || name === 'help') return helpFor(rest[0])
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (command === undefined) return misused(`There is no such command.\n\n${help()}`)
  if (rest.includes('--help') || rest.includes('-h')) return good(helpOf(command))
  try {
    const { argument, given } = parse(command, rest)
    return command.run(argument, given, world)
  } catch (error) {
    if (error instanceof UsageError || error instanceof SessionError) {
      return misused(`${error.message}\n\nsojourn ${command.name} --help says more.`)
    }
    throw error
  }
}

const misused = (problem: string): Outcome => ({ code: 2, out: '', problem })

function helpFor(name: string | undefined): Outcome {
  const command = COMMANDS.find((candidate) => candidate.name === name)
  return good(command === undefined ? help() : helpOf(command))
}

function help(): string {
  const rows = COMMANDS.map(
    ({ name, argument, summary }) => [`  ${name} ${argument ?? ''}`.trimEnd(), summary] as const,
  )
  return `sojourn: look into session cookies, check how long sessions live

Usage: sojourn COMMAND [options]

${toColumns(rows)}

COOKIE, JSON or FILE may be -, which reads the standard input. A cookie may be pasted with its whole line.
${KEYS}

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
${'format' in options ? `\n${KEYS}\n` : ''}
Options:
${toColumns(rows)}

Exit codes:
${EXIT_CODES}`
}
