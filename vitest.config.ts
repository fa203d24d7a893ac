// Two kinds of tests: `unit` needs nothing but Node; `servers` starts Flask, databases
// and a browser.
import { defineConfig } from 'vitest/config'
import { ClosingReporter } from './test/support/closing-reporter.ts'

const UNIT =
  '{core,formats,adapters,flask,cli,types,vectors,flows,runtime,testing,policy,standards}'

// Imports by the package's own names (`sojourn/flask`, `#runtime`) lead to the sources.
const conditions = ['source', 'node']
const sources = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  ...sources,
  test: {
    reporters: ['default', new ClosingReporter()],
    coverage: {
      provider: 'v8',
      include: ['src/core/**', 'src/formats/**'],
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      {
        ...sources,
        test: {
          name: 'unit',
          include: [`test/${UNIT}/**/*.test.ts`, 'test/stores/unit/**/*.test.ts'],
        },
      },
      {
        ...sources,
        test: {
          name: 'servers',
          include: ['test/{interop,browser}/**/*.test.ts', 'test/stores/servers/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
