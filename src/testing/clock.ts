// A clock that stands still until a test moves it.
import { type Duration, toSeconds } from '../core/duration.ts'
import { SessionError } from '../core/errors.ts'
import type { Clock } from '../core/lifetime.ts'

/** Epoch seconds, a Date, or ISO 8601 text: a day (UTC), or a time that names its zone. */
export type Moment = number | Date | string

/** Hand it to `createSessions` as its `clock`. */
export interface TestClock extends Clock {
  /** Epoch seconds, as the call itself answers. */
  readonly now: number
  /** Puts the clock to a moment, earlier ones too. */
  set(at: Moment): void
  /** @throws SessionError `bad-duration` for a negative one: only `set` goes back. */
  advance(duration: Duration): void
}

/** From here on (the year 5138) a number was meant as milliseconds. */
const TOO_LATE = 1e11
const ISO = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/

/**
 * A clock that shows `start` until it is moved.
 *
 * @param start the present second, if left out.
 * @throws SessionError `bad-option` for what is no moment.
 */
export function createClock(start: Moment = Math.floor(Date.now() / 1000)): TestClock {
  let now = toMoment(start)
  const controls: Pick<TestClock, 'set' | 'advance'> = {
    set: (at) => {
      now = toMoment(at)
    },
    advance: (duration) => {
      const seconds = toSeconds(duration, 'advance')
      if (seconds < 0) {
        throw new SessionError('bad-duration', 'advance does not go back. Use set for that.')
      }
      now += seconds
    },
  }
  const clock = Object.assign(() => now, controls)
  return Object.defineProperty(clock, 'now', { get: () => now }) as typeof clock & { now: number }
}

function toMoment(at: Moment): number {
  const moment = typeof at === 'number' ? at : toMilliseconds(at) / 1000
  if (moment >= 0 && moment < TOO_LATE) return moment
  throw new SessionError(
    'bad-option',
    `The clock cannot be set to ${String(at)}: write epoch seconds (not milliseconds), a Date, or '2026-01-31T09:00:00Z'.`,
  )
}

const toMilliseconds = (at: Date | string): number =>
  typeof at === 'string' ? (ISO.test(at) ? Date.parse(at) : Number.NaN) : Number(at)
