// The tests that mutants are tried against: those of the core, in one project.
import { defineConfig } from 'vitest/config'

const conditions = ['source', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['test/{core,formats}/**/*.test.ts'] },
})
