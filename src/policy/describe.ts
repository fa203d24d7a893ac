// A lifetime as a page: the text that ASVS 7.1.1 and 7.1.2 ask to have written down.
import type { Lifetime, Limit } from '../core/lifetime.ts'
import { type CheckOptions, checkLifetime, type Finding, limitsOf } from './check.ts'
import { PRESET_NAMES, STANDARDS } from './presets.ts'
import { inWords } from './words.ts'

/** What the lifetime does not know of itself. */
export interface DescribeOptions extends CheckOptions {
  /** Why the policy departs from NIST, where it does. */
  readonly reason?: string
  /** How many sessions of one account may live at a time, and what happens at the cap. */
  readonly parallelSessions?: string
}

const ENDS = {
  idle: "this long after the user's last activity",
  absolute: 'this long after it began, whatever happens',
} as const
const NIST = PRESET_NAMES.filter((name) => STANDARDS[name].clause.startsWith('NIST'))

/**
 * The policy as Markdown: its clocks, the standards that it meets and those that it does not, the
 * deviation from NIST with its reason, and parallel sessions.
 *
 * @throws SessionError `bad-lifetime`, `bad-duration`
 */
export function describeLifetime(lifetime: Lifetime, options: DescribeOptions = {}): string {
  const checked = PRESET_NAMES.map((name) => ({
    name,
    clause: STANDARDS[name].clause,
    findings: checkLifetime(lifetime, name, options),
  }))
  const lax = checked.filter(({ findings }) => findings.length > 0)
  const laxNames = lax.map(({ name }) => name)
  return [
    '# Session lifetime policy',
    toClocks(limitsOf(lifetime, options)),
    `${JUDGED} ${lifetime.permanent ? OUTLIVES : CLOSES}`,
    '## Standards',
    toTable(
      ['Preset', 'Source', 'Limits'],
      checked.map(({ name, clause, findings }) => [
        name,
        clause,
        findings.length === 0 ? 'met' : 'laxer',
      ]),
    ),
    ...(lax.length > 0 ? [toList(lax)] : []),
    '## Deviation from NIST',
    toDeviation(
      NIST.filter((name) => laxNames.includes(name)),
      options.reason,
    ),
    '## Parallel sessions',
    options.parallelSessions?.trim() || UNSTATED,
  ].join('\n\n')
}

const JUDGED = 'The earliest deadline decides, and the server judges it at each read.'
const CLOSES = 'The cookie of a new session ends with the browser.'
const OUTLIVES = 'The cookie of a new session outlives the browser.'
const UNSTATED =
  'Not stated. ASVS 7.1.2 asks how many sessions of one account may live at a time, and what happens at the cap.'

function toClocks(limits: readonly Limit[]): string {
  const rows = (['idle', 'absolute'] as const).map((clock) => {
    const limit = limits.find((candidate) => candidate.clock === clock)
    if (limit === undefined) return [clock, 'none', '', 'never']
    const allowance = limit.allowance > 0 ? inWords(limit.allowance) : 'none'
    return [clock, inWords(limit.seconds), allowance, ENDS[clock]]
  })
  return toTable(['Clock', 'Limit', 'Allowance', 'Ends the session'], rows)
}

function toDeviation(lax: readonly string[], reason = ''): string {
  const stated = reason.trim()
  if (lax.length === 0) {
    const met = `The limits meet all presets of NIST SP 800-63B-4: ${NIST.join(', ')}.`
    return stated === '' ? met : `${met}\n\n${stated}`
  }
  const laxer = `The limits are laxer than ${lax.join(', ')} of NIST SP 800-63B-4. It is a deviation where the application needs that level.`
  const why = stated === '' ? 'No reason is stated; ASVS 7.1.1 asks for one.' : `Reason: ${stated}`
  return `${laxer}\n\n${why}`
}

const toList = (lax: readonly { name: string; findings: readonly Finding[] }[]): string =>
  lax
    .flatMap(({ name, findings }) => findings.map(({ message }) => `- ${name}: ${message}`))
    .join('\n')

const toTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
