// Checks data by a Standard Schema (standardschema.dev): zod, valibot, arktype and the like.
import { SessionError } from './errors.ts'

/** The part of a Standard Schema that is used. It must answer synchronously. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => unknown
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** The checked data, or the keys that failed. Values never appear in the answer. */
export function validate(
  schema: StandardSchema,
  fields: ReadonlyMap<string, unknown>,
): { readonly value: object } | { readonly failed: string } {
  const result = schema['~standard'].validate(Object.fromEntries(fields))
  if (typeof result !== 'object' || result === null || 'then' in result) {
    throw new SessionError('bad-option', 'schema must answer synchronously.')
  }
  if ('issues' in result && Array.isArray(result.issues)) {
    return { failed: result.issues.map((issue: Issue) => keyOf(issue)).join(', ') }
  }
  return { value: (result as { value: object }).value }
}

interface Issue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[]
}

function keyOf({ path }: Issue): string {
  const [first] = path ?? []
  return String(typeof first === 'object' ? first.key : (first ?? 'the session'))
}
