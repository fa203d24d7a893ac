// Stores that hand out too little, or not by the time that they are given, or forget too much.
import { isPast, keptBy, keptUntil } from '../../src/core/judgement.ts'
import type { Ending, Store, StoredSession } from '../../src/core/store.ts'
import { type Broken, broken } from './broken.ts'
import { type Kept, PlainStore } from './plain-store.ts'

/** What was forgotten leaves a tombstone for so many seconds. */
class Forgetful extends PlainStore {
  readonly #keep: (session: StoredSession) => number

  constructor(keep: (session: StoredSession) => number) {
    super()
    this.#keep = keep
  }

  protected override bury(kept: Kept, ending: Ending, now: number, next?: string, until?: number) {
    const isForgotten = ending.reason === 'idle' || ending.reason === 'absolute'
    const keep = isForgotten ? this.#keep(kept.session) : ending.keep
    super.bury(kept, { ...ending, keep }, now, next, until)
  }
}

const missing = (isMissed: (session: StoredSession, now: number) => boolean): (() => Store) =>
  broken((sound) => ({
    claim: async (now, most, lease) =>
      (await sound.claim(now, most, lease)).filter((session) => !isMissed(session, now)),
  }))

const WAITS = 'what is over waits for its sweep, and is shown until then'
const BY_ITS_END = 'what is over by its absolute end is handed out, whatever else is to come'
const FORGOTTEN = 'what was forgotten says when and why it ended, and is nobody any more'
const EMPTY_PAGES = 'a scan goes on over pages on which nobody lives at the time it is given'

export const BROKEN_SWEEPS: { readonly [name: string]: Broken } = {
  'that shows for a minute what is over': {
    open: broken((sound) => ({
      read: async (id, now, touch) => {
        const reading = await sound.read(id, now, touch)
        const isGone = reading.state === 'over' && isPast(keptUntil(reading.session) + 60, now)
        return isGone ? { state: 'unknown' } : reading
      },
    })),
    fails: [WAITS],
  },
  'whose sweeps miss what was over ten minutes ago': {
    open: missing((session, now) => isPast(keptUntil(session) + 600, now)),
    fails: [WAITS],
  },
  'whose sweeps miss what the absolute end ended': {
    open: missing((session) => keptBy(session) === 'absolute'),
    fails: [BY_ITS_END],
  },
  'whose sweeps miss what is to be looked at later': {
    open: missing(({ checkAt }, now) => checkAt > now),
    fails: [BY_ITS_END],
  },
  'that leases for a minute': {
    open: broken((sound) => ({ claim: (now, most) => sound.claim(now, most, 60) })),
    fails: ['a lease is as long as was asked'],
  },
  'that forgets for good in five minutes': {
    open: () => new Forgetful(() => 300),
    fails: [FORGOTTEN],
  },
  "that forgets nobody's sessions for good": {
    open: () => new Forgetful(({ subject }) => (subject === null ? -1 : 3600)),
    fails: [FORGOTTEN],
  },
  'that scans by the clock of the machine': {
    open: broken((sound) => ({
      scan: (_, after, most) => sound.scan(Math.floor(Date.now() / 1000), after, most),
    })),
    fails: [EMPTY_PAGES],
  },
  'whose scan ends where nobody lives': {
    open: broken((sound) => ({
      scan: async (now, after, most) => {
        const page = await sound.scan(now, after, most)
        return page.sessions.length > 0 ? page : { ...page, next: null }
      },
    })),
    fails: [EMPTY_PAGES],
  },
}
