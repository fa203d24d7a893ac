// The figures as a table.
import type { Figure } from './measure.ts'
import type { Action } from './plumbing.ts'

const TITLES: readonly (readonly [Action, string])[] = [
  ['read', 'read'],
  ['write', 'read + write'],
  ['new', 'new session'],
  ['untouched', 'untouched'],
]

/** Rows are candidates, columns what they do: CPU µs and multiples of the limit. */
export function toTable(figures: readonly Figure[]): string {
  const names = [...new Set(figures.map((figure) => figure.name))]
  const header = ['', ...TITLES.map(([, title]) => title)]
  const rows = names.map((name) => [
    name,
    ...TITLES.map(([action]) =>
      toCell(figures.find((figure) => figure.name === name && figure.action === action)),
    ),
  ])
  return align([header, ...rows])
}

function toCell(figure: Figure | undefined): string {
  if (figure === undefined) return '–'
  const { micros, ratio, goal, beside } = figure
  const other = beside === null ? '' : `  ×${beside.toFixed(2)} of it`
  const multiple = `${micros.toFixed(1)} µs  ×${ratio.toFixed(ratio < 10 ? 2 : 0)}${other}`
  return goal === null ? multiple : `${multiple}  ${isMet(figure) ? '≤' : '> !'} ${goal}`
}

export const isMet = ({ ratio, beside, goal }: Figure): boolean =>
  goal === null || (beside ?? ratio) <= goal

/** One line that sums up: how many goals are met, and which are not. */
export function summarize(figures: readonly Figure[]): string {
  const withGoal = figures.filter(({ goal }) => goal !== null)
  const missed = withGoal.filter((figure) => !isMet(figure))
  const list = missed.map(
    ({ name, action, ratio, beside, goal }) =>
      `${name}, ${action}: ×${(beside ?? ratio).toFixed(2)}, goal ${goal}`,
  )
  const met = `${withGoal.length - missed.length} of ${withGoal.length} goals met.`
  return [met, ...list].join('\n  missed: ')
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n')
}
