// The policy of a program: its module is imported in a process of its own, so that whatever else it
// does (listen, connect, print) neither mixes with the answer nor keeps the command waiting.
import { spawnSync } from 'node:child_process'
import { extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { PolicyFacts } from '../core/roles.ts'
import { UsageError, type World } from './command.ts'
import { toSafe } from './readable.ts'

/** What the other process writes to its descriptor 3. */
export type ModuleAnswer =
  | { readonly facts: PolicyFacts }
  | { readonly fault: 'module' | 'sessions' | 'policy'; readonly said: string }

/** Milliseconds; a module that waits for something else than itself is not waited for longer. */
const PATIENCE = 30_000

export const isModule = (path: string): boolean => /\.[cm]?[jt]s$/.test(path)

/** @throws UsageError where the module cannot be imported, or exports no sessions. */
export function importPolicy(path: string, world: World): PolicyFacts {
  const answer = ask(path, world)
  if (answer === null) {
    throw new UsageError(
      'The module did not finish: export `sessions` from a module that only makes them, and name that one.',
    )
  }
  if ('facts' in answer) return answer.facts
  throw new UsageError(SENTENCES[answer.fault](toSafe(answer.said)))
}

const SENTENCES = {
  module: (said: string) => `The module cannot be imported: ${said}`,
  sessions: () =>
    'The module exports no sessions: write `export const sessions = createSessions({ … })`.',
  policy: (said: string) => `The policy of the module cannot be read: ${said}`,
} as const

function ask(path: string, { env }: World): ModuleAnswer | null {
  // Beside this file, in the sources as in what is built of them.
  const reader = new URL(`./policy-reader${extname(import.meta.url)}`, import.meta.url)
  const { output } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(reader), pathToFileURL(resolve(path)).href],
    {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    },
  )
  const text = output?.[3]?.toString() ?? ''
  return text === '' ? null : (JSON.parse(text) as ModuleAnswer)
}
