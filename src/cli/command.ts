// What a command is: the contract between the table of commands and each of them.

/** 0: good. 1: the cookie is refused or has ended, or the policy is laxer. 2: the command was not understood. */
export type ExitCode = 0 | 1 | 2

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
  readonly name: string
  /** The one argument, `COOKIE` or `JSON`; null where there is none. */
  readonly argument: string | null
  readonly summary: string
  /** More than the summary, for `--help`. */
  readonly details: string
  readonly options: { readonly [name: string]: OptionSpec }
  /** @throws UsageError, or a SessionError for what the library refuses. */
  run(argument: string, given: Given, world: World): Outcome
}

/** What was typed cannot be done. The message never repeats a value, which might be a secret. */
export class UsageError extends Error {}

export const good = (out: string): Outcome => ({ code: 0, out, problem: '' })
export const refused = (out: string): Outcome => ({ code: 1, out, problem: '' })
