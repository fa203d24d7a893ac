// Stores that lose a subject's sessions, or take them for another's.
import type { SessionLimit, Store } from '../../src/core/store.ts'
import { type Broken, broken } from './broken.ts'
import { type Kept, PlainStore } from './plain-store.ts'

/** Of a subject's sessions only so many are seen. */
class ShortSighted extends PlainStore {
  readonly #most: number

  constructor(most: number) {
    super()
    this.#most = most
  }

  protected override liveOf(subject: string, now: number): Kept[] {
    return super.liveOf(subject, now).slice(0, this.#most)
  }
}

/** Refuses only one session too many. */
class Lenient extends PlainStore {
  protected override surplus(
    subject: string | null,
    limit: SessionLimit,
    now: number,
    except?: string,
  ): Kept[] | null {
    const surplus = super.surplus(subject, { ...limit, action: 'end-oldest' }, now, except) ?? []
    if (limit.action === 'end-oldest') return surplus
    return surplus.length === 1 ? null : []
  }
}

/** Its endAll lists at most so many sessions, and ends them one by one. */
const endingEach = (most: number): (() => Store) =>
  broken((sound) => ({
    endAll: async (subject, ending, now, except) => {
      const ended: string[] = []
      for (const { id } of (await sound.list(subject, now)).slice(0, most)) {
        if (id === except) continue
        if ((await sound.end(id, ending, now)).state === 'done') ended.push(id)
      }
      return ended
    },
  }))

const MANY = 'a subject may have very many sessions'
const ANY_NAME = 'a subject may have any name, also a very long one'
const LONGEST_NAME = 128

export const BROKEN_SUBJECTS: { readonly [name: string]: Broken } = {
  'that sees a hundred sessions of a subject': {
    open: () => new ShortSighted(100),
    fails: [MANY],
  },
  'that lists fifty sessions': {
    open: broken((sound) => ({
      list: async (subject, now) => (await sound.list(subject, now)).slice(0, 50),
    })),
    fails: [MANY],
  },
  'whose endAll ends fifty sessions': { open: endingEach(50), fails: [MANY] },
  'whose endAll is not atomic': {
    open: endingEach(Number.POSITIVE_INFINITY),
    fails: ['endAll misses nobody whose id is renewed meanwhile'],
  },
  'whose limit counts to sixteen': {
    open: broken((sound) => ({
      create: (session, now, terms = {}) => {
        const isLow = terms.limit !== undefined && terms.limit.most <= 16
        return sound.create(session, now, isLow ? terms : { ...terms, limit: undefined })
      },
    })),
    fails: [MANY],
  },
  'that refuses only at the limit itself': {
    open: () => new Lenient(),
    fails: ['a lower limit refuses where there are more than it allows'],
  },
  'that takes subjects for keys of an object': {
    open: broken((sound) => ({
      list: async (subject, now) => (subject in {} ? [] : sound.list(subject, now)),
    })),
    fails: [ANY_NAME],
  },
  'that cuts subjects': {
    open: broken((sound) => ({
      create: (session, now, terms) => {
        const subject = session.subject?.slice(0, LONGEST_NAME) ?? null
        return sound.create({ ...session, subject }, now, terms)
      },
      list: (subject, now) => sound.list(subject.slice(0, LONGEST_NAME), now),
      endAll: (subject, ...given) => sound.endAll(subject.slice(0, LONGEST_NAME), ...given),
    })),
    fails: [ANY_NAME],
  },
}
