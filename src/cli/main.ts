#!/usr/bin/env node
// The process around the command: arguments, environment, files and standard input come from here.
import { readFileSync } from 'node:fs'
import { run } from './commands.ts'

const { code, out, problem } = run(process.argv.slice(2), {
  env: process.env,
  now: () => Date.now() / 1000,
  readFile: (path) => readFileSync(path),
  readInput: () => readFileSync(0, 'utf8'),
})
if (out !== '') process.stdout.write(`${out}\n`)
if (problem !== '') process.stderr.write(`${problem}\n`)
process.exitCode = code
