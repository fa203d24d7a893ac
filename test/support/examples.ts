// The example programs, unchanged, run as their users run them; only their clock can be moved.
import { once } from 'node:events'
import { type Program, start } from './processes.ts'

export interface Example {
  readonly file: string
  readonly username: string
  readonly greeting: string
  /** Seconds. */
  readonly lifetime: number
  readonly permanent: boolean
}

const DAY = 86_400

export const EXAMPLES: readonly Example[] = [
  {
    file: 'ten-seconds',
    username: 'Bob',
    greeting: 'Session started for Bob with 10 seconds lifetime.',
    lifetime: 10,
    permanent: true,
  },
  {
    file: 'thirty-minutes',
    username: 'Alice',
    greeting: 'Session started for Alice with 30 minutes lifetime.',
    lifetime: 1_800,
    permanent: true,
  },
  {
    file: 'an-hour',
    username: 'Carol',
    greeting: 'Session started for Carol with an hour of lifetime.',
    lifetime: 3_600,
    permanent: true,
  },
  {
    file: 'seven-days',
    username: 'Dora',
    greeting: 'Dora is remembered for seven days.',
    lifetime: 7 * DAY,
    permanent: true,
  },
  {
    file: 'until-the-browser-closes',
    username: 'Eve',
    greeting: 'Session started for Eve until the browser closes.',
    lifetime: 31 * DAY,
    permanent: false,
  },
]

export interface RunningExample {
  readonly url: string
  /** Sets the program's clock so many seconds ahead of the system's. */
  shift(seconds: number): Promise<void>
  stop(): Promise<void>
}

export async function startExample(file: string): Promise<RunningExample> {
  const program = start({
    command: process.execPath,
    args: [
      '--conditions=source',
      '--import=./test/support/shifted-clock.ts',
      `examples/${file}.ts`,
    ],
    ipc: true,
  })
  const url = await addressOf(program)
  const shift = async (seconds: number) => {
    const shifted = once(program.child, 'message')
    program.child.send(seconds)
    await shifted
  }
  return { url, shift, stop: program.stop }
}

/** The address that a program prints when it listens. */
export async function addressOf(program: Program): Promise<string> {
  const [address] = await program.waitFor(/http:\/\/[\w.[\]:]+:\d+/).catch(async (error) => {
    await program.stop()
    throw error
  })
  return address
}
