// Who listens harms nobody: what a listener throws, at once or later, is a warning.

import { runtime } from '#runtime'

/** Answers nothing; a promise that rejects is heard, too. */
export type Listener<Event> = (event: Event) => unknown

/** @param name for the warning. */
export function tellAll<Event>(
  listeners: Iterable<Listener<Event>>,
  event: Event,
  name: string,
): void {
  for (const listener of listeners) {
    try {
      const answered = listener(event)
      if (answered instanceof Promise) answered.catch((error) => warn(name, error))
    } catch (error) {
      warn(name, error)
    }
  }
}

function warn(name: string, error: unknown): void {
  const kind = error instanceof Error ? error.name : typeof error
  runtime.warn(`a listener for '${name}' threw (${kind}); the request went on.`)
}
