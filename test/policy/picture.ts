// Reads a picture of ours again: where its texts stand, and whether its elements are whole.
import { SHEET, widthOf } from '../../src/policy/svg.ts'

export interface Box {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const SIZES: Record<string, number> = {
  title: 19,
  part: 15,
  note: 12,
  tick: 12,
  ended: 12,
  locked: 12,
}
const TEXT = /<text x="([^"]+)" y="([^"]+)"(?: text-anchor="(\w+)")?(?: class="(\w+)")?>([^<]*)</g

const fromXml = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))

/** Every text with the room that it takes in a common font: a tenth less than the most. */
export const boxesOf = (picture: string): Box[] =>
  Array.from(picture.matchAll(TEXT), ([, x, y, anchor = 'start', look = '', written = '']) => {
    const text = fromXml(written)
    const size = SIZES[look] ?? 13
    const width = widthOf(text, size) * 0.9
    const before = { start: 0, middle: width / 2, end: width }[anchor] ?? 0
    const left = Number(x) - before
    return { text, left, right: left + width, top: Number(y) - size * 0.8, bottom: Number(y) + 3 }
  })

export function collisionsIn(picture: string): string[] {
  const boxes = boxesOf(picture).filter(({ text }) => text.trim() !== '')
  return boxes.flatMap((one, index) =>
    boxes
      .slice(index + 1)
      .filter((other) => one.left < other.right && other.left < one.right)
      .filter((other) => one.top < other.bottom && other.top < one.bottom)
      .map((other) => `${one.text} / ${other.text}`),
  )
}

/** Tags that are not closed, numbers that are none, bars beyond the sheet, controls. */
export function faultsIn(picture: string): string[] {
  const faults: string[] = []
  const open: string[] = []
  for (const [tag, slash, name = '', rest = ''] of picture.matchAll(/<(\/?)([a-z]+)([^<>]*)>/gi)) {
    if (slash) {
      if (open.pop() !== name) faults.push(`not opened: ${tag}`)
    } else if (!rest.endsWith('/')) open.push(name)
    if (/NaN|Infinity|undefined|e[-+]\d/.test(name === 'title' ? '' : rest)) faults.push(tag)
    if (name === 'rect') faults.push(...beyond(tag))
  }
  if (open.length > 0) faults.push(`not closed: ${open}`)
  if (/(?!\n)\p{Cc}|\p{Cs}|&(?!#\d+;)/u.test(picture)) faults.push('a sign that XML cannot hold')
  return faults
}

function beyond(rect: string): string[] {
  const [x = 0, width = 0] = ['x', 'width'].map((key) =>
    Number(new RegExp(` ${key}="([^"]+)"`).exec(rect)?.[1]),
  )
  return x >= 0 && width > 0 && x + width <= SHEET.width ? [] : [rect]
}
