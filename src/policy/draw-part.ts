// What the parts of the picture have in common: a heading, rows with their labels, ends.
import { bar, line, SHEET, shorten, write } from './svg.ts'

/** A part of the picture: its lines, and where the next one may begin. */
export interface Part {
  readonly lines: readonly string[]
  readonly bottom: number
}

export const ROW = 38
/** From the top of a part to the middle of its first row. */
const HEAD = 64

/** The middle of a row, counted from 0. */
export const rowOf = (top: number, index: number): number => top + HEAD + index * ROW

export const heading = (top: number, title: string, note: string): string[] => [
  write(SHEET.margin, top + 16, title, 'part'),
  write(SHEET.left, top + 16, shorten(note, 12, SHEET.right - SHEET.left), 'note'),
]

/** What a row shows, and its figure under it. */
export function label(y: number, name: string, value: string): string[] {
  const room = SHEET.left - SHEET.margin - 14
  return [
    write(SHEET.margin, y - 3, shorten(name, 13, room), 'name'),
    write(SHEET.margin, y + 13, shorten(value, 12, room), 'note'),
  ]
}

/** A line across the rows where something is over, with its word above. */
export function ending(x: number, top: number, bottom: number, said: string, locks = false) {
  const [stroke, fill] = locks ? ['lock', 'locked'] : ['end', 'ended']
  const half = said.length * 3.6
  const anchor = x + half > SHEET.right ? 'end' : 'middle'
  return [
    line(stroke, `M${Math.round(x)} ${top + 46}V${bottom}`),
    write(anchor === 'end' ? SHEET.right : x, top + 40, said, fill, anchor),
  ]
}

/** A clock without an end: it goes on beyond the sheet. */
export const endless = (from: number, y: number, look: string): string =>
  bar(from, SHEET.right - 16, y - 7, look) +
  line(look, `M${SHEET.right - 18} ${y - 11}l18 11l-18 11z`)

/** The strip in which to warn before an end, wide enough to be seen. */
export function warn(end: number, seconds: number, perSecond: number, y: number, from: number) {
  const width = Math.max(8, seconds * perSecond)
  return bar(Math.max(from, end - width), end, y - 7, 'warning')
}
