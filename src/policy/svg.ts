// Elements of a picture as text: escaped, in classes of our own, on a sheet that is light or dark.
import { toName } from './words.ts'

type Attributes = Readonly<Record<string, string | number>>

/** The sheet: labels on the left, time from left to right. */
export const SHEET = { width: 860, margin: 28, left: 212, right: 828 } as const

/** Numbers are rounded to a tenth, text is escaped, and what is empty is left out. */
export function tag(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? toTenth(value) : toXml(value)}"`)
    .join('')
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`
}

const toTenth = (value: number): number => Math.round(value * 10) / 10

export const toXml = (text: string): string =>
  toName(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

export type Anchor = 'start' | 'middle' | 'end'

/** Text at a point; `end` and `middle` say which part of it stands there. */
export function write(x: number, y: number, text: string, look = '', anchor: Anchor = 'start') {
  const anchored = anchor === 'start' ? '' : anchor
  return tag('text', { x, y, 'text-anchor': anchored, class: look }, toXml(text))
}

/** A bar from one point to another, at least a pixel wide. */
export const bar = (from: number, to: number, y: number, look: string, height = 14): string =>
  tag('rect', { x: from, y, width: Math.max(1, to - from), height, rx: 2, class: look })

export const dot = (x: number, y: number, look: string): string =>
  tag('circle', { cx: x, cy: y, r: 4.5, class: look })

export const line = (look: string, path: string): string => tag('path', { class: look, d: path })

/** How wide a text may run at most, in pixels: fonts differ, so this is on the long side. */
export const widthOf = (text: string, size: number): number =>
  Array.from(text, emOf).reduce((total, em) => total + em * size, 0)

function emOf(sign: string): number {
  if (/[\u0020-\u007f]/.test(sign)) return /[mwA-Z@%]/.test(sign) ? 1.05 : 0.6
  return /[\u00a0-\u04ff\u2018-\u2026]/.test(sign) ? 0.8 : 1.15
}

/** The text, or as much of its beginning as is no wider. */
export function shorten(text: string, size: number, width: number): string {
  const name = toName(text)
  if (widthOf(name, size) <= width) return name
  const signs = Array.from(name)
  while (signs.length > 0 && widthOf(`${signs.join('')}…`, size) > width) signs.pop()
  return `${signs.join('')}…`
}

const LIGHT = `.sheet{fill:#fff;stroke:#d0d7de}
text{fill:#1f2328}
.note,.tick{fill:#59636e}
.axis,.grid{stroke:#afb8c1}
.idle{fill:#1a7f37}
.absolute{fill:#0969da}
.renewal{fill:#8250df}
.warning{fill:#d4a72c}
.open{fill:#dde3ea}
.dot{fill:#1f2328;stroke:#1f2328}
.hollow{fill:#fff;stroke:#1f2328}
.end{stroke:#cf222e}
.ended{fill:#cf222e}
.lock{stroke:#9a6700}
.locked{fill:#9a6700}
.stripe{stroke:#1a7f37}
.outline{stroke:#afb8c1}
.grace{fill:#cbb2f0}
.cut{stroke:#fff}
.bars{stroke:#bf8700}`
const DARK = `.sheet{fill:#0d1117;stroke:#30363d}
text{fill:#e6edf3}
.note,.tick{fill:#9198a1}
.axis,.grid{stroke:#484f58}
.idle{fill:#2ea043}
.absolute{fill:#388bfd}
.renewal{fill:#a371f7}
.warning{fill:#d29922}
.open{fill:#2b323b}
.dot{fill:#e6edf3;stroke:#e6edf3}
.hollow{fill:#0d1117;stroke:#e6edf3}
.end{stroke:#f85149}
.ended{fill:#f85149}
.lock{stroke:#d29922}
.locked{fill:#d29922}
.stripe{stroke:#3fb950}
.outline{stroke:#484f58}
.grace{fill:#553a86}
.cut{stroke:#0d1117}
.bars{stroke:#d29922}`
const SHAPES = `text{font:13px system-ui,sans-serif}
.title{font-size:19px;font-weight:600}
.part{font-size:15px;font-weight:600}
.name{font-weight:600}
.note,.tick{font-size:12px}
.ended,.locked{font-size:12px;font-weight:600}
.axis,.grid,.end,.lock,.stripe,.bars{fill:none}
.grid{stroke-dasharray:2 4}
.outline{fill:none}
.cut{fill:none;stroke-width:8}
.end,.lock{stroke-width:2.5}
.stripe,.bars{stroke-width:2.5}
.dot,.hollow{stroke-width:1.5}`

/** Each rule under the picture's own class, so that on a page it changes nothing else. */
const scope = (rules: string): string =>
  rules.replace(/^.+\{/gm, (selectors) =>
    selectors.replace(/[^,{]+/g, (selector) => `.sojourn-life ${selector}`),
  )

const STYLE = `${scope(SHAPES)}
${scope(LIGHT)}
@media (prefers-color-scheme:dark){
${scope(DARK)}
}`

const hatch = (id: string, look: string): string =>
  tag(
    'pattern',
    { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    line(look, 'M3 0V6'),
  )

/** What a strip is filled with by `fill="url(#…)"`. */
export const ALLOWED = 'sojourn-allowance'
export const LOCKED = 'sojourn-lock'

/** A strip with oblique lines. */
export const strip = (from: number, to: number, y: number, id: string, look: string): string =>
  bar(from, to, y, 'open') +
  tag('rect', { x: from, y, width: Math.max(1, to - from), height: 14, fill: `url(#${id})` }) +
  tag('rect', { x: from, y, width: Math.max(1, to - from), height: 14, class: look, rx: 2 })

/** The whole picture. Title and description are read aloud in its place. */
export function toPicture(title: string, said: string, height: number, lines: readonly string[]) {
  const id = `sojourn-${hash(title + said)}`
  const { width } = SHEET
  const sheet = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 12, class: 'sheet' }
  const head = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    class: 'sojourn-life',
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-text`,
  }
  const content = [
    tag('title', { id: `${id}-title` }, toXml(title)),
    tag('desc', { id: `${id}-text` }, toXml(said)),
    tag('style', {}, STYLE),
    tag('defs', {}, hatch(ALLOWED, 'stripe') + hatch(LOCKED, 'bars')),
    tag('rect', sheet),
    ...lines,
  ]
  return tag('svg', head, `\n${content.join('\n')}\n`)
}

/** Two pictures on one page must not share ids. */
const hash = (text: string): string =>
  Array.from(text)
    .reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0, 7)
    .toString(36)
