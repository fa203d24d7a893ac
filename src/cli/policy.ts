// `sojourn policy`: a policy held against the standards, written down as a page, or drawn.
import { type Duration, toSeconds } from '../core/duration.ts'
import type { PolicyFacts } from '../core/roles.ts'
import { checkPolicy } from '../policy/check.ts'
import { describePolicy } from '../policy/describe.ts'
import { drawPolicy } from '../policy/draw.ts'
import { fieldsOf, kindsOf } from '../policy/facts.ts'
import { PRESET_NAMES, type PresetName, STANDARDS } from '../policy/presets.ts'
import {
  type Command,
  type Given,
  good,
  type Outcome,
  refused,
  UsageError,
  type World,
} from './command.ts'
import { JSON_OPTION, read, text } from './options.ts'
import { parsePolicy, type StatedPolicy } from './policy-file.ts'
import { importPolicy, isModule } from './policy-module.ts'
import { toJsonText } from './readable.ts'

const NAMES = PRESET_NAMES.join(', ')

export const policy: Command = {
  name: 'policy',
  argument: 'FILE',
  summary: 'check a policy against a standard, write it down, or draw it',
  details: `The file is JSON: {"lifetime":{"idle":"30m","absolute":{"hours":12},"permanent":false}}, or by role:
{"roles":{"admin":{"idle":"15m","absolute":"8h"},"default":{"idle":"1h","absolute":"12h"}}}. Beside it,
if you like, "grants" ({"permanent":{"idle":"7d","absolute":"30d"}}), "fields" ({"cart":{"idle":"2h",
"keepAfterLogout":true}}), "idleAction" ("end" or "lock"), "refreshEachRequest" (true where the program
says so, or uses Flask's format), "reason" (why it departs from NIST), and "parallelSessions" (how
many, and what happens at the cap).
Or it is a module (.js, .mjs, .ts, .mts) that exports \`sessions\`, made by createSessions.
Without --preset it prints the policy as a page of Markdown, and ends with 0.`,
  options: {
    preset: { type: 'string', value: 'NAME', help: NAMES },
    svg: { type: 'boolean', help: "print the picture of a session's life" },
    role: { type: 'string', value: 'NAME', help: 'whose session is drawn' },
    permanent: { type: 'boolean', help: 'draw a permanent session, under the grant' },
    warning: { type: 'string', value: 'DURATION', help: 'drawn before an end; 20s or more' },
    grace: { type: 'string', value: 'DURATION', help: 'drawn after the renewal of an id' },
    reason: { type: 'string', value: 'TEXT', help: "instead of the file's" },
    'parallel-sessions': { type: 'string', value: 'TEXT', help: "instead of the file's" },
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const stated = load(argument, given, world)
    const name = text(given, 'preset')
    demandUses(given, name)
    if (name !== undefined) return check(stated.facts, toName(name), given.json === true)
    if (given.svg) return good(drawPolicy(stated.facts, toDrawn(stated, given)))
    return good(
      given.json ? toJsonText(toFacts(stated.facts)) : describePolicy(stated.facts, stated),
    )
  },
}

/** @throws UsageError for options that would have no effect. */
function demandUses(given: Given, preset: string | undefined): void {
  if (given.svg && (preset !== undefined || given.json)) {
    throw new UsageError('--svg stands without --preset and --json.')
  }
  const drawn = ['role', 'permanent', 'warning', 'grace'].find((name) => given[name] !== undefined)
  if (!given.svg && drawn !== undefined) throw new UsageError(`--${drawn} needs --svg.`)
}

function load(argument: string, given: Given, world: World): StatedPolicy {
  const stated = isModule(argument)
    ? { facts: importPolicy(argument, world) }
    : parsePolicy(argument === '-' ? read(argument, world) : readPolicy(argument, world))
  return {
    reason: text(given, 'reason') ?? stated.reason,
    parallelSessions: text(given, 'parallel-sessions') ?? stated.parallelSessions,
    facts: stated.facts,
  }
}

function readPolicy(path: string, world: World): string {
  try {
    return Buffer.from(world.readFile(path)).toString()
  } catch {
    throw new UsageError('The file of the policy cannot be read.')
  }
}

function toName(name: string): PresetName {
  const known = PRESET_NAMES.find((candidate) => candidate === name)
  if (known === undefined) throw new UsageError(`--preset is one of ${NAMES}.`)
  return known
}

function check(facts: PolicyFacts, preset: PresetName, json: boolean): Outcome {
  const findings = checkPolicy(facts, preset)
  const meets = findings.length === 0
  const said = meets
    ? `Meets ${preset} (${STANDARDS[preset].clause}).`
    : [`Laxer than ${preset}:`, ...findings.map(({ message }) => `- ${message}`)].join('\n')
  const out = json ? toJsonText({ preset, meets, findings }) : said
  return meets ? good(out) : refused(out)
}

const toDrawn = ({ parallelSessions }: StatedPolicy, given: Given) => ({
  parallelSessions,
  role: text(given, 'role'),
  permanent: given.permanent === true ? true : undefined,
  warning: text(given, 'warning') as Duration | undefined,
  grace: text(given, 'grace') as Duration | undefined,
})

/** The policy for programs, in seconds. */
function toFacts(facts: PolicyFacts) {
  const { idleAction, refreshEachRequest } = facts
  return {
    lifetimes: kindsOf(facts).map(({ role, permanent, lifetime, limits }) => ({
      role,
      permanent: permanent || (lifetime.permanent ?? false),
      limits: toLimits(limits),
      renewal: lifetime.renewal === undefined ? null : toSeconds(lifetime.renewal, 'renewal'),
    })),
    fields: fieldsOf(facts).map(({ key, limits, kept }) => ({
      key,
      limits: toLimits(limits),
      keepAfterLogout: kept,
    })),
    idleAction,
    refreshEachRequest,
    presets: Object.fromEntries(PRESET_NAMES.map((name) => [name, checkPolicy(facts, name)])),
  }
}

const toLimits = (limits: ReturnType<typeof kindsOf>[number]['limits']) =>
  limits.map(({ clock, seconds, allowance }) => ({ clock, limit: seconds, allowance }))
