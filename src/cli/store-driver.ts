// Drivers: the first of some that is installed, and answers that come in time or not at all.
import { UsageError } from './command.ts'

export type Module = Readonly<Record<string, unknown>>
export type Load = (name: string) => Promise<unknown>

export interface Driver {
  readonly name: string
  readonly module: Module
}

/** @throws UsageError where none of them is installed. */
export async function firstOf(names: readonly string[], load: Load): Promise<Driver> {
  for (const name of names) {
    const module = await loadIf(name, load)
    if (module !== null) return { name, module }
  }
  const [first, ...others] = names.filter((name) => !name.startsWith('node:'))
  throw new UsageError(
    `This store needs a driver: npm install ${first}${others.length === 0 ? '' : ` (or ${others.join(', ')})`}.`,
  )
}

const MISSING = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNKNOWN_BUILTIN_MODULE']

async function loadIf(name: string, load: Load): Promise<Module | null> {
  try {
    const module = (await load(name)) as Module
    // A CommonJS driver stands under `default`, and its names may not stand beside it.
    return { ...(module.default as Module | undefined), ...module }
  } catch (error) {
    if (MISSING.includes(String((error as { code?: unknown }).code))) return null
    throw error
  }
}

/** Milliseconds. An operator waits longer than a visitor. */
export const CONNECT_TIMEOUT = 5_000
export const ANSWER_TIMEOUT = 10_000

/** What comes in so many milliseconds. @throws Error with the code ETIMEDOUT */
export async function inTime<Result>(coming: Promise<Result>, most: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error('too late'), { code: 'ETIMEDOUT' })
    timer = setTimeout(() => reject(error), most)
  })
  try {
    return await Promise.race([coming, late])
  } finally {
    clearTimeout(timer)
  }
}
