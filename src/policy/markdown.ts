// The little Markdown that a page needs. Names from elsewhere stay names: no markup, no new cell.
import { toName } from './words.ts'

export const toTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

export const toList = (items: readonly string[]): string =>
  items.map((item) => `- ${item}`).join('\n')

/** A name as code. Also within code a bar would end the cell of a table. */
export function toCode(text: string): string {
  const name = toName(text).replaceAll('|', '\\|')
  const longest = Math.max(0, ...Array.from(name.matchAll(/`+/g), ([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return longest > 0 || name.trim() === '' ? `${fence} ${name} ${fence}` : `${fence}${name}${fence}`
}

/** A sentence as it is, whatever names it holds. */
export const toText = (text: string): string => toName(text).replace(/[\\`*_[\]<>|&~#!]/g, '\\$&')
