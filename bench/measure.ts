// CPU time in short samples, every task in turn, the order rotated each round; ratios to the limit
// of the same round, then their median. Absolute figures of a shared machine say little.
import {
  type Action,
  type Answer,
  type Candidate,
  createLogin,
  exchange,
  exchangeLater,
  type Login,
  type Plumbing,
  toHeader,
  type Visit,
} from './plumbing.ts'

/** One candidate doing one thing, for all visitors in turn. */
export interface Task {
  readonly candidate: Candidate
  readonly action: Action
  readonly later: boolean
  readonly visit: Visit
  readonly headers: readonly (string | undefined)[]
  count: number
}

export interface Figure {
  readonly name: string
  readonly kind: Candidate['kind']
  readonly action: Action
  /** CPU microseconds of one visit, net of the plumbing. */
  readonly micros: number
  /** The same as a multiple of the limit. */
  readonly ratio: number
  /** Half of the rounds lie between these two. */
  readonly spread: readonly [number, number]
  readonly goal: number | null
  /** A multiple of another candidate's same action, which the goal is then about; null without one. */
  readonly beside: number | null
}

export interface MeasureOptions {
  readonly rounds: number
  readonly sampleMillis: number
}

const VISITORS = 16
const IN_FLIGHT = 16
const WARM_UP_ROUNDS = 12

export const logins: readonly Login[] = Array.from({ length: VISITORS }, (_, visitor) =>
  createLogin(visitor),
)

/** The tasks of a candidate, each checked first: it reads what it wrote. */
export async function createTasks(candidate: Candidate): Promise<Task[]> {
  const headers = await Promise.all(logins.map((login) => headerOf(candidate, login)))
  if (candidate.visits.write) await check(candidate, headers)
  return (Object.entries(candidate.visits) as [Action, Visit][]).map(([action, visit]) => ({
    candidate,
    action,
    visit,
    headers: action === 'new' ? headers.map(() => undefined) : headers,
    later: candidate.plumbing === 'http-async',
    count: 1,
  }))
}

async function headerOf(candidate: Candidate, login: Login): Promise<string> {
  if (candidate.header) return candidate.header(login)
  const answer = await candidate.visits.new?.(undefined, login)
  return toHeader(answer?.setCookie)
}

async function check(candidate: Candidate, headers: readonly string[]): Promise<void> {
  const { read, write, untouched } = candidate.visits
  for (const [visitor, header] of headers.entries()) {
    const login = logins[visitor] as Login
    const visit = async (kind: Visit | undefined, cookie: string): Promise<Answer | undefined> =>
      kind?.(cookie, login)
    const before = await visit(read, header)
    const written = await visit(write, header)
    const after = await visit(read, toHeader(written?.setCookie) || header)
    expect(candidate, 'read', before?.views, login.views)
    expect(candidate, 'write', after?.views, login.views + 1)
    expect(candidate, 'leave alone', (await visit(untouched, header))?.setCookie, undefined)
  }
}

function expect(candidate: Candidate, action: string, came: unknown, wanted: unknown): void {
  if (came === wanted) return
  throw new Error(`${candidate.name} does not ${action}: expected ${wanted}, got ${came}`)
}

/** The plumbing alone, in the same shape. */
const BARE: { readonly [plumbing in Plumbing]: Visit } = {
  none: () => ({ views: undefined, setCookie: undefined }),
  http: (header) => exchange(null, header, () => undefined),
  'http-async': (header) => exchangeLater(null, header, () => undefined),
}

export async function measure(
  limit: Candidate,
  candidates: readonly Candidate[],
  { rounds, sampleMillis }: MeasureOptions,
): Promise<Figure[]> {
  const bare = Object.entries(BARE).map(([plumbing, visit]) =>
    createBare(plumbing as Plumbing, visit),
  )
  const [reference] = await createTasks(limit)
  if (reference === undefined) throw new Error('there is no limit to measure by')
  const tasks = (await Promise.all(candidates.map(createTasks))).flat()
  const all = [reference, ...bare, ...tasks]
  await warmUp(all, sampleMillis)
  const samples = new Map<Task, number[]>(all.map((task) => [task, []]))
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < all.length; place++) {
      const task = all[(place + round) % all.length] as Task
      samples.get(task)?.push(await sample(task))
    }
  }
  const of = (task: Task | undefined) => (task && samples.get(task)) ?? []
  return [reference, ...tasks].map((task) => {
    const plumbing = of(
      bare.find(({ candidate }) => candidate.plumbing === task.candidate.plumbing),
    )
    const net = of(task).map((micros, round) => micros - (plumbing[round] ?? 0))
    const limits = of(reference).map((micros, round) => micros - (of(bare[0])[round] ?? 0))
    const { beside: name } = task.candidate
    const other = tasks.find(
      ({ candidate, action }) => candidate.name === name && action === task.action,
    )
    return toFigure(task, net, limits, other ? of(other) : null)
  })
}

function createBare(plumbing: Plumbing, visit: Visit): Task {
  const candidate: Candidate = { name: plumbing, kind: 'limit', plumbing, visits: { read: visit } }
  const headers = logins.map(() => `session=${'x'.repeat(286)}`)
  return { candidate, action: 'read', visit, headers, later: plumbing === 'http-async', count: 1 }
}

/** Lets the compiler settle, and finds how many visits fill a sample. */
async function warmUp(tasks: readonly Task[], sampleMillis: number): Promise<void> {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const task of tasks) {
      const micros = Math.max(await sample(task), 0.01)
      task.count = Math.max(IN_FLIGHT, Math.min(200_000, Math.ceil((sampleMillis * 1000) / micros)))
    }
  }
  globalThis.gc?.()
}

/** CPU microseconds of one visit: user and system, all threads of the process. */
async function sample(task: Task): Promise<number> {
  // What the task before left behind is not this one's to clean up.
  globalThis.gc?.({ type: 'minor' })
  const before = process.cpuUsage()
  if (task.later) await runLater(task)
  else run(task)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / task.count
}

/** Keeps the answers from being optimised away. */
let last: unknown

function run({ visit, headers, count }: Task): void {
  for (let at = 0; at < count; at++) {
    const visitor = at % VISITORS
    last = visit(headers[visitor], logins[visitor] as Login)
  }
}

async function runLater({ visit, headers, count }: Task): Promise<void> {
  let started = 0
  const lane = async () => {
    while (started < count) {
      const visitor = started++ % VISITORS
      last = await visit(headers[visitor], logins[visitor] as Login)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}

export const lastAnswer = (): unknown => last

function toFigure(
  task: Task,
  net: readonly number[],
  limits: readonly number[],
  other: readonly number[] | null,
): Figure {
  const ratios = net.map((micros, round) => micros / (limits[round] ?? Number.NaN))
  const besides = other && net.map((micros, round) => micros / (other[round] ?? Number.NaN))
  const { candidate, action } = task
  return {
    name: candidate.name,
    kind: candidate.kind,
    action,
    micros: quantile(net, 0.5),
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    goal: candidate.goals?.[action] ?? null,
    beside: besides && quantile(besides, 0.5),
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.filter(Number.isFinite).sort((one, other) => one - other)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
