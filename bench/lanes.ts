// Reads one at a time and many in flight, each candidate in turn: in multiples of the first one's.

export const VISITORS = 16
const ROUNDS = 80
const WARM_UP = 20
const ONE_BY_ONE = 50
const IN_FLIGHT = 400

/** One way to read a session; `visitor` says whose. */
export interface Candidate {
  readonly name: string
  readonly goals?: readonly [oneByOne: number, inFlight: number]
  read(visitor: number): Promise<unknown>
}

export interface Figure {
  readonly name: string
  readonly goals: Candidate['goals']
  /** Microseconds of one read, and multiples of the first one's of the same round, by lane count. */
  readonly micros: readonly number[]
  readonly ratios: readonly number[]
}

/**
 * Short samples in turn, in another order each round: what a candidate leaves behind, garbage and warm
 * caches, falls on each of the others as often.
 */
export async function measure(candidates: readonly Candidate[]): Promise<Figure[]> {
  const lanes = [
    { width: 1, reads: ONE_BY_ONE },
    { width: VISITORS, reads: IN_FLIGHT },
  ]
  const samples = candidates.map(() => lanes.map((): number[] => []))
  for (const [place, { width, reads }] of lanes.entries()) {
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const at of shuffled(candidates.length)) {
        globalThis.gc?.({ type: 'minor' })
        const micros = await sample(candidates[at] as Candidate, width, reads)
        if (round >= 0) samples[at]?.[place]?.push(micros)
      }
    }
  }
  return candidates.map(({ name, goals }, at) => ({
    name,
    goals,
    micros: lanes.map((_, place) => median(samples[at]?.[place] ?? [])),
    ratios: lanes.map((_, place) => {
      const [firsts = [], own = []] = [samples[0]?.[place], samples[at]?.[place]]
      return median(own.map((micros, round) => micros / (firsts[round] ?? Number.NaN)))
    }),
  }))
}

async function sample({ read }: Candidate, width: number, reads: number): Promise<number> {
  const start = performance.now()
  let begun = 0
  const lane = async () => {
    while (begun < reads) await read(begun++ % VISITORS)
  }
  await Promise.all(Array.from({ length: width }, lane))
  return ((performance.now() - start) * 1000) / reads
}

/** The numbers below `count` in any order. */
const shuffled = (count: number): number[] =>
  Array.from({ length: count }, (_, at) => ({ at, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ at }) => at)

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function table(client: string, figures: readonly Figure[]): string {
  const cell = (ratio: number | undefined, goal: number | undefined) => {
    const text = `×${ratio?.toFixed(2)}`
    if (goal === undefined || ratio === undefined) return text
    return `${text} (${ratio <= goal ? '≤' : '> !'} ${goal})`
  }
  const rows = figures.map(({ name, goals, micros, ratios }) => [
    name,
    `${micros[0]?.toFixed(1)} µs ${cell(ratios[0], goals?.[0])}`,
    `${micros[1]?.toFixed(1)} µs ${cell(ratios[1], goals?.[1])}`,
    Math.round(1e6 / (micros[1] ?? Number.NaN)).toLocaleString('en'),
  ])
  const head = [client, 'one at a time', '16 in flight', 'reads per second, 16 in flight']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
