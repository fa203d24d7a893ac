// Messages for the next page, where Flask keeps them: under `_flashes`, as tuples.
import { Tuple } from '../formats/values.ts'
import { currentRequest } from './context.ts'

const KEY = '_flashes'

/** Keeps a message for the next page that asks. */
export function flash(message: unknown, category = 'message'): void {
  const { session } = currentRequest('flash')
  const flashes = session.get(KEY, [] as unknown[]) as unknown[]
  session.set(KEY, [...flashes, new Tuple<unknown>(category, message)])
}

/** Takes the messages out; asked again in the same request, the same come again. */
export function getFlashedMessages(options?: {
  withCategories?: false
  categoryFilter?: readonly string[]
}): string[]
export function getFlashedMessages(options: {
  withCategories: true
  categoryFilter?: readonly string[]
}): [category: string, message: string][]
export function getFlashedMessages(
  options: { withCategories?: boolean; categoryFilter?: readonly string[] } = {},
): (string | [string, string])[] {
  const context = currentRequest('getFlashedMessages')
  context.flashes ??= take(context.session)
  const { categoryFilter: wanted = [], withCategories } = options
  return context.flashes
    .filter(([category]) => wanted.length === 0 || wanted.includes(category))
    .map(([category, message]) => (withCategories ? [category, message] : message))
}

function take(session: ReturnType<typeof currentRequest>['session']) {
  if (!session.has(KEY)) return []
  const flashes = session.pop(KEY)
  return Array.isArray(flashes) ? (flashes as [string, string][]) : []
}
