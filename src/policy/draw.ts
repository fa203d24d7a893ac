// The life of one session under a policy, as a picture: when its clocks start, when they run out.
import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import type { PolicyFacts } from '../core/roles.ts'
import { drawAge, renewalOf } from './draw-age.ts'
import { drawFields } from './draw-fields.ts'
import { drawIdle } from './draw-idle.ts'
import type { Part } from './draw-part.ts'
import { canIdleOut, fieldsOf, findLimit, type Kind, kindsOf } from './facts.ts'
import { drawLegend } from './legend.ts'
import { SHEET, shorten, toPicture, write } from './svg.ts'
import { inShort, inWords, toName } from './words.ts'

export interface DrawOptions {
  /** Whose session it is; needed where the policy states several roles. */
  readonly role?: string | undefined
  /** Whether it is a permanent session, as lengthened by the grant. @default false */
  readonly permanent?: boolean | undefined
  /**
   * How long before an end the user is warned: 20 seconds at least (WCAG 2.2.1).
   * @default a tenth of the idle limit, at most 2 minutes
   */
  readonly warning?: Duration | undefined
  /** How long an id that was renewed still works. @default not said */
  readonly grace?: Duration | undefined
  /** How many sessions of one account may live at a time, and what happens at the cap. */
  readonly parallelSessions?: string | undefined
}

/**
 * A session's life as SVG, complete in itself, with a title and a description to be read aloud.
 *
 * @throws SessionError `bad-option` for a role that is not stated or not chosen, and for a warning
 * under 20 seconds; `bad-lifetime`, `bad-duration` for a lifetime that could not act.
 */
export function drawPolicy(facts: PolicyFacts, options: DrawOptions = {}): string {
  const kind = choose(kindsOf(facts), options)
  const fields = fieldsOf(facts)
  const warning = toWarning(kind, options.warning)
  const grace = options.grace === undefined ? null : toWhole(options.grace, 'grace')
  const title = toTitle(kind, options)
  const header = drawHeader(kind, title, options)
  const parts = stack(header.bottom, [
    (top) => drawIdle(kind, warning, top),
    (top) => drawAge(kind, { warning, grace }, top),
    (top) => drawFields(fields, top),
    (top) => drawLegend(kind, grace !== null && renewalOf(kind) !== null, top),
  ])
  const bottom = parts.at(-1)?.bottom ?? header.bottom
  const lines = [...header.lines, ...parts.flatMap((part) => part.lines)]
  return toPicture(title, toDescription(kind, warning), bottom, lines)
}

function choose(kinds: readonly Kind[], { role, permanent = false }: DrawOptions): Kind {
  const roles = [...new Set(kinds.map((kind) => kind.role))]
  const wanted = role ?? (roles.length === 1 ? roles[0] : undefined)
  const found = kinds.filter((kind) => kind.role === wanted)
  const kind = found.find((candidate) => candidate.permanent === permanent) ?? found[0]
  if (kind !== undefined) return kind
  const known = roles.filter((name) => name !== null).map(toName)
  throw new SessionError(
    'bad-option',
    known.length === 0
      ? 'This policy has no roles: leave role out.'
      : `A picture shows the session of one role: write role, one of ${known.join(', ')}.`,
  )
}

function toWarning({ limits }: Kind, given: Duration | undefined): number {
  if (given !== undefined) {
    const seconds = toWhole(given, 'warning')
    if (seconds >= LEAST_WARNING) return seconds
    throw new SessionError(
      'bad-option',
      'warning must be 20 seconds or more, as WCAG 2.2.1 asks: write { seconds: 20 } or longer.',
    )
  }
  const { seconds = 0 } = findLimit(limits, 'idle') ?? findLimit(limits, 'absolute') ?? {}
  return Math.max(LEAST_WARNING, Math.min(120, Math.floor(seconds / 10)))
}

const LEAST_WARNING = 20

function toWhole(duration: Duration, name: string): number {
  const seconds = Math.trunc(toSeconds(duration, name))
  if (seconds > 0) return seconds
  throw new SessionError('bad-option', `${name} must be a second or more.`)
}

function toTitle({ role }: Kind, { permanent }: DrawOptions): string {
  const kind = permanent ? 'a permanent session' : 'a session'
  return `The life of ${kind}${role === null ? '' : `, role ${toName(role)}`}`
}

function drawHeader(kind: Kind, title: string, options: DrawOptions): Part {
  const width = SHEET.right - SHEET.margin
  const idle = findLimit(kind.limits, 'idle')
  const isPermanent = options.permanent ?? kind.lifetime.permanent ?? false
  const facet = isPermanent
    ? 'The cookie outlives the browser.'
    : 'The cookie ends with the browser.'
  const limit =
    idle === null
      ? ' There is no idle limit.'
      : canIdleOut(kind.limits)
        ? ''
        : ` The idle limit of ${inShort(idle.seconds)} never runs out before the absolute one.`
  const parallel = options.parallelSessions?.trim()
  const notes = [facet + limit, ...(parallel ? [`Parallel sessions: ${parallel}`] : [])]
  return {
    lines: [
      write(SHEET.margin, 42, shorten(title, 19, width), 'title'),
      ...notes.map((note, at) =>
        write(SHEET.margin, 64 + at * 18, shorten(note, 12, width), 'note'),
      ),
    ],
    bottom: 70 + notes.length * 18,
  }
}

function stack(top: number, draws: readonly ((top: number) => Part | null)[]): Part[] {
  const parts: Part[] = []
  let next = top
  for (const draw of draws) {
    const part = draw(next)
    if (part === null) continue
    parts.push(part)
    next = part.bottom + 14
  }
  return parts
}

/** The picture in sentences, for those who do not see it. */
function toDescription(kind: Kind, warning: number): string {
  const idle = findLimit(kind.limits, 'idle')
  const absolute = findLimit(kind.limits, 'absolute')
  const renewal = renewalOf(kind)
  const what = idle?.locks ? 'is locked' : 'ends'
  return [
    idle === null
      ? 'There is no idle limit.'
      : `Each activity starts the idle clock anew; ${inWords(idle.seconds)} after the last one the session ${what}.`,
    ...(idle && idle.allowance > 0
      ? [`Activity goes unwritten for ${inWords(idle.allowance)} at most, and is allowed for.`]
      : []),
    absolute === null
      ? 'There is no absolute limit.'
      : `The session ends ${inWords(absolute.seconds)} after it began, whatever happens.`,
    ...(renewal === null ? [] : [`Its id is renewed each ${inWords(Math.trunc(renewal))}.`]),
    `The user is warned ${inWords(warning)} before an end.`,
  ].join(' ')
}
