// Stores that take a part of a patch, or of what is expected, for something else.
import type { Patch, Store, StoredSession } from '../../src/core/store.ts'
import { type Broken, broken } from './broken.ts'
import { PlainStore } from './plain-store.ts'

/** What is forgotten of a patch, beside what, and the case that says so. */
const FORGOTTEN: readonly (readonly [keyof Patch, keyof Patch, string])[] = [
  ['bounds', 'set', 'a patch does all that it names at once'],
  ['seenAt', 'set', 'a patch does all that it names at once'],
  ['checkAt', 'set', 'a patch does all that it names at once'],
  ['recheck', 'deleted', 'the sweep takes fields out and moves its second at once'],
  ['seenAt', 'bounds', 'a patch does all that it names at once'],
  ['checkAt', 'bounds', 'a patch does all that it names at once'],
  ['set', 'bounds', 'a patch does all that it names at once'],
  ['seenAt', 'expect', 'a patch does all that it names at once'],
  ['bounds', 'expect', 'a patch does all that it names at once'],
  ['checkAt', 'expect', 'a patch does all that it names at once'],
  [
    'checkAt',
    'recheck',
    'of a second that the sweep moves and one that is named the earlier one stays',
  ],
  [
    'recheck',
    'checkAt',
    'of a second that the sweep moves and one that is named the earlier one stays',
  ],
]

const NOTHING: Partial<Patch> = { set: new Map(), deleted: [] }

function isNamed(patch: Patch, part: keyof Patch): boolean {
  if (part === 'set') return patch.set.size > 0
  return part === 'deleted' ? patch.deleted.length > 0 : patch[part] !== undefined
}

const forgetting = (part: keyof Patch, beside: keyof Patch): (() => Store) =>
  broken((sound) => ({
    patch: (id, patch, now) =>
      sound.patch(id, isNamed(patch, beside) ? { ...patch, [part]: NOTHING[part] } : patch, now),
  }))

/** A patch of bounds loses something else. */
class Losing extends PlainStore {
  readonly #lost: (session: StoredSession) => Partial<StoredSession>

  constructor(lost: (session: StoredSession) => Partial<StoredSession>) {
    super()
    this.#lost = lost
  }

  protected override patched(session: StoredSession, patch: Patch) {
    return super.patched(patch.bounds ? { ...session, ...this.#lost(session) } : session, patch)
  }
}

export const BROKEN_PATCHES: { readonly [name: string]: Broken } = {
  ...Object.fromEntries(
    FORGOTTEN.map(([part, beside, name]) => [
      `whose patches forget ${part} beside ${beside}`,
      { open: forgetting(part, beside), fails: [name] },
    ]),
  ),
  'whose patches of bounds undo activity': {
    open: () => new Losing(({ createdAt }) => ({ seenAt: createdAt })),
    fails: ['a patch of one thing leaves everything else as it is'],
  },
  'whose patches of bounds lose the second of the sweep': {
    open: () => new Losing(() => ({ checkAt: 0 })),
    fails: ['a patch of one thing leaves everything else as it is'],
  },
  'that takes no expectation for one': {
    open: broken((sound) => ({
      patch: async (id, patch, now) =>
        patch.expect?.size === 0
          ? { state: 'conflict', current: new Map() }
          : sound.patch(id, patch, now),
    })),
    fails: ['to expect no text is to ask nothing'],
  },
}
