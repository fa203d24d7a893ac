// A user who stays: activity moves the idle clock and no other; ids are renewed, and the absolute
// clock ends the session.
import { toSeconds } from '../core/duration.ts'
import { ending, endless, heading, label, type Part, rowOf, warn } from './draw-part.ts'
import { findLimit, type Kind, longestOf } from './facts.ts'
import { at, drawAxis, type Scale } from './scale.ts'
import { bar, dot, SHEET } from './svg.ts'
import { inShort } from './words.ts'

const WIDTH = SHEET.right - SHEET.left
const DAY = 86_400
const ENDS = 'activity does not move the absolute clock'
const STAYS = 'no limit ends the session of a user who stays active'

export interface Age {
  /** Seconds of warning before an end. */
  readonly warning: number
  /** Seconds for which an id that was renewed still works; null where it is not known. */
  readonly grace: number | null
}

/** Seconds between renewals, or null where ids are not renewed. */
export const renewalOf = ({ lifetime }: Kind): number | null =>
  lifetime.renewal === undefined ? null : Math.max(1, toSeconds(lifetime.renewal, 'renewal'))

export function drawAge(kind: Kind, age: Age, top: number): Part {
  const absolute = findLimit(kind.limits, 'absolute')
  const renewal = renewalOf(kind)
  const scale = toScale(kind, renewal)
  const end = absolute === null ? SHEET.right - 20 : at(scale, absolute.seconds)
  const rows = [
    (y: number) => drawActivity(kind, scale, end, y),
    ...(renewal === null ? [] : [(y: number) => drawIds(renewal, age.grace, scale, end, y)]),
    (y: number) => drawClock(kind, end, y),
    ...(absolute === null
      ? []
      : [(y: number) => drawWarning(absolute.seconds, age.warning, scale, end, y)]),
  ]
  const bottom = rowOf(top, rows.length) - 10
  const lines = [
    ...heading(top, 'A user who stays', absolute === null ? STAYS : ENDS),
    ...drawAxis(scale, [top + 52, bottom], 'since it began'),
    ...rows.flatMap((draw, index) => draw(rowOf(top, index))),
    ...(absolute === null ? [] : ending(end, top, bottom, 'ended: absolute')),
  ]
  return { lines, bottom: bottom + 34 }
}

/** To the absolute limit; without one, some rounds of what there is. */
function toScale({ limits }: Kind, renewal: number | null): Scale {
  const absolute = findLimit(limits, 'absolute')
  const idle = findLimit(limits, 'idle')
  const rounds = Math.max((idle?.seconds ?? 0) * 8, (renewal ?? 0) * 8) || DAY
  const share = absolute === null ? 1 : 0.93
  return { zero: SHEET.left, perSecond: (WIDTH * share) / (absolute?.seconds ?? rounds) }
}

function drawActivity({ limits }: Kind, { perSecond }: Scale, end: number, y: number): string[] {
  const idle = longestOf(findLimit(limits, 'idle'))
  const step = Math.min(Math.max(idle * perSecond * 0.6, 22), WIDTH / 8)
  const uneven = [0, 0.12, -0.15, 0.2, -0.05]
  const count = Math.floor((end - SHEET.left - 8) / step)
  return [
    ...label(
      y,
      'activity',
      idle === Number.POSITIVE_INFINITY ? 'or none: it may idle' : 'never idle for long',
    ),
    ...Array.from({ length: count + 1 }, (_, index) =>
      dot(SHEET.left + step * (index + (uneven[index % uneven.length] ?? 0)), y, 'dot'),
    ).filter((_, index) => index < count || step > 30),
  ]
}

/** The ids in two lanes by turns, so that the grace of one is seen beside the next. */
function drawIds(renewal: number, grace: number | null, scale: Scale, end: number, y: number) {
  const value = `each ${inShort(Math.trunc(renewal))}${grace === null ? '' : `, grace ${inShort(grace)}`}`
  const step = renewal * scale.perSecond
  const labels = label(y, 'id renewed', value)
  if (step < 6) return [...labels, bar(SHEET.left, end, y - 7, 'renewal')]
  const beyond = grace === null ? 0 : Math.min(Math.max(grace * scale.perSecond, 4), step)
  const ids = Array.from({ length: Math.ceil((end - SHEET.left) / step - 1e-9) }, (_, index) => {
    const lane = y - 8 + (index % 2) * 9
    const stop = Math.min(SHEET.left + (index + 1) * step, end)
    const late = Math.min(stop + beyond, end)
    const own = bar(SHEET.left + index * step, stop, lane, 'renewal', 7)
    return late > stop ? own + bar(stop, late, lane, 'grace', 7) : own
  })
  return [...labels, ...ids]
}

function drawClock({ limits }: Kind, end: number, y: number): string[] {
  const absolute = findLimit(limits, 'absolute')
  return absolute === null
    ? [...label(y, 'absolute clock', 'no limit'), endless(SHEET.left, y, 'open')]
    : [
        ...label(y, 'absolute clock', inShort(absolute.seconds)),
        bar(SHEET.left, end, y - 7, 'absolute'),
      ]
}

function drawWarning(limit: number, warning: number, scale: Scale, end: number, y: number) {
  if (warning >= limit) return label(y, 'warning', 'the limit is too short')
  return [
    ...label(y, 'warning', `${inShort(warning)} before`),
    warn(end, warning, scale.perSecond, y, SHEET.left),
  ]
}
