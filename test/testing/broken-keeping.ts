// Stores that do not keep a session, its id or its fields as they were given.
import type { FieldEnds, Patch, Store, StoredSession } from '../../src/core/store.ts'
import { type Broken, broken } from './broken.ts'
import { type Kept, PlainStore } from './plain-store.ts'

class FoldingMap<Value> extends Map<string, Value> {
  readonly #fold: (key: string) => string

  constructor(fold: (key: string) => string) {
    super()
    this.#fold = fold
  }

  override get(key: string) {
    return super.get(this.#fold(key))
  }

  override has(key: string) {
    return super.has(this.#fold(key))
  }

  override set(key: string, value: Value) {
    return super.set(this.#fold(key), value)
  }
}

/** Two ids that look alike are one. */
class Folding extends PlainStore {
  protected override readonly kept: Map<string, Kept>

  constructor(fold: (id: string) => string) {
    super()
    this.kept = new FoldingMap(fold)
  }
}

/** What is kept is handed out itself. */
class Aliasing extends PlainStore {
  protected override out(session: StoredSession) {
    return session
  }
}

/** What was handed out is changed in place. */
class Mutating extends Aliasing {
  protected override patched(session: StoredSession, patch: Patch) {
    return Object.assign(session, super.patched(session, patch))
  }
}

/** A field is dropped so many seconds after the end it had at first. */
const dropping = (slack: number): (() => Store) =>
  broken((sound) => {
    const ends = new Map<string, FieldEnds | undefined>()
    return {
      create: (session, now, terms) => {
        ends.set(session.id, session.fieldEnds)
        return sound.create(session, now, terms)
      },
      read: async (id, now, touch) => {
        const reading = await sound.read(id, now, touch)
        if (reading.state !== 'live') return reading
        const isThere = ([key]: [string, string]) => now - slack <= (ends.get(id)?.get(key) ?? now)
        const fields = new Map([...reading.session.fields].filter(isThere))
        return { ...reading, session: { ...reading.session, fields } }
      },
    }
  })

const OWN = [
  "what was handed in and what was read are the caller's own",
  "what was listed is the caller's own",
  "what a sweep was handed is the sweep's own",
  "what a scan met is the caller's own",
]

export const BROKEN_KEEPING: { readonly [name: string]: Broken } = {
  'that takes ids in any case': {
    open: () => new Folding((id) => id.toLowerCase()),
    fails: ['ids are told apart to the letter'],
  },
  'that cuts ids': {
    open: () => new Folding((id) => id.slice(0, 20)),
    fails: ['ids are told apart to the letter'],
  },
  'that hands out what it keeps': { open: () => new Aliasing(), fails: OWN },
  'that changes what it handed out': { open: () => new Mutating(), fails: OWN },
  'that drops fields a minute early': {
    open: dropping(-60),
    fails: ['a field with an end of its own is there until then'],
  },
  'whose fields keep their first end': {
    open: dropping(3600),
    fails: ['a field that is set anew has the end that comes with it, or none'],
  },
  'that hands out the ends of fields': {
    open: broken((sound) => ({
      read: async (id, now, touch) => {
        const reading = await sound.read(id, now, touch)
        if (reading.state !== 'live') return reading
        return { ...reading, session: { ...reading.session, fieldEnds: new Map() } }
      },
    })),
    fails: ['a field with an end of its own is there until then'],
  },
  'that touches by the first throttle': {
    open: broken((sound) => {
      const throttles = new Map<string, number>()
      return {
        create: (session, now, terms) => {
          throttles.set(session.id, session.throttle)
          return sound.create(session, now, terms)
        },
        read: async (id, now, touch) => {
          const reading = await sound.read(id, now, false)
          const isDue = reading.state === 'live' && touch
          if (!isDue || now - reading.session.seenAt <= (throttles.get(id) ?? 0)) return reading
          await sound.touch(id, now)
          return { ...reading, touched: true }
        },
      }
    }),
    fails: ['of the throttle, too, what was written last counts'],
  },
}
