// What a session weighs in memory, and for how long a process stands still while half of its sessions
// expire; each figure in a fresh process. By itself:
// node --expose-gc --conditions=source bench/memory.ts [--quick]
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import type { MemoryFigure } from './memory-child.ts'

const CHILD = fileURLToPath(new URL('memory-child.ts', import.meta.url))
const [FEW, MANY] = [100_000, 1_000_000]
/** Neighbours on the machine only lengthen a pause: the median of some runs, and the least of them. */
const RUNS = 5
const GOALS = { bytes: 420, pause: 5 }

const CANDIDATES = [
  { name: 'map', title: 'Map of ids to JSON texts', isOurs: false },
  { name: 'express', title: 'express-session MemoryStore', isOurs: false },
  { name: 'sojourn', title: 'Sojourn, nobody logged in', isOurs: true },
  { name: 'subjects', title: 'Sojourn, each of a subject', isOurs: true },
] as const

/** One candidate's figures. */
interface Weighed {
  readonly few: number
  readonly many: number | null
  readonly quiet: number
  readonly pauses: readonly number[]
  readonly took: number | null
}

/** @param isQuick leaves the million out: half of 100 000 sessions expire, once. */
export async function measureMemory(isQuick = false): Promise<string> {
  const all: Weighed[] = []
  for (const { name } of CANDIDATES) all.push(await weigh(name, isQuick))
  const floor = all[0]
  const rows = CANDIDATES.map(({ title, isOurs }, at) => {
    const { few, many, quiet, pauses, took } = all[at] as Weighed
    const goal = (goal: keyof typeof GOALS, value: number) =>
      isOurs ? `  ${value <= GOALS[goal] ? '≤' : '> !'} ${GOALS[goal]}` : ''
    const [least, median] = [Math.min(...pauses), medianOf(pauses)]
    return [
      title,
      `${few.toFixed(0)} B  ×${(few / (floor?.few ?? 1)).toFixed(2)}${goal('bytes', few)}`,
      many === null ? '' : `${many.toFixed(0)} B  ×${(many / (floor?.many ?? 1)).toFixed(2)}`,
      took === null ? '–' : `${median.toFixed(1)} ms${goal('pause', median)}`,
      took === null ? '–' : `${least.toFixed(1)} ms`,
      took === null ? '–' : `${quiet.toFixed(1)} ms`,
      took === null ? '–' : `${took.toFixed(0)} ms`,
    ]
  })
  const header = [
    '',
    `bytes of ${FEW}`,
    `of ${MANY}`,
    'longest pause',
    'least of runs',
    'at rest',
    'all of it',
  ]
  return `Bytes per session of 188 bytes of JSON after garbage collection, without its id, and multiples of
the first row. Then half of ${isQuick ? FEW : MANY} sessions expire; "at rest" is the longest pause
of a second without any work, which is the machine's own. Node ${process.version}.

${align([header, ...rows])}`
}

async function weigh(name: string, isQuick: boolean): Promise<Weighed> {
  const few = await run(name, FEW)
  const runs = isQuick ? [few] : []
  while (!isQuick && runs.length < (few.pause === null ? 1 : RUNS)) runs.push(await run(name, MANY))
  return {
    few: few.bytes,
    many: isQuick ? null : medianOf(runs.map(({ bytes }) => bytes)),
    quiet: medianOf(runs.map(({ quiet }) => quiet)),
    pauses: runs.map(({ pause }) => pause ?? 0),
    took: few.took === null ? null : medianOf(runs.map(({ took }) => took ?? 0)),
  }
}

async function run(name: string, count: number): Promise<MemoryFigure> {
  const flags = new Set(['--expose-gc', ...process.execArgv])
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    CHILD,
    ...['--name', name, '--count', String(count)],
  ])
  return JSON.parse(stdout)
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  return sorted[sorted.length >> 1] ?? 0
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
  console.log(await measureMemory(values.quick))
}
