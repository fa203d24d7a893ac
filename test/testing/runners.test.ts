// The helpers belong to no test runner: the four lines also run where only Node is.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the four lines run under node:test', { timeout: 60_000 }, async () => {
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--conditions=source',
      '--test',
      '--test-reporter=tap',
      join(import.meta.dirname, 'node-test.ts'),
    ],
    { env },
  )
  expect(stdout).toMatch(/^# pass 1$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
})
