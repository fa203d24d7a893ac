// Flask's URL rules (`/user/<int:id>`) as Hono's paths, and the types of what they catch.

type Name<Part> = Part extends `${string}:${infer Rest}` ? Rest : Part
type Value<Part> = Part extends `int:${string}` | `float:${string}` ? number : string

/** The variables of a rule: `/user/<int:id>` gives `{ id: number }`. */
export type Variables<Rule extends string> = string extends Rule
  ? Record<string, string | number>
  : Rule extends `${string}<${infer Part}>${infer Rest}`
    ? { [Key in Name<Part>]: Value<Part> } & Variables<Rest>
    : unknown

const PATTERNS: Record<string, string> = {
  string: '[^/]+',
  int: '[0-9]+',
  float: '[0-9]+\\.[0-9]+',
  path: '.+',
  uuid: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
}

const VARIABLE = /<(?:(\w+):)?([A-Za-z_]\w*)>/g
const RESERVED = /[<>:*?{}]/

export interface Rule {
  /** The path for Hono: `/user/:_2{[0-9]+}`. */
  readonly path: string
  /** How open each part is; between rules that fit, the least open one from the left wins. */
  readonly openness: readonly number[]
  /** Turns the caught texts into values. */
  read(caught: Record<string, string>): Record<string, string | number>
}

/** What stands between two slashes, with its variables. */
interface Part {
  readonly pattern: string
  readonly openness: number
  readonly names: readonly string[]
  read(caught: string): [name: string, value: string | number][]
}

/** @throws RangeError for a converter that is not known, and for what would not be caught as meant. */
export function parseRule(rule: string): Rule {
  if (!rule.startsWith('/')) throw new RangeError(`The rule '${rule}' must begin with a slash.`)
  const parts = rule.split('/').map((text) => parsePart(rule, text))
  const names = parts.flatMap((part) => part.names)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new RangeError(`The rule '${rule}' names <${twice}> twice.`)
  return {
    path: parts
      .map(({ pattern, names: { length } }, at) => (length ? `:_${at}{${pattern}}` : pattern))
      .join('/'),
    openness: parts.map(({ openness }) => openness),
    read: (caught) =>
      Object.fromEntries(parts.flatMap((part, at) => part.read(caught[`_${at}`] ?? ''))),
  }
}

function parsePart(rule: string, text: string): Part {
  const variables = Array.from(text.matchAll(VARIABLE), ([, converter = 'string', name = '']) => {
    if (Object.hasOwn(PATTERNS, converter)) return { name, converter }
    throw new RangeError(`<${converter}:…> is not known; use ${Object.keys(PATTERNS).join(', ')}.`)
  })
  const fixed = text.split(VARIABLE).filter((_, at) => at % 3 === 0)
  if (RESERVED.test(fixed.join(''))) {
    throw new RangeError(
      `The rule '${rule}' holds '${text}'; a variable is written <name> or <int:name>.`,
    )
  }
  const converters = variables.map(({ converter }) => converter)
  if (variables.length === 0) return { pattern: text, openness: 0, names: [], read: () => [] }
  // Read from the decoded text, where an encoded slash has become one.
  const catching = new RegExp(
    `^${weave(
      fixed,
      converters.map((name) => `(${caughtBy(name)})`),
    )}$`,
  )
  return {
    pattern: weave(
      fixed,
      converters.map((converter) => `${PATTERNS[converter]}`),
    ),
    openness: opennessOf(fixed, converters),
    names: variables.map(({ name }) => name),
    read: (caught) => {
      const values = catching.exec(caught) ?? []
      return variables.map(({ name, converter }, at) => [
        name,
        isNumber(converter) ? Number(values[at + 1]) : (values[at + 1] ?? ''),
      ])
    },
  }
}

const isNumber = (converter: string): boolean => converter === 'int' || converter === 'float'

const caughtBy = (converter: string): string =>
  converter === 'string' || converter === 'path' ? '[^]+' : `${PATTERNS[converter]}`

/** A regular expression of fixed texts, taken literally, with patterns between them. */
const weave = (fixed: readonly string[], patterns: readonly string[]): string =>
  fixed.map((text, at) => text.replace(/[.+^$()|[\]\\]/g, '\\$&') + (patterns[at] ?? '')).join('')

/** Werkzeug's order: fixed text before numbers before text before whole paths. */
function opennessOf(fixed: readonly string[], converters: readonly string[]): number {
  if (converters.includes('path')) return 4
  if (fixed.join('') !== '') return 1
  return converters.includes('string') ? 3 : 2
}
