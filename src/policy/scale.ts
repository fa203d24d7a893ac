// Time from left to right: where a second stands, and which seconds are worth a label.
import { line, SHEET, widthOf, write } from './svg.ts'
import { inShort } from './words.ts'

export interface Scale {
  /** Where second 0 stands. */
  readonly zero: number
  readonly perSecond: number
}

export const at = ({ zero, perSecond }: Scale, second: number): number => zero + second * perSecond

const DAY = 86_400
const STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000].map((days) => days * DAY),
]
/** Pixels between two ticks at least, and around their labels. */
const ROOM = { tick: 64, label: 20 }

/** The round seconds from 0 to a point on the right, as many as have room for their labels. */
export function ticksOf(scale: Scale, right: number): number[] {
  const ticksBy = (step: number) => {
    const count = Math.floor((right - scale.zero) / scale.perSecond / step)
    return Array.from({ length: count + 1 }, (_, index) => index * step)
  }
  const fits = (step: number) => {
    const room = step * scale.perSecond
    return room >= ROOM.tick && ticksBy(step).every((tick) => labelWidth(tick) + ROOM.label <= room)
  }
  const longest = Math.ceil((2 * ROOM.tick) / scale.perSecond / DAY) * DAY
  return ticksBy(STEPS.find(fits) ?? longest)
}

const labelWidth = (second: number): number => widthOf(inShort(second), 12)

/** From the top of some rows to their bottom. */
export type Span = readonly [top: number, bottom: number]

/** The axis under some rows, with what it counts from; `last` is where its labels end. */
export function drawAxis(scale: Scale, [top, y]: Span, since: string, last?: number): string[] {
  const { margin, left, right } = SHEET
  const marks = ticksOf(scale, last ?? right).map((second) => ({
    x: at(scale, second),
    text: inShort(second),
  }))
  return [
    write(margin, y + 18, since, 'note'),
    line('grid', marks.map(({ x }) => `M${Math.round(x)} ${top}V${y}`).join('')),
    line(
      'axis',
      `M${left} ${y}H${right}${marks.map(({ x }) => `M${Math.round(x)} ${y}v4`).join('')}`,
    ),
    // The last label must not leave the sheet.
    ...marks.map(({ x, text }) =>
      write(Math.min(x, SHEET.width - 10 - widthOf(text, 12) / 2), y + 18, text, 'tick', 'middle'),
    ),
  ]
}
