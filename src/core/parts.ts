// What both managers make of the options once: the policy, ready to judge by, and who is told.
import { createActivity } from './activity.ts'
import type { Cookie } from './cookie.ts'
import { SessionError } from './errors.ts'
import { Events } from './events.ts'
import { FieldPolicy } from './fields.ts'
import { type Clock, DEFAULT_LIFETIME } from './lifetime.ts'
import type { OpenerParts } from './opening.ts'
import { createPolicy } from './policy.ts'
import type { PolicyFacts } from './roles.ts'
import type { SessionOptions } from './sessions.ts'

/** What the way in which sessions are kept adds to the options. */
export interface Kind extends Pick<OpenerParts, 'encodeValue' | 'permanentKey'> {
  readonly cookie: Cookie
  /** Whether sliding skips writes. */
  readonly throttled: boolean
  /** Whether limits below a second are taken, as in Flask. */
  readonly anyLength: boolean
  /** Whether an id can be renewed. */
  readonly renews: boolean
}

/** @throws SessionError for whatever in the policy would not work. */
export function createParts<Data extends object>(
  options: SessionOptions<Data>,
  facts: PolicyFacts,
  clock: Clock,
  { encodeValue, permanentKey, cookie, throttled, anyLength, renews }: Kind,
): OpenerParts {
  const events = new Events()
  const failed = (error: unknown) => events.emit('failed', { now: Math.floor(clock()), error })
  const rules = {
    throttled: throttled && !facts.refreshEachRequest,
    anyLength,
    renews,
    locks: facts.idleAction === 'lock',
  }
  const { lifetime = DEFAULT_LIFETIME, grants } = options
  return {
    encodeValue,
    permanentKey,
    cookie,
    policy: createPolicy({ lifetime, grants, rules, failed }),
    fields: new FieldPolicy(facts.fields, rules),
    schema: options.schema,
    events,
    activity: createActivity(options.activity, failed),
  }
}

/** What a request gets whose session cannot be fetched. @throws SessionError `bad-option` */
export function failureOf({ storeFailure = 'refuse' }: Pick<SessionOptions, 'storeFailure'>) {
  if (storeFailure === 'refuse' || storeFailure === 'anonymous') return storeFailure
  throw new SessionError('bad-option', "storeFailure must be 'refuse' or 'anonymous'.")
}
