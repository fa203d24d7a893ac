// A policy as a page: the text that ASVS 7.1.1 and 7.1.2 ask to have written down.
import { type Duration, toSeconds } from '../core/duration.ts'
import type { ClockName, Lifetime, Limit } from '../core/lifetime.ts'
import type { PolicyFacts } from '../core/roles.ts'
import { type CheckOptions, checkPolicy } from './check.ts'
import { fieldsOf, findLimit, type Kind, kindsOf, toFacts } from './facts.ts'
import { toCode, toList, toTable, toText } from './markdown.ts'
import { PRESET_NAMES, STANDARDS } from './presets.ts'
import { inWords } from './words.ts'

/** What the policy does not know of itself. */
export interface PageOptions {
  /** Why the policy departs from NIST, where it does. */
  readonly reason?: string | undefined
  /** How many sessions of one account may live at a time, and what happens at the cap. */
  readonly parallelSessions?: string | undefined
}

/** For a single lifetime, which does not say either how idling is judged. */
export interface DescribeOptions extends CheckOptions, PageOptions {}

/**
 * One lifetime as Markdown: the page of a policy that has nothing else.
 *
 * @throws SessionError `bad-lifetime`, `bad-duration`
 */
export const describeLifetime = (lifetime: Lifetime, options: DescribeOptions = {}): string =>
  describePolicy(toFacts(lifetime, options.refreshEachRequest), options)

/**
 * The policy as Markdown: its limits by role, the data with limits of their own, what idling does,
 * parallel sessions, the standards that it meets and those that it does not, and the deviation from
 * NIST with its reason.
 *
 * @throws SessionError `bad-option` where the lifetimes are a function that does not state them;
 * `bad-lifetime`, `bad-duration` for one that could not act.
 */
export function describePolicy(facts: PolicyFacts, options: PageOptions = {}): string {
  const kinds = kindsOf(facts)
  const fields = toFields(facts)
  return [
    '# Session lifetime policy',
    'How long a session lives. The earliest deadline decides, and the server judges it at each read.',
    '## Limits',
    toLimitTable(kinds),
    toList(toRules(facts, kinds)),
    ...(fields === null ? [] : ['## Data with limits of their own', fields]),
    '## Parallel sessions',
    options.parallelSessions?.trim() || UNSTATED,
    ...toStandards(facts, options.reason),
  ].join('\n\n')
}

const UNSTATED =
  'Not stated. ASVS 7.1.2 asks how many sessions of one account may live at a time, and what happens at the cap.'

function toLimitTable(kinds: readonly Kind[]): string {
  const renews = kinds.some(({ lifetime }) => lifetime.renewal !== undefined)
  const head = ['Sessions', 'Idle limit', 'Allowance', 'Absolute limit']
  return toTable(
    renews ? [...head, 'Id renewed'] : head,
    kinds.map((kind) => {
      const { renewal } = kind.lifetime
      const allowance = findLimit(kind.limits, 'idle')?.allowance ?? 0
      const cells = [
        toWhom(kind),
        toLimitCell(kind.limits, 'idle'),
        allowance > 0 ? inWords(allowance) : 'none',
        toLimitCell(kind.limits, 'absolute'),
      ]
      if (!renews) return cells
      return [...cells, renewal === undefined ? 'never' : `every ${toWords(renewal)}`]
    }),
  )
}

function toWhom({ role, permanent }: Kind): string {
  const whose = role === null ? 'all' : toCode(role)
  return permanent ? `${whose}, permanent` : whose
}

function toLimitCell(limits: readonly Limit[], clock: ClockName): string {
  const limit = findLimit(limits, clock)
  return limit === null ? 'none' : inWords(limit.seconds)
}

const toWords = (duration: Duration): string => inWords(Math.trunc(toSeconds(duration)))

const IDLE = "Idle: this long after the user's last activity"
const ENDS = `${IDLE} the session ends.`
const LOCKS = `${IDLE} the session is locked: its data are kept and cannot be read, one factor resumes it, and it ends at the absolute limit.`
const ALLOWANCE =
  'Allowance: activity goes unwritten for so long at most, and the idle limit is extended by as much, so that nobody is cut off early.'
const ABSOLUTE =
  'Absolute: this long after the session began, or its user last authenticated, it ends, whatever happens.'
const GRANTED =
  'Permanent: a session that its user asked to keep lives by the longer of its own limit and the one granted, clock by clock.'

function toRules(facts: PolicyFacts, kinds: readonly Kind[]): string[] {
  const limits = kinds.flatMap((kind) => kind.limits)
  return [
    ...(limits.some(({ clock }) => clock === 'idle')
      ? [facts.idleAction === 'lock' ? LOCKS : ENDS]
      : []),
    ...(limits.some(({ allowance }) => allowance > 0) ? [ALLOWANCE] : []),
    ...(limits.some(({ clock }) => clock === 'absolute') ? [ABSOLUTE] : []),
    ...(kinds.some(({ permanent }) => permanent) ? [GRANTED] : []),
    ...(facts.roles === null ? [] : [toRoles(facts.roles)]),
    toCookie(facts),
  ]
}

const toRoles = (roles: Readonly<Record<string, Lifetime>>): string =>
  `Roles: judged at each request. Several have the strictest limit of each clock; none, or one that is not listed, has ${
    Object.hasOwn(roles, 'default') ? `those of ${toCode('default')}` : 'the strictest of all'
  }.`

function toCookie({ lifetime, roles }: PolicyFacts): string {
  const all = roles === null ? [] : Object.entries(roles)
  const permanent = all.filter(([, stated]) => stated.permanent).map(([role]) => role)
  if (lifetime?.permanent || (all.length > 0 && permanent.length === all.length)) {
    return 'Cookie: that of a new session is permanent, and outlives the browser.'
  }
  const usual = 'that of a new session ends with the browser, unless the session is made permanent.'
  if (permanent.length === 0) return `Cookie: ${usual}`
  return `Cookie: that of a new session of ${permanent.map(toCode).join(', ')} is permanent; else ${usual}`
}

function toFields(facts: PolicyFacts): string | null {
  const rows = fieldsOf(facts).map(({ key, limits, kept }) => [
    toCode(key),
    toLimitCell(limits, 'idle'),
    toLimitCell(limits, 'absolute'),
    kept ? 'kept' : 'gone',
  ])
  if (rows.length === 0) return null
  const head = ['Key', 'Idle limit', 'Absolute limit', 'After the session']
  return `${toTable(head, rows)}\n\n${FIELDS}`
}

const FIELDS =
  "Idle counts from the user's last activity, absolute from when the value was set. A value ends with its session, too; one that is kept goes on, after a logout or another end, in the next session of that browser."

function toStandards(facts: PolicyFacts, reason: string | undefined): string[] {
  const checked = PRESET_NAMES.map((name) => ({
    name,
    clause: STANDARDS[name].clause,
    findings: checkPolicy(facts, name),
  }))
  const lax = checked.filter(({ findings }) => findings.length > 0)
  const rows = checked.map(({ name, clause, findings }) => [
    name,
    clause,
    findings.length === 0 ? 'met' : 'laxer',
  ])
  const said = lax.flatMap(({ name, findings }) =>
    findings.map(({ message }) => `${name}: ${toText(message)}`),
  )
  return [
    '## Standards',
    toTable(['Preset', 'Source', 'Limits'], rows),
    ...(said.length > 0 ? [toList(said)] : []),
    '## Deviation from NIST',
    toDeviation(
      NIST.filter((name) => lax.some((each) => each.name === name)),
      reason,
    ),
  ]
}

const NIST = PRESET_NAMES.filter((name) => STANDARDS[name].clause.startsWith('NIST'))

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
