// What a broken store is, and how a sound one is broken in a verb.
import type { FullStore, Store } from '../../src/core/store.ts'
import { PlainStore } from './plain-store.ts'

export interface Broken {
  readonly open: () => Store
  /** Among the cases that it fails. */
  readonly fails: readonly string[]
}

/** A sound store but for what `change` makes of its verbs. */
export function broken(change: (sound: FullStore) => Partial<FullStore>): () => Store {
  return () => {
    const sound = new PlainStore()
    const verbs: FullStore = {
      create: (...given) => sound.create(...given),
      read: (...given) => sound.read(...given),
      patch: (...given) => sound.patch(...given),
      touch: (...given) => sound.touch(...given),
      end: (...given) => sound.end(...given),
      list: (...given) => sound.list(...given),
      endAll: (...given) => sound.endAll(...given),
      claim: (...given) => sound.claim(...given),
      forget: (...given) => sound.forget(...given),
      scan: (...given) => sound.scan(...given),
    }
    return { ...verbs, ...change(verbs) }
  }
}
