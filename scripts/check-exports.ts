// Protects the doors of the package: what the manifest promises must be there, in the sources and
// in dist/, with types beside it; and every source that is a door by the rule of the house (the
// specifier is the path under src, the folder of the adapters left out) must be promised. A file
// that a rename left behind breaks users, and only users.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type Target = string | { readonly [condition: string]: Target }

interface Manifest {
  readonly exports: Record<string, Target>
  readonly imports: Record<string, Target>
  readonly bin: Record<string, string>
  readonly files: readonly string[]
}

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Manifest
const faults: string[] = []

/** Every file that a target names, with the conditions that lead to it. */
function* leaves(target: Target, path: readonly string[] = []): Generator<[string[], string]> {
  if (typeof target === 'string') yield [[...path], target]
  else for (const [name, inner] of Object.entries(target)) yield* leaves(inner, [...path, name])
}

/** `./fetch` for `./src/adapters/fetch.ts`; null for the files that are no door. */
function doorOf(source: string): string | null {
  const path = /^\.\/src\/(.*)\.ts$/.exec(source)?.[1]
  if (path === undefined) return null
  if (path === 'index') return '.'
  return `./${path.replace(/^adapters\//, '').replace(/\/index$/, '')}`
}

function checkDoor(door: string, target: Target): void {
  const found = new Map([...leaves(target)].map(([path, file]) => [path.join('.'), file]))
  const source = found.get('source')
  if (typeof target === 'string') return
  if (source === undefined || doorOf(source) !== door) {
    faults.push(`${door} leads to ${source}, which is the door ${source && doorOf(source)}`)
    return
  }
  const built = source.replace('./src/', './dist/').replace(/\.ts$/, '')
  if (found.get('types') !== `${built}.d.ts`) faults.push(`${door}: types are not ${built}.d.ts`)
  if (found.get('default') !== `${built}.js`) faults.push(`${door}: default is not ${built}.js`)
}

for (const [section, entries] of Object.entries({
  exports: manifest.exports,
  imports: manifest.imports,
  bin: manifest.bin,
})) {
  for (const [name, target] of Object.entries(entries)) {
    for (const [path, file] of leaves(target)) {
      const where = [section, name, ...path].join(' ')
      if (!existsSync(ROOT + file)) faults.push(`${where}: there is no ${file}`)
    }
  }
}
for (const [door, target] of Object.entries(manifest.exports)) checkDoor(door, target)

const rooms = ['adapters', 'handlers', 'stores']
for (const room of rooms.filter((name) => existsSync(`${ROOT}src/${name}`))) {
  for (const file of readdirSync(`${ROOT}src/${room}`)) {
    const door = doorOf(`./src/${room}/${file}`)
    if (door !== null && !(door in manifest.exports)) faults.push(`src/${room}/${file} has no door`)
  }
}
for (const fault of faults) console.error(fault)
console.log(`exports: ${Object.keys(manifest.exports).length} doors, ${faults.length} faults`)
if (faults.length > 0) process.exitCode = 1
