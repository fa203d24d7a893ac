// Child processes for tests: started on a free port, waited for, stopped by pid.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { vi } from 'vitest'
import { ROOT } from './needs.ts'

export interface StartOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Opens a channel for `send`, to a child that is Node. */
  readonly ipc?: boolean
  /** A process group of its own, so that a signal reaches all of it, as Ctrl-C does. */
  readonly group?: boolean
}

/** A program that runs until it is stopped. */
export interface Program {
  readonly child: ChildProcess
  /** Everything it has written, both streams. */
  output(): string
  /** Waits until its output fits, and answers the match. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends a signal to it, or to its whole group. */
  signal(name: NodeJS.Signals): void
  /** Waits for its end: its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>
  /** Ends it, politely at first. */
  stop(): Promise<void>
}

const PATIENCE = { timeout: 20_000, interval: 20 }

/** Node's own folder first, so that what calls `node` gets the one that runs the tests. */
const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`

export function start({ command, args, env, ipc, group }: StartOptions): Program {
  const options: SpawnOptions = {
    cwd: ROOT,
    detached: group ?? false,
    env: { ...process.env, PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
  }
  const child = spawn(command, args, options)
  const exit = once(child, 'exit')
  exit.catch(() => {})
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = async () => {
    const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null]
    return code ?? signal
  }
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined || isOver(child)) return
    process.kill(group ? -child.pid : child.pid, name)
  }
  const waitFor = (pattern: RegExp) =>
    vi.waitFor(() => {
      const match = pattern.exec(output)
      if (match === null) throw new Error(`${command} has not said ${pattern}:\n${output}`)
      return match
    }, PATIENCE)
  const stop = async () => {
    signal('SIGTERM')
    const over = vi.waitUntil(() => isOver(child), { timeout: 5_000, interval: 20 })
    await over.catch(() => signal('SIGKILL'))
    await exit
  }
  return { child, output: () => output, waitFor, signal, ended, stop }
}

/** Waits until a server answers at all. */
export async function answers(url: string, program: Program): Promise<void> {
  await vi.waitFor(async () => {
    if (isOver(program.child)) throw new Error(`it ended before it answered:\n${program.output()}`)
    await (await fetch(url)).arrayBuffer()
  }, PATIENCE)
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

const isOver = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null
