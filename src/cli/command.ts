// What a command is: the contract between the table of commands and each of them.
import type { Awaitable } from '../core/store.ts'
import type { OpenStore, StorePlace } from './store-place.ts'

/**
 * 0: good. 1: the cookie is refused, the session is not there or has ended, or the policy is laxer.
 * 2: the command was not understood. 3: the store cannot be reached.
 */
export type ExitCode = 0 | 1 | 2 | 3

/** What a command says: `out` for the standard output, `problem` for the standard error. */
export interface Outcome {
  readonly code: ExitCode
  readonly out: string
  readonly problem: string
}

/** What a command knows of the world. */
export interface World {
  readonly env: { readonly [name: string]: string | undefined }
  /** Epoch seconds, fractions allowed. */
  readonly now: () => number
  readonly readFile: (path: string) => Uint8Array
  readonly readInput: () => string
  /** Writes to the standard output at once: what must be out before the command goes on. */
  readonly write: (text: string) => Promise<void>
  /** @throws UsageError where a driver is missing, UnreachableError where nothing answers. */
  readonly openStore: (place: StorePlace) => Promise<OpenStore>
}

/** Options as `parseArgs` takes them, and the words that help says about each. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  /** What stands for the value in help: `DURATION`. */
  readonly value?: string
  readonly help: string
}

/** The values that were given: text, switches, and lists where an option may be repeated. */
export interface Given {
  readonly [option: string]: string | boolean | readonly string[] | undefined
}

export interface Command {
  /** One word, or two: `sessions list`. */
  readonly name: string
  /** The one argument, `COOKIE`; `[SUBJECT]` where it may be left out; null where there is none. */
  readonly argument: string | null
  readonly summary: string
  /** More than the summary, for `--help`. */
  readonly details: string
  readonly options: { readonly [name: string]: OptionSpec }
  /** @throws UsageError, UnreachableError, or a SessionError for what the library refuses. */
  run(argument: string, given: Given, world: World): Awaitable<Outcome>
}

/** What was typed cannot be done. The message never repeats a value, which might be a secret. */
export class UsageError extends Error {}

/** A store does not answer. The message holds nothing of its URL, nor what its driver said. */
export class UnreachableError extends Error {}

export const good = (out: string): Outcome => ({ code: 0, out, problem: '' })
export const refused = (out: string): Outcome => ({ code: 1, out, problem: '' })
