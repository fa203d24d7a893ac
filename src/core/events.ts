// What happens to sessions, told to whoever listens: logs, metrics, pages.

import { runtime } from '#runtime'
import { SessionError } from './errors.ts'
import { type Listener, tellAll } from './listeners.ts'
import type { EndReason, SessionRecord } from './record.ts'

/** What each event carries. Never a secret, a cookie or a bare id. */
export interface SessionEvent {
  /** Epoch second. */
  readonly now: number
  /** A hash of the session's id, the same in all its events; null in a format without ids. */
  readonly session: string | null
  /** Whose session it is, as it was given to `authenticate`; null before that. */
  readonly subject: string | null
}

/** The events, and what each carries besides. */
export interface SessionEvents {
  /** A session was begun and will be stored with this response. */
  created: SessionEvent
  /**
   * A session came back after its end, or was destroyed; or (`field`) a key of a live one is over.
   * `at` is the epoch second of the end, where it is known.
   */
  ended: SessionEvent & {
    readonly reason: EndReason
    readonly at: number | null
    readonly field: string | null
  }
  /** A session goes on under a new id; `before` is the hash of the one before. */
  renewed: SessionEvent & { readonly before: string | null }
  /** Somebody proved a factor. */
  authenticated: SessionEvent & { readonly factor: string }
  /** A session came back idled out, and is locked. In the cookie modes told at each such request. */
  locked: SessionEvent
  /** A locked session was resumed. */
  unlocked: SessionEvent & { readonly factor: string }
  /** A cookie was not ours, or not whole. */
  rejected: SessionEvent & { readonly reason: EndReason; readonly detail: string }
  /** The store had to let a live session go, to make room for others. */
  evicted: SessionEvent
  /** The store did not answer, or not in time: while a session was fetched, or stored. */
  unavailable: {
    readonly now: number
    readonly during: 'load' | 'commit'
    readonly error: unknown
  }
  /** A function of the policy threw or answered nothing usable; the strict default held instead. */
  failed: { readonly now: number; readonly error: unknown }
}

type Besides<Name extends keyof SessionEvents> = Omit<SessionEvents[Name], keyof SessionEvent>

/** A session, as far as an event tells of it. */
export interface Told {
  readonly id: string | null
  /** The hash of the id, where the id itself is not known. */
  readonly hash?: string | undefined
  readonly subject: string | null
}

export const toTold = ({ id, terms }: SessionRecord): Told => ({
  id,
  subject: terms?.subject ?? null,
})

export class Events {
  readonly #listeners: { [Name in keyof SessionEvents]?: Set<Listener<SessionEvents[Name]>> } = {}

  /**
   * Listens; the function that comes back ends it. A listener that throws harms no request.
   *
   * @throws SessionError `bad-option` for an event that does not exist.
   */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: Listener<SessionEvents[Name]>,
  ): () => void {
    if (!NAMES.includes(name) || typeof listener !== 'function') {
      throw new SessionError(
        'bad-option',
        `on takes an event and a function; the events are ${NAMES.join(', ')}.`,
      )
    }
    const listeners: Set<Listener<SessionEvents[Name]>> = this.#listeners[name] ?? new Set()
    Object.assign(this.#listeners, { [name]: listeners })
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** Tells of a session, or of none. */
  tell<Name extends Exclude<keyof SessionEvents, 'failed' | 'unavailable'>>(
    name: Name,
    now: number,
    told: Told | null,
    besides: Besides<Name>,
  ): void {
    if (!this.#listeners[name]?.size) return
    const session = told?.hash ?? hashId(told?.id ?? null)
    const about = { now: Math.floor(now), session, subject: told?.subject ?? null }
    this.emit(name, { ...about, ...besides } as unknown as SessionEvents[Name])
  }

  emit<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    tellAll(this.#listeners[name] ?? [], event, name)
  }
}

const NAMES: readonly string[] = [
  'created',
  'ended',
  'renewed',
  'authenticated',
  'locked',
  'unlocked',
  'rejected',
  'evicted',
  'unavailable',
  'failed',
] satisfies (keyof SessionEvents)[]

/** SHA-256 of an id, its first 128 bits as base64url: to know it again, not to use it. */
export function hashId(id: string | null): string | null {
  if (id === null) return null
  return runtime.encodeBytes(runtime.hash('sha256', runtime.utf8(id)).subarray(0, 16))
}
