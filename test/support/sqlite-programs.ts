// Programs that work on a SQLite file, and are killed at it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ROOT } from './needs.ts'

export interface Running {
  readonly child: ChildProcess
  /** Fulfilled when the process has ended and all that it said is there. */
  readonly ended: Promise<unknown>
  /** What it has said, line by line; the last may be cut off. */
  lines(): string[]
  /** Fulfilled when it has said so many lines. */
  said(count: number): Promise<void>
}

export function run(program: string, ...args: string[]): Running {
  const file = join(ROOT, 'test/stores/programs', `${program}.ts`)
  const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const lines = () => output.split('\n').filter((line) => line !== '')
  const said = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (lines().length < count) return
        child.stdout.off('data', look).off('close', resolve)
        resolve()
      }
      child.stdout.on('data', look).once('close', resolve)
      look()
    })
  return { child, ended: once(child, 'close'), lines, said }
}

/** What SQLite itself says of a file: `ok`, or what is wrong with its pages and indexes. */
export function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path)
  const found = database.prepare('PRAGMA integrity_check').get()?.integrity_check
  database.close()
  return found
}
