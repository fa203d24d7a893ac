// Closes a run plainly: why each test was skipped, and one line of counts at the very end.
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node'
import { requireAll } from './needs.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

export class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts: Counts = { passed: 0, failed: errors.length, skipped: 0 }
    const lines: string[] = []
    for (const module of modules) {
      const reasons = count(module, counts)
      for (const [reason, tests] of reasons) {
        lines.push(`skipped ${tests} in ${module.relativeModuleId}: ${reason}`)
      }
    }
    if (requireAll() && counts.skipped > 0) {
      lines.push('SOJOURN_REQUIRE_ALL is set, so a skipped test is a failure')
      process.exitCode = 1
    }
    const { passed, failed, skipped } = counts
    lines.push(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
    // At the exit, since other reporters and the coverage go on writing until then.
    process.once('exit', () => process.stdout.write(`${lines.join('\n')}\n`))
  }
}

/** Adds a file's results to the counts; answers the reasons of what was skipped. */
function count(module: TestModule, counts: Counts): Map<string, number> {
  const reasons = new Map<string, number>()
  counts.failed += module.errors().length
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed' || state === 'failed') counts[state]++
    else {
      const reason = reasonOf(test)
      counts.skipped++
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
  }
  return reasons
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  if (result.state === 'skipped' && result.note) return result.note
  let parent: TestCase | TestSuite | TestModule = test
  while (parent.type !== 'module') {
    const { skipReason } = parent.meta()
    if (skipReason !== undefined) return skipReason
    parent = parent.parent
  }
  return `no reason is given for '${test.fullName}'`
}
