// The data keys with limits of their own, each a row.
import { endless, heading, label, type Part, rowOf } from './draw-part.ts'
import type { Field } from './facts.ts'
import { at, drawAxis, type Scale } from './scale.ts'
import { bar, SHEET, widthOf, write } from './svg.ts'
import { inShort } from './words.ts'

const NOTE = 'a value ends at its own limit, and with its session unless it is kept'

/** Null where no key has limits of its own. */
export function drawFields(fields: readonly Field[], top: number): Part | null {
  if (fields.length === 0) return null
  const { scale, longest } = toScale(fields)
  const bottom = rowOf(top, fields.length) - 26
  const rows = fields.flatMap((field, index) => drawField(field, scale, rowOf(top, index) - 16))
  const lines = heading(top, 'Data', NOTE)
  if (longest === 0) return { lines: [...lines, ...rows], bottom: bottom + 10 }
  const axis = drawAxis(scale, [top + 30, bottom], 'since its clock began', at(scale, longest) + 1)
  return { lines: [...lines, ...axis, ...rows], bottom: bottom + 34 }
}

/** The longest bar leaves room for what is said after it. */
function toScale(fields: readonly Field[]): { scale: Scale; longest: number } {
  const seconds = fields.flatMap(({ limits }) => limits.map((limit) => limit.seconds))
  const longest = Math.max(0, ...seconds)
  const room = Math.max(...fields.map((field) => widthOf(sayLimits(field), 12))) + 12
  const perSecond = (SHEET.right - SHEET.left - room) / Math.max(1, longest)
  return { scale: { zero: SHEET.left, perSecond }, longest }
}

const sayLimits = ({ limits }: Field): string =>
  limits.map(({ clock, seconds }) => `${clock} ${inShort(seconds)}`).join(', ')

function drawField(field: Field, scale: Scale, y: number): string[] {
  const { key, limits, kept } = field
  const labels = label(y, key, kept ? 'outlives the session' : 'ends with the session')
  if (limits.length === 0) return [...labels, endless(SHEET.left, y, 'open')]
  const height = limits.length === 1 ? 14 : 6
  const ends = limits.map(({ seconds }) => Math.max(SHEET.left + 3, at(scale, seconds)))
  return [
    ...labels,
    ...limits.map(({ clock }, index) =>
      bar(SHEET.left, ends[index] ?? SHEET.left, y - 7 + index * 8, clock, height),
    ),
    write(Math.max(...ends) + 8, y + 4, sayLimits(field), 'note'),
  ]
}
