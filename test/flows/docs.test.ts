// What people read must be true: each ts block type-checks, those marked `run` run, and each console
// block is what the command answers.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, '.docs-test')
const CONFIG = {
  extends: '../tsconfig.json',
  compilerOptions: { moduleDetection: 'force', noUnusedLocals: false, noUnusedParameters: false },
  include: ['*.ts'],
}
/** Stands for npx, so that the command runs from its source. */
const NPX = `#!/bin/sh
shift
exec "${process.execPath}" --conditions=source "${ROOT}/src/cli/main.ts" "$@"
`
const MINUTE = 60_000

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const pagesIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))

const guides = ['README.md', ...pagesIn('docs')]
const pages = [...pagesIn('.'), ...pagesIn('docs'), ...pagesIn('docs/decisions')]

const blocksOf = (page: string, language: string) =>
  Array.from(
    read(page).matchAll(new RegExp(`^\`\`\`(${language})\\n([^]*?)^\`\`\`$`, 'gm')),
    (found, at) => ({
      page,
      title: `${page}, line ${found.input.slice(0, found.index).split('\n').length}`,
      file: join(FOLDER, `${basename(page, '.md')}-${at + 1}.ts`),
      language: found[1] ?? '',
      text: found[2] ?? '',
    }),
  )

const programs = guides.flatMap((page) => blocksOf(page, 'ts|ts run'))
const transcripts = guides.flatMap((page) => blocksOf(page, 'console'))
const running = [...programs.filter(({ language }) => language === 'ts run'), ...transcripts]

async function outputOf(program: string, args: string[], extra: NodeJS.ProcessEnv = {}) {
  const { SECRET_KEY, NODE_OPTIONS, NODE_ENV, ...inherited } = process.env
  const env = { ...inherited, ...extra }
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd: ROOT, env })
    return { failed: false, output: stdout }
  } catch (error) {
    const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string }
    return { failed: true, output: stdout + stderr }
  }
}

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER)
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(CONFIG))
  writeFileSync(join(FOLDER, 'npx'), NPX, { mode: 0o755 })
  for (const { file, text } of programs) writeFileSync(file, text)
})

describe('the pages', () => {
  test('open with the program of examples/ten-seconds.ts, to the letter', () => {
    expect(programs[0]?.text).toBe(read('examples/ten-seconds.ts'))
  })

  test.each(guides)('%s has an example that runs', (page) => {
    expect(running.some((block) => block.page === page)).toBe(true)
  })

  test.each(pages)('%s links to what exists', (page) => {
    const links = Array.from(read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, to = '']) => to)
    expect(links.filter((to) => !existsSync(join(ROOT, dirname(page), to)))).toEqual([])
  })

  test('show only code that type-checks', { timeout: 2 * MINUTE }, async () => {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { output } = await outputOf(process.execPath, [compiler, '-p', FOLDER])
    expect(output).toBe('')
  })
})

describe('the examples that run', () => {
  test.each(programs.filter(({ language }) => language === 'ts run'))(
    '$title',
    { timeout: MINUTE },
    async ({ file }) => {
      const env = { SECRET_KEY: 'a key for the examples only' }
      const { failed, output } = await outputOf(
        process.execPath,
        ['--conditions=source', file],
        env,
      )
      expect(failed ? output : '').toBe('')
    },
  )

  test.each(transcripts)('$title', { timeout: MINUTE }, async ({ text }) => {
    const commands = text.split('\n').filter((line) => line.startsWith('$ '))
    const shown = text.split('\n').filter((line) => !line.startsWith('$ '))
    const script = commands.map((line) => line.slice(2)).join('\n')
    const path = `${FOLDER}${delimiter}${process.env.PATH}`
    const { output } = await outputOf('/bin/sh', ['-c', script], { PATH: path })
    expect(output).toBe(shown.join('\n'))
  })
})
