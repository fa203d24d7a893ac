#!/usr/bin/env node
// The process around the command: arguments, environment, files, streams and stores come from here.
import { readFileSync } from 'node:fs'
import { UsageError } from './command.ts'
import { run } from './commands.ts'

const write = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const closed = () => reject(new UsageError('Nobody reads the output any more.'))
    process.stdout.write(text, (error) => (error ? closed() : resolve()))
  })
// Whoever reads may stop, as head does; a write then says so itself.
process.stdout.on('error', () => {})

const { code, out, problem } = await run(process.argv.slice(2), {
  env: process.env,
  now: () => Date.now() / 1000,
  readFile: (path) => readFileSync(path),
  readInput: () => readFileSync(0, 'utf8'),
  write,
  openStore: async (place) => (await import('./open-store.ts')).openStore(place),
})
if (out !== '') process.stdout.write(`${out}\n`)
if (problem !== '') process.stderr.write(`${problem}\n`)
process.exitCode = code
