// What happens to sessions, told to whoever listens: logs, metrics, pages.

import { runtime } from '#runtime'
import type { EndReason } from './record.ts'

/** The events and what each carries. Never a secret, a cookie or a bare id. */
export interface SessionEvents {
  /** A session was begun and will be stored with this response. */
  created: { readonly now: number }
  /** A session came back after its end, or was destroyed. */
  ended: { readonly now: number; readonly reason: EndReason; readonly at: number | null }
  /** A lifetime function threw, or returned no lifetime; the default lifetime held instead. */
  failed: { readonly now: number; readonly error: unknown }
  /** A cookie was not ours, or not whole. */
  rejected: { readonly now: number; readonly reason: EndReason; readonly detail: string }
}

type Listener<Event> = (event: Event) => void

export class Events {
  readonly #listeners: { [Name in keyof SessionEvents]?: Set<Listener<SessionEvents[Name]>> } = {}

  /** Listens; the function that comes back ends it. A listener that throws harms no request. */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: Listener<SessionEvents[Name]>,
  ): () => void {
    const listeners: Set<Listener<SessionEvents[Name]>> = this.#listeners[name] ?? new Set()
    Object.assign(this.#listeners, { [name]: listeners })
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  emit<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(event)
      } catch (error) {
        const kind = error instanceof Error ? error.name : typeof error
        runtime.warn(`a listener for '${name}' threw (${kind}); the request went on.`)
      }
    }
  }
}
