// What the signs of the picture mean: only those that it shows.
import type { Part } from './draw-part.ts'
import { canIdleOut, findLimit, type Kind } from './facts.ts'
import { ALLOWED, bar, dot, LOCKED, SHEET, strip, widthOf, write } from './svg.ts'

type Sign = readonly [draw: (x: number, y: number) => string, said: string]

export function drawLegend({ limits }: Kind, hasGrace: boolean, top: number): Part {
  const idle = canIdleOut(limits) ? findLimit(limits, 'idle') : null
  const signs: Sign[] = [[(x, y) => dot(x + 9, y, 'dot'), 'activity']]
  if (idle !== null && idle.allowance > 0) {
    signs.push([(x, y) => dot(x + 9, y, 'hollow'), 'activity that the throttle left unwritten'])
    signs.push([(x, y) => strip(x, x + 18, y - 7, ALLOWED, 'outline'), 'the allowance for it'])
  }
  if (idle?.locks) {
    signs.push([(x, y) => strip(x, x + 18, y - 7, LOCKED, 'outline'), 'locked'])
  }
  if (hasGrace) signs.push([(x, y) => bar(x, x + 18, y - 4, 'grace', 7), 'grace of the old id'])
  const { lines, y } = place(signs, top + 14)
  const note =
    'To scale within each part. Activity is an example; what would be too thin to be seen is drawn wider.'
  return { lines: [...lines, write(SHEET.margin, y + 24, note, 'note')], bottom: y + 46 }
}

/** One after the other, on a new line where there is no room. */
function place(signs: readonly Sign[], top: number): { lines: string[]; y: number } {
  let x: number = SHEET.margin
  let y = top
  const lines = signs.flatMap(([draw, said]) => {
    const width = 26 + widthOf(said, 12)
    if (x + width > SHEET.right) {
      x = SHEET.margin
      y += 22
    }
    const placed = [draw(x, y), write(x + 26, y + 4, said, 'note')]
    x += width + 14
    return placed
  })
  return { lines, y }
}
