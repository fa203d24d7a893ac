// Every response of the vector files: whole requests in a row against the Flask face.
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SessionError } from '../../src/core/errors.ts'
import { stateOf } from '../../src/core/session-data.ts'
import { permanentOf } from '../../src/core/session-state.ts'
import { isRefusal } from '../../src/core/token.ts'
import { currentRequest } from '../../src/flask/context.ts'
import { abort, Flask, flash, getFlashedMessages, session } from '../../src/flask/index.ts'
import { flask } from '../../src/formats/flask.ts'
import { type KeyText, toBytes, toKeys, vectorFiles } from './files.ts'
import { canonical, fieldsOf, fromTyped, objectToTyped, type Typed, toTyped } from './typed.ts'

type Operation = readonly [name: string, ...args: never[]]
type Result = Typed | { error: string }

interface Saved {
  readonly accessed: boolean
  readonly modified: boolean
  readonly permanent: boolean
  readonly session: Typed
}

interface Step {
  readonly now: number
  readonly cookie: string | null
  readonly ops: readonly Operation[]
  readonly results: readonly Result[]
  readonly status: number
  readonly setCookie: readonly string[]
  readonly vary: string | null
  readonly atSave: Saved | null
  readonly compressed?: boolean
}

interface ResponseCase {
  readonly id: string
  readonly secretKey: KeyText | null
  readonly fallbacks: readonly KeyText[]
  readonly config: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
}

const counts = { files: 0, responses: 0, steps: 0, operations: 0, compressed: 0 }

beforeEach(() => {
  // A view of the vectors fails on purpose, and some cookies are longer than browsers keep.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
})

for (const file of vectorFiles()) {
  counts.files++
  describe(file.name, () => {
    for (const vector of file.responses as readonly ResponseCase[]) {
      test(vector.id, () => tryCase(vector))
    }
  })
}

afterAll(() => {
  const { files, responses, steps, operations, compressed } = counts
  console.info(
    `vectors: ${files} file(s), ${responses} responses, ${steps} requests (${compressed} compressed), ${operations} operations`,
  )
})

async function tryCase(vector: ResponseCase): Promise<void> {
  counts.responses++
  let now = 0
  let operations: readonly Operation[] = []
  let results: Result[] = []
  let saved: Saved | null = null
  const app = new Flask({ clock: () => now })
  configure(app, vector)
  app.get('/', () => {
    for (const [name, ...args] of operations) results.push(operate(name, args))
    return 'ok'
  })
  app.afterRequest(() => {
    saved = lookAt()
  })
  for (const step of vector.steps) {
    counts.steps++
    now = step.now
    operations = step.ops
    results = []
    const response = await app.fetch(requestOf(step))
    const cut = step.ops.some(([name]) => name === 'fail' || name === 'abort')
    expect(cut ? [] : results).toEqual(step.results.map(canonicalResult))
    expect(response.status).toBe(step.status)
    expect(response.headers.get('vary')).toBe(step.vary)
    expect(saved).toEqual(
      step.atSave && { ...step.atSave, session: canonical(step.atSave.session) },
    )
    const lines = response.headers.getSetCookie()
    const compressed = [...lines, ...step.setCookie].some((line) => line.includes('=.'))
    if (compressed) counts.compressed++
    const comparable = (line: string) => (compressed ? decoded(line, vector) : line)
    expect(lines.map(comparable)).toEqual(step.setCookie.map(comparable))
  }
}

function configure(app: Flask, { secretKey, fallbacks, config }: ResponseCase): void {
  app.secretKey = secretKey && toBytes(secretKey)
  if (fallbacks.length > 0) app.config.secretKeyFallbacks = fallbacks.map(toBytes)
  app.config.sessionNestedChanges = false
  app.config.sessionCompress = 'flask'
  for (const [name, value] of Object.entries(config)) {
    const ours = name
      .toLowerCase()
      .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      .replace('Samesite', 'SameSite')
      .replace('Httponly', 'HttpOnly')
    const given = ours.endsWith('Lifetime') ? { seconds: value } : value
    Object.assign(app.config, { [ours]: given })
  }
}

const requestOf = ({ cookie }: Step): Request =>
  new Request('http://localhost/', cookie === null ? {} : { headers: { cookie } })

/** The session as it is about to be saved, without touching it; null where it never will be. */
function lookAt(): Saved | null {
  const state = stateOf(currentRequest('the test').session)
  if (!state.source.writable) return null
  const { record } = state.loaded ?? state.source.load(state.request.cookie ?? undefined, state.now)
  return {
    accessed: state.accessed,
    modified: state.modified,
    permanent: permanentOf(record, state.source.permanentKey),
    session: canonical(objectToTyped(record.fields)),
  }
}

function operate(name: string, args: readonly never[]): Result {
  counts.operations++
  try {
    const operation = OPERATIONS[name]
    if (operation === undefined) throw new TypeError(`the operation ${name} is not known`)
    return canonicalResult((operation(...args) ?? NOTHING) as Result)
  } catch (error) {
    if (error instanceof SessionError) return { error: error.code }
    throw error
  }
}

const NOTHING: Typed = { null: true }
const MISSING = { error: 'missing-key' }

const canonicalResult = (result: Result): Result => ('error' in result ? result : canonical(result))

/** A value that the session gave out, with its type as the session keeps it. */
function given(key: string, value: unknown): Typed {
  const { loaded } = stateOf(currentRequest('the test').session)
  const fields = loaded?.record.fields ?? new Map()
  const held = fields.has(key) && Object.is(fields.get(key), value)
  return held ? toTyped(fields, key) : toTyped([value], 0)
}

function take(key: string, ...fallback: null[]): Typed | undefined {
  const there = session.has(key)
  const before = session.get(key)
  const typed = there ? given(key, before) : undefined
  expect(session.pop(key, ...fallback)).toBe(there ? before : fallback[0])
  return typed
}

const OPERATIONS: Record<string, (...args: never[]) => unknown> = {
  get: (key: string) => given(key, session.get(key, null)),
  has: (key: string) => ({ bool: session.has(key) }),
  size: () => ({ int: String(session.size) }),
  keys: () => ({ list: [...session.keys()].toSorted().map((key): Typed => ({ str: key })) }),
  set: (key: string, value: Typed) => {
    session.set(key, fromTyped(value))
  },
  delete: (key: string) => (session.delete(key) ? NOTHING : MISSING),
  pop: (key: string) => take(key) ?? MISSING,
  popDefault: (key: string) => take(key, null) ?? NOTHING,
  setDefault: (key: string, value: Typed) => given(key, session.setDefault(key, fromTyped(value))),
  update: (values: Typed) => {
    session.update(Object.fromEntries(fieldsOf(values)))
  },
  clear: () => session.clear(),
  append: (key: string, value: Typed) => {
    ;(session.get(key) as unknown[]).push(fromTyped(value))
  },
  getPermanent: () => ({ bool: session.permanent }),
  setPermanent: (permanent: boolean) => {
    session.permanent = permanent
  },
  setModified: (modified: boolean) => {
    session.modified = modified
  },
  flash: (message: string, category: string) => flash(message, category),
  flashed: () => ({
    list: getFlashedMessages({ withCategories: true }).map(([category, message]) => ({
      tuple: [{ str: category }, { str: message }],
    })),
  }),
  fail: () => {
    throw new Error('a view of the vectors failed')
  },
  abort: (status: number) => abort(status),
}

/** A Set-Cookie value with what its cookie says, since deflate differs from library to library. */
function decoded(line: string, { secretKey, fallbacks, config }: ResponseCase): unknown {
  const [, name, value = '', rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []
  if (value === '') return line
  const format = flask({ compress: 'flask' })(toKeys(secretKey as KeyText, fallbacks))
  const opened = format.open(value)
  if (isRefusal(opened)) throw new TypeError(`${opened.detail} in ${JSON.stringify(config)}`)
  const record = format.decode(opened)
  if (isRefusal(record)) throw new TypeError(record.detail)
  return { name, rest, seenAt: opened.seenAt, session: objectToTyped(record.fields) }
}
