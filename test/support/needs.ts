// What a test may need of the machine, where it is found, and what happens where it is not.
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

declare module 'vitest' {
  interface TaskMeta {
    /** Why a suite is skipped, for the last lines of a run. */
    skipReason?: string
  }
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A Python that can import Flask. */
export interface Python {
  readonly path: string
  readonly flask: string
  readonly gunicorn: boolean
}

const PROBE = `
import importlib.metadata as metadata
import importlib.util as util
import flask
print(metadata.version('flask'), util.find_spec('gunicorn') is not None)
`

/** SOJOURN_PYTHON, else the project's virtual environment, else the system's. */
export function findPython(): Python | null {
  const { SOJOURN_PYTHON } = process.env
  const candidates = SOJOURN_PYTHON
    ? [SOJOURN_PYTHON]
    : [join(ROOT, '.venv/bin/python'), 'python3', '/usr/bin/python3']
  for (const candidate of candidates) {
    const path = findProgram(candidate)
    const answer = path && run(path, ['-c', PROBE])
    if (!path || !answer) continue
    const [flask = '', gunicorn] = answer.trim().split(' ')
    return { path, flask, gunicorn: gunicorn === 'True' }
  }
  return null
}

/** SOJOURN_CHROMIUM, else the usual names. */
export function findChromium(): string | null {
  const { SOJOURN_CHROMIUM } = process.env
  const candidates = SOJOURN_CHROMIUM
    ? [SOJOURN_CHROMIUM]
    : ['/usr/bin/chromium', 'chromium', 'chromium-browser', 'google-chrome']
  return candidates.map(findProgram).find((path) => path !== null) ?? null
}

/** Whether a skip counts as a failure, as it does where everything has been installed. */
export const requireAll = (): boolean => process.env.SOJOURN_REQUIRE_ALL === '1'

/**
 * Options for a `describe` or `test` that needs something: skipped with the reason where it is
 * missing.
 *
 * @throws Error with the reason where SOJOURN_REQUIRE_ALL=1 says that nothing may be skipped.
 */
export function needs(found: unknown, reason: string) {
  if (found) return {}
  if (requireAll()) throw new Error(`SOJOURN_REQUIRE_ALL is set, but ${reason}`)
  return { skip: true, meta: { skipReason: reason } }
}

export const NO_FLASK = 'no Python with Flask was found (.venv, python3 or SOJOURN_PYTHON)'
export const NO_GUNICORN = 'no gunicorn was found beside Flask'
export const NO_CHROMIUM = 'no Chromium was found (chromium, google-chrome or SOJOURN_CHROMIUM)'

/** A program by its path, or by its name in PATH. */
export function findProgram(name: string): string | null {
  const places = isAbsolute(name)
    ? [name]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return places.find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function run(path: string, args: string[]): string | null {
  try {
    return execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null
  }
}
