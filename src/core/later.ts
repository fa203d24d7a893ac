// Answers that may come at once or later: what works at once stays synchronous.
import type { Awaitable } from './store.ts'

export const isLater = <T>(value: Awaitable<T>): value is Promise<T> =>
  typeof (value as Promise<T> | null | undefined)?.then === 'function'

/** What follows from an answer: at once where it is there, else once it is. */
export const after = <T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> =>
  isLater(value) ? value.then(next) : next(value)

/** An answer, or what its failure gives instead, whether it is thrown or comes later. */
export function orElse<T>(ask: () => Awaitable<T>, failed: (error: unknown) => T): Awaitable<T> {
  try {
    const value = ask()
    return isLater(value) ? value.then(undefined, failed) : value
  } catch (error) {
    return failed(error)
  }
}

/** What follows from an answer, or from its failure. What goes wrong in following is left to the caller. */
export function either<T, R>(
  ask: () => Awaitable<T>,
  next: (value: T) => Awaitable<R>,
  failed: (error: unknown) => Awaitable<R>,
): Awaitable<R> {
  let value: Awaitable<T>
  try {
    value = ask()
  } catch (error) {
    return failed(error)
  }
  return isLater(value) ? value.then(next, failed) : next(value)
}
