// Whoever waits for `drain` where a middleware has taken `on` over. One that compresses has them wait at
// its own stream, which says nothing of a write that never reached it.
import type { NodeResponse } from './node-headers.ts'

type Listener = (...args: unknown[]) => unknown

/** What of a response tells its listeners. */
interface Told {
  on(event: string, listener: Listener): unknown
  rawListeners(event: 'drain'): readonly unknown[]
  emit(event: 'drain'): unknown
}

/** Those who were told of nothing yet. */
export type Drains = Set<Listener>

/** Notes who begins to wait while the response is held; null where Node's own `on` notes them. */
export function noteDrains(response: NodeResponse, isHeld: () => boolean): Drains | null {
  if (!Object.hasOwn(response, 'on')) return null
  const told = response as unknown as Told
  const { on } = told
  const noted: Drains = new Set()
  told.on = (event, listener) => {
    if (event === 'drain' && isHeld()) noted.add(listener)
    return on.call(response, event, listener)
  }
  return noted
}

/** Tells all that it goes on, each once. */
export function tellDrained(response: NodeResponse, noted: Drains | null): void {
  const told = response as unknown as Told
  if (noted === null) {
    told.emit('drain')
    return
  }
  const reached = new Set(told.rawListeners('drain'))
  told.emit('drain')
  for (const listener of noted) if (!reached.has(listener)) listener.call(response)
  noted.clear()
}
