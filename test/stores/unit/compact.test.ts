// What a session weighs in the memory store. Bytes only: pauses are for the benchmark.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ROOT } from '../../support/needs.ts'

const CHILD = join(ROOT, 'bench/memory-child.ts')

test('a session of 188 bytes takes at most 420', { timeout: 60_000 }, async () => {
  const { NODE_OPTIONS, ...env } = process.env
  const flags = ['--expose-gc', '--conditions=source']
  const args = [...flags, CHILD, '--name', 'subjects', '--count', '50000']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  expect(JSON.parse(stdout).bytes).toBeLessThanOrEqual(420)
})
