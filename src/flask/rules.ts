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

export interface Rule {
  /** The path for Hono: `/user/:id{[0-9]+}`. */
  readonly path: string
  /** Turns the caught texts into values. */
  read(caught: Record<string, string>): Record<string, string | number>
}

/** @throws RangeError for a converter that is not known. */
export function parseRule(rule: string): Rule {
  const numbers = new Set<string>()
  const path = rule.replace(/<(?:(\w+):)?(\w+)>/g, (_, converter = 'string', name: string) => {
    const pattern = PATTERNS[converter]
    if (pattern === undefined) {
      throw new RangeError(
        `<${converter}:…> is not known; use ${Object.keys(PATTERNS).join(', ')}.`,
      )
    }
    if (converter === 'int' || converter === 'float') numbers.add(name)
    return `:${name}{${pattern}}`
  })
  const read = (caught: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(caught).map(([name, text]) => [name, numbers.has(name) ? Number(text) : text]),
    )
  return { path, read }
}
