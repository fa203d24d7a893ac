// Protects the shape of the house: a core that stands on nothing outside itself, whose files import
// downward only, and rooms around it that do not know each other. Every import line of src/ is held
// against the table below, type-only imports too, since circles begin with a type kept in its
// user's file. Time likewise: the core takes it from the clock that is handed in, and only
// core/judgement.ts compares moments.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** The files of core, floor by floor: a file imports lower ones only. */
const FLOORS = [
  ['errors', 'record', 'runtime', 'bytes', 'plain', 'listeners'],
  ['duration', 'token', 'cookie', 'events', 'schema', 'status', 'activity', 'store'],
  ['lifetime', 'signer', 'keys', 'request', 'ids', 'later', 'plain-http'],
  ['judgement', 'id-cookie', 'store-end'],
  ['terms', 'not-before'],
  ['record-fields', 'stored'],
  ['fields'],
  ['roles'],
  ['policy'],
  ['session-state', 'keeping'],
  ['session-data', 'proof', 'opening'],
  ['session', 'cookie-opening', 'store-opening'],
  ['answers', 'telling', 'subjects', 'sweeping', 'changes', 'revocable-opening', 'store-over'],
  ['sessions'],
  ['settling', 'parts'],
  ['writing', 'store-plan', 'store-parts'],
  ['manager', 'store-again', 'store-outcome'],
  ['store-leaving'],
  ['store-writing'],
  ['store-commit'],
  ['store-manager'],
]

/** What each room may import besides its own files. Core's own files go by floors. */
const ROOMS: Record<string, readonly RegExp[]> = {
  core: [/^#runtime$/],
  runtime: [/^core\/runtime$/, /^formats\/zlib$/, /^node:/, /^@noble\//, /^fflate$/],
  formats: [
    /^core\/(errors|record|runtime|duration|bytes|plain|token|signer|judgement|terms|store)$/,
    /^#(runtime|zlib)$/,
  ],
  stores: [
    /^core\/(store|record|judgement|errors|ids|duration|plain|listeners)$/,
    /^formats\/(values|json-values)$/,
    /^#runtime$/,
    /^node:/,
  ],
  adapters: [/^core\//, /^node:http$/],
  testing: [/^core\//],
  policy: [/^core\/(duration|errors|fields|lifetime|roles)$/],
  flask: [
    /^(core|formats|adapters)\//,
    /^#runtime$/,
    /^hono(\/|$)/,
    /^@hono\/node-server$/,
    /^node:/,
  ],
  cli: [/^(core|formats|adapters|flask|policy)\//, /^create-sessions$/, /^[#@\w]/],
  'index.ts': [/^(core|formats)\//, /^create-sessions$/],
  'create-sessions.ts': [/^(core|formats|policy)\//, /^stores\/parts\/bounded$/],
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|\bimport\(?\s*['"]([^'"]+)['"]/g
const MOMENT = '[\\w.?#]*\\b(?:createdAt|seenAt|endsAt|startedAt|provenAt|expiresAt|now)\\b'
// A bound that is a constant says whether a number is a time at all: no judgement of age.
const CONSTANT = '(?![=\\s]*[A-Z][A-Z_]+\\b)'
const COMPARED = new RegExp(`${MOMENT}\\s*[<>]=?${CONSTANT}|(?<!=)[<>]=?\\s*${MOMENT}`)
/** The judgement; and the browser of a test, which drops cookies by their `Expires`. */
const COMPARERS = ['core/judgement.ts', 'flask/test-client.ts']
const DEFAULT_CLOCK = /clock\b.*\(\) => Date\.now\(\) \/ 1000/
const OWN_TIME = /\bDate\.now\b|\bnew Date\(\)|\bset(Timeout|Interval)\b|\bperformance\.now\b/

const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*/g, '$1')

/** `core/lifetime` for a file inside src, else the specifier itself. */
function target(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  return relative(SRC, join(dirname(file), specifier)).replace(/\.ts$/, '')
}

const floorOf = (name: string): number => FLOORS.findIndex((floor) => floor.includes(name)) + 1

function importFault(path: string, imported: string): string | null {
  const [room = ''] = path.split('/')
  const [head = '', name = ''] = imported.split('/')
  if (imported === 'index' || (head === 'cli' && room !== 'cli')) return 'nobody imports it'
  if (room === 'core' && head === 'core') {
    const own = floorOf(path.slice(5, -3))
    const other = floorOf(name)
    if (own === 0 || other === 0) return 'one of them has no floor in the table'
    return other < own ? null : `floor ${own} imports floor ${other}`
  }
  const allowed = ROOMS[room]
  if (allowed === undefined) return `'${room}' is no room in the table`
  return head === room || allowed.some((pattern) => pattern.test(imported))
    ? null
    : `not allowed in ${room}`
}

function timeFault(path: string, line: string): string | null {
  if (path.startsWith('core/') && OWN_TIME.test(line) && !DEFAULT_CLOCK.test(line)) {
    return 'takes the time from elsewhere than the clock'
  }
  return !COMPARERS.includes(path) && COMPARED.test(line) ? 'compares moments' : null
}

const faults: string[] = []
const files = globSync('**/*.ts', { cwd: SRC })
for (const path of files.map((file) => file.replaceAll('\\', '/'))) {
  const text = withoutComments(readFileSync(join(SRC, path), 'utf8'))
  for (const [, from, bare = ''] of text.matchAll(IMPORT)) {
    const fault = importFault(path, target(join(SRC, path), from ?? bare))
    if (fault !== null) faults.push(`src/${path} imports ${from ?? bare}: ${fault}`)
  }
  for (const [at, line] of text.split('\n').entries()) {
    const fault = timeFault(path, line)
    if (fault !== null) faults.push(`src/${path}:${at + 1} ${fault}`)
  }
}
for (const fault of faults) console.error(fault)
console.log(`floors: ${files.length} files, ${faults.length} faults`)
if (faults.length > 0) process.exitCode = 1
