// The other side of policy-module: imports the module that it is told, and writes its policy down.
import { writeSync } from 'node:fs'
import { type Duration, toSeconds } from '../core/duration.ts'
import type { FieldLifetime } from '../core/fields.ts'
import type { PolicyFacts } from '../core/roles.ts'
import type { ModuleAnswer } from './policy-module.ts'

const ANSWER = 3
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

async function read(specifier: string): Promise<ModuleAnswer> {
  let exported: Record<string, unknown>
  try {
    exported = await import(specifier)
  } catch (error) {
    return { fault: 'module', said: sayOf(error) }
  }
  const sessions = exported.sessions ?? exported.default
  const policy = isObject(sessions) || typeof sessions === 'function' ? policyOf(sessions) : null
  if (policy === null) return { fault: 'sessions', said: '' }
  try {
    return { facts: toPlain(policy) }
  } catch (error) {
    return { fault: 'policy', said: sayOf(error) }
  }
}

const sayOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

function policyOf(sessions: object): PolicyFacts | null {
  const { policy } = sessions as { policy?: unknown }
  const known = isObject(policy) && isObject(policy.fields) && 'lifetime' in policy
  return known && 'roles' in policy && 'granted' in policy
    ? (policy as unknown as PolicyFacts)
    : null
}

/** Durations in seconds: a `Temporal.Duration` would become a text that is none of ours. */
const toPlain = (facts: PolicyFacts): PolicyFacts => ({
  lifetime: facts.lifetime && toClocks(facts.lifetime),
  roles: facts.roles && mapValues(facts.roles, toClocks),
  granted: facts.granted === 'function' ? facts.granted : facts.granted && toClocks(facts.granted),
  fields: mapValues(facts.fields, (field) => toClocks(field ?? {})),
  idleAction: facts.idleAction,
  refreshEachRequest: facts.refreshEachRequest,
})

type Clocks = FieldLifetime & { readonly renewal?: Duration | undefined }

const toClocks = <Stated extends Clocks>(stated: Stated): Stated => ({
  ...stated,
  idle: toPlainDuration(stated.idle),
  absolute: toPlainDuration(stated.absolute),
  renewal: toPlainDuration(stated.renewal),
})

const toPlainDuration = (duration: Duration | undefined): Duration | undefined =>
  duration && { seconds: toSeconds(duration) }

const mapValues = <Value, Result>(
  members: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Record<string, Result> =>
  Object.fromEntries(Object.entries(members).map(([key, value]) => [key, change(value)]))

writeSync(ANSWER, JSON.stringify(await read(process.argv[2] ?? '')))
process.exit()
