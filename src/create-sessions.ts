// The way in: the manager with its default format.
import { createManager } from './core/manager.ts'
import type { SessionOptions, Sessions } from './core/sessions.ts'
import { sealed } from './formats/sealed.ts'

/**
 * Sessions by one policy. Without a format the cookie itself carries the session, sealed.
 *
 * @throws SessionError for whatever in the options would not work, with what to write instead.
 */
export function createSessions<Data extends object = Record<string, unknown>>(
  options: SessionOptions<Data>,
): Sessions<Data> {
  return createManager<Data>({ ...options, format: options.format ?? sealed() })
}
