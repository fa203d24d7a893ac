// Runs a command as a function, in a world of the test's own.

import type { Outcome, World } from '../../src/cli/command.ts'
import { run } from '../../src/cli/commands.ts'
import { openStore } from '../../src/cli/open-store.ts'
import type { FullStore } from '../../src/index.ts'

export const SECRET = 'dev-secret'
export const NOW = 1_700_000_000
/** `{"a":1}` by Flask, at NOW, with SECRET. */
export const FLASK_COOKIE = 'eyJhIjoxfQ.ZVPxAA.TE-YsgGFCpwCffY7vO3X6YOKBN0'
export const COMPRESSED_COOKIE = '.eJyrVkpUslKqwAKUagGcwQt8.ZVPxAA.-R3Ks7_HSpzkZGQ-K6-zIvSiIug'

export interface Scene {
  readonly env?: Record<string, string>
  readonly now?: number
  readonly files?: Record<string, string>
  readonly input?: string
  /** What every place leads to; without it the real one is opened. */
  readonly store?: FullStore
}

const worldOf = ({ env = {}, now = NOW, files = {}, input, store }: Scene): World => ({
  env,
  now: () => now,
  readFile: (path) => {
    const text = files[path]
    if (text === undefined) throw new Error(`no file ${path}`)
    return Buffer.from(text)
  },
  readInput: () => {
    if (input === undefined) throw new Error('no input')
    return input
  },
  write: async () => {},
  openStore: async (place) => (store ? { store, close: async () => {} } : openStore(place)),
})

export function runCommand(args: readonly string[], scene: Scene = {}): Outcome {
  const outcome = run(args, worldOf(scene))
  if (outcome instanceof Promise) throw new Error('this command answers later: runLater')
  return outcome
}

/** What a command on a store answers, and what it wrote before. */
export async function runLater(
  args: readonly string[],
  scene: Scene = {},
): Promise<Outcome & { readonly written: string }> {
  let written = ''
  const write = async (text: string) => {
    written += text
  }
  return { ...(await run(args, { ...worldOf(scene), write })), written }
}

/** An exit code and the JSON that came with it. */
export interface Answer {
  readonly code: number
  readonly [fact: string]: unknown
}

/** The same with the key at hand, and the JSON that it answers. */
export function ask(args: readonly string[], scene: Scene = {}): Answer {
  const outcome = runCommand([...args, '--json'], { env: { SECRET_KEY: SECRET }, ...scene })
  return { code: outcome.code, ...(JSON.parse(outcome.out || '{}') as Record<string, unknown>) }
}
