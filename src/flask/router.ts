// Views by rule and method. Hono finds the view; here is what Flask answers otherwise.
import { Hono } from 'hono'
import { HttpError, makeResponse, type Returned } from './responses.ts'
import { parseRule, type Rule } from './rules.ts'

export type AnyView = (
  variables: Record<string, string | number>,
  request: Request,
) => Returned | Promise<Returned>

interface Route {
  readonly rule: Rule
  readonly methods: readonly string[]
  readonly view: AnyView
}

/** What happened inside Hono, told past it: it answers errors itself, and ours have pages. */
interface Trip {
  thrown?: { readonly error: unknown }
  missed?: boolean
}

type Env = { Bindings: Trip }

export class Router {
  readonly #routes: Route[] = []
  #hono: Hono<Env> | null = null

  add(rule: string, methods: readonly string[], view: AnyView): void {
    const upper = methods.map((method) => method.toUpperCase())
    this.#routes.push({ rule: parseRule(rule), methods: upper, view })
    this.#hono = null
  }

  /** @throws HttpError 404, 405 with the methods that are allowed, and whatever the view throws. */
  async dispatch(request: Request): Promise<Response> {
    this.#hono ??= build(this.#routes)
    const trip: Trip = {}
    const response = await this.#hono.fetch(request, trip)
    if (trip.thrown) throw trip.thrown.error
    return trip.missed ? this.#unmatched(this.#hono, request) : response
  }

  #unmatched(hono: Hono<Env>, request: Request): Response {
    const path = hono.getPath(request)
    const known = new Set(this.#routes.flatMap(({ methods }) => methods))
    const fitting = [...known].filter((method) => hono.router.match(method, path)[0].length > 0)
    if (fitting.length === 0) throw new HttpError(404)
    const allowed = new Set([...fitting, ...(fitting.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])
    const allow = [...allowed].join(', ')
    if (request.method === 'OPTIONS') return new Response(null, { headers: { allow } })
    throw new HttpError(405, undefined, { allow })
  }
}

function build(routes: readonly Route[]): Hono<Env> {
  const hono = new Hono<Env>({ strict: true })
  for (const { rule, methods, view } of routes.toSorted(byOpenness)) {
    hono.on([...methods], rule.path, async (context) => {
      try {
        return makeResponse(await view(rule.read(context.req.param()), context.req.raw))
      } catch (error) {
        context.env.thrown = { error }
        return new Response(null, { status: 500 })
      }
    })
  }
  return hono.notFound((context) => {
    context.env.missed = true
    return new Response(null, { status: 404 })
  })
}

/** The least open rule first, part by part; among equals the first one written. */
function byOpenness({ rule: one }: Route, { rule: other }: Route): number {
  for (let at = 0; at < Math.max(one.openness.length, other.openness.length); at++) {
    const difference = (one.openness[at] ?? 5) - (other.openness[at] ?? 5)
    if (difference !== 0) return difference
  }
  return 0
}
