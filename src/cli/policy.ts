// `sojourn policy`: a lifetime held against the standards, or written down as a page.
import { type Lifetime, toLimits } from '../core/lifetime.ts'
import { checkLifetime } from '../policy/check.ts'
import { type DescribeOptions, describeLifetime } from '../policy/describe.ts'
import { PRESET_NAMES, type PresetName, STANDARDS } from '../policy/presets.ts'
import { type Command, good, type Outcome, refused, UsageError, type World } from './command.ts'
import { JSON_OPTION, read, text } from './options.ts'
import { toJsonText, toSafe } from './readable.ts'

const NAMES = PRESET_NAMES.join(', ')

export const policy: Command = {
  name: 'policy',
  argument: 'FILE',
  summary: 'check a lifetime against a standard, or write it down',
  details: `The file is JSON: {"lifetime":{"idle":"30m","absolute":{"hours":12},"permanent":false}}, and beside the
lifetime, if you like, "reason" (why it departs from NIST), "parallelSessions" (how many, and what
happens at the cap), and "refreshEachRequest": true where the program says so, or uses Flask's format.
Without --preset it prints the policy as a page of Markdown, and ends with 0.`,
  options: {
    preset: { type: 'string', value: 'NAME', help: NAMES },
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const file = parse(load(argument, world))
    const name = text(given, 'preset')
    if (name !== undefined) return check(file, toName(name), given.json === true)
    return good(given.json ? toJsonText(toFacts(file)) : describeLifetime(file.lifetime, file))
  },
}

interface PolicyFile extends DescribeOptions {
  readonly lifetime: Lifetime
}

/** What each key must hold. */
const MEMBERS = {
  lifetime: 'object',
  reason: 'string',
  parallelSessions: 'string',
  refreshEachRequest: 'boolean',
} as const
const PARTS = ['idle', 'absolute', 'permanent']

function check(file: PolicyFile, preset: PresetName, json: boolean): Outcome {
  const findings = checkLifetime(file.lifetime, preset, file)
  const meets = findings.length === 0
  const said = meets
    ? `Meets ${preset} (${STANDARDS[preset].clause}).`
    : [`Laxer than ${preset}:`, ...findings.map(({ message }) => `- ${message}`)].join('\n')
  const out = json ? toJsonText({ preset, meets, findings }) : said
  return meets ? good(out) : refused(out)
}

const toFacts = (file: PolicyFile) => ({
  limits: toLimits(file.lifetime, file.refreshEachRequest !== true).map(
    ({ clock, seconds, allowance }) => ({ clock, limit: seconds, allowance }),
  ),
  permanent: file.lifetime.permanent ?? false,
  presets: Object.fromEntries(
    PRESET_NAMES.map((name) => [name, checkLifetime(file.lifetime, name, file)]),
  ),
})

function toName(name: string): PresetName {
  const known = PRESET_NAMES.find((candidate) => candidate === name)
  if (known === undefined) throw new UsageError(`--preset is one of ${NAMES}.`)
  return known
}

function load(argument: string, world: World): string {
  if (argument === '-') return read(argument, world)
  try {
    return Buffer.from(world.readFile(argument)).toString()
  } catch {
    throw new UsageError('The file of the policy cannot be read.')
  }
}

/** @throws UsageError for what is no policy; a misspelt key must not pass for a missing limit. */
function parse(json: string): PolicyFile {
  const file = toObject(json)
  for (const [key, value] of Object.entries(file)) {
    const type = Object.hasOwn(MEMBERS, key) ? MEMBERS[key as keyof typeof MEMBERS] : null
    if (type === null) throw unknownKey(key, Object.keys(MEMBERS))
    if (typeof value !== type || value === null) {
      throw new UsageError(`"${key}" of the policy must be ${ARTICLES[type]}.`)
    }
  }
  if (file.lifetime === undefined || Array.isArray(file.lifetime)) throw new UsageError(NEEDED)
  const stray = Object.keys(file.lifetime as object).find((key) => !PARTS.includes(key))
  if (stray !== undefined) throw unknownKey(stray, PARTS)
  const { permanent = false } = file.lifetime as { permanent?: unknown }
  if (typeof permanent !== 'boolean') throw new UsageError('"permanent" must be true or false.')
  return file as unknown as PolicyFile
}

const NEEDED = 'policy needs a JSON object such as {"lifetime":{"idle":"30m","absolute":"12h"}}.'
const ARTICLES = { object: 'an object', string: 'a text', boolean: 'true or false' } as const

const unknownKey = (key: string, known: readonly string[]): UsageError =>
  new UsageError(`The policy has the key "${toSafe(key)}"; known here are ${known.join(', ')}.`)

function toObject(json: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Said below.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new UsageError(NEEDED)
}
