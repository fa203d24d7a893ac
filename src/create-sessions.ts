// The way in: the manager with its default format, and the check of its policy.
import { createManager } from './core/manager.ts'
import type { SessionOptions, Sessions } from './core/sessions.ts'
import { sealed } from './formats/sealed.ts'
import { checkPolicy, type PolicyFinding } from './policy/check.ts'
import type { PresetName } from './policy/presets.ts'

/** Sessions whose policy can be held against a standard. */
export interface CheckedSessions<Data extends object = Record<string, unknown>>
  extends Sessions<Data> {
  /**
   * Where the policy is laxer than a standard: in which clock, by how much, against which clause;
   * empty where it meets it.
   *
   * @throws SessionError `bad-option` for an unknown name, and for a policy whose lifetimes are a
   * function that does not state them: use `byRole`.
   */
  check(name: PresetName): readonly PolicyFinding[]
}

/**
 * Sessions by one policy. Without a format the cookie itself carries the session, sealed.
 *
 * @throws SessionError for whatever in the options would not work, with what to write instead.
 */
export function createSessions<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data>,
): CheckedSessions<Data> {
  const sessions = createManager<Data>({ ...options, format: options.format ?? sealed() })
  return Object.assign(sessions, {
    check: (name: PresetName) => checkPolicy(sessions.policy, name),
  })
}
