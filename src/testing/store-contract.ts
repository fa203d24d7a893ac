// The contract of a store as a list of named cases, for any test runner. Races inside one process
// are among them; those between machines are not.
import type { Awaitable, FullStore, Store } from '../core/store.ts'
import { BOUNDS } from './store-bounds.ts'
import { CHECKS } from './store-checks.ts'
import { CREATE } from './store-create.ts'
import { END } from './store-end.ts'
import { EXPECT } from './store-expect.ts'
import { FIELDS, ORDER } from './store-fields.ts'
import { FORGET } from './store-forget.ts'
import { FROM } from './store-from.ts'
import { LIMITS } from './store-limits.ts'
import { PATCH } from './store-patch.ts'
import { RACES, SWEEP_RACES } from './store-races.ts'
import { SCAN } from './store-scan.ts'
import { type Play, Stage } from './store-stage.ts'
import { SUBJECT_RACES } from './store-subject-races.ts'
import { SUBJECTS } from './store-subjects.ts'
import { SUBJECT_SWEEP, SWEEP } from './store-sweep.ts'

/** What a store may be able to do besides the verbs: `SubjectStore`, `SweepStore`, `ScanStore`. */
export type StoreAbility = 'subjects' | 'sweep' | 'scan'

/** What a store may leave unpromised: the order of fields, and atomic verbs. */
export type StoreWaiver = 'order' | 'races'

export interface StoreContractOptions {
  /**
   * Opens the store, once for each case. One database may serve all cases, runs and stores: every
   * case has ids and subjects of its own (but for names like `null`, whose sessions it ends), and
   * what it leaves behind disturbs no other. Run the cases one after the other, and set the store's
   * retention to an hour or more.
   */
  readonly open: () => Awaitable<Store>
  /** Called after each case. @default nothing is closed */
  readonly close?: (store: Store) => Awaitable<void>
  /** @default all three */
  readonly abilities?: readonly StoreAbility[]
  /** What is not asked of it; for a bridge whose `caveat` says so. @default nothing */
  readonly waives?: readonly StoreWaiver[]
}

export interface StoreCase {
  /** A sentence about behaviour. No two are the same. */
  readonly name: string
  /** Rejects with what was expected and what came. */
  run(): Promise<void>
}

/**
 * All that is asked of a store. Time is what the cases say it is; they never wait.
 *
 * @example
 * for (const { name, run } of storeContract({ open: () => memoryStore() })) test(name, run)
 */
export function storeContract(options: StoreContractOptions): readonly StoreCase[] {
  const { open, close, abilities = ['subjects', 'sweep', 'scan'], waives = [] } = options
  const can = (...asked: StoreAbility[]) => asked.every((ability) => abilities.includes(ability))
  const races = !waives.includes('races')
  const books = [CREATE, BOUNDS, END, PATCH, EXPECT, FIELDS, FROM]
  if (!waives.includes('order')) books.push(ORDER)
  if (can('subjects')) books.push(SUBJECTS, LIMITS)
  if (can('sweep')) books.push(SWEEP, CHECKS, FORGET)
  if (can('subjects', 'sweep')) books.push(SUBJECT_SWEEP)
  if (can('scan')) books.push(SCAN)
  if (races) books.push(RACES)
  if (races && can('subjects')) books.push(SUBJECT_RACES)
  if (races && can('sweep')) books.push(SWEEP_RACES)
  const run = async (play: Play): Promise<void> => {
    const store = await open()
    try {
      await play(new Stage(store as FullStore))
    } finally {
      await close?.(store)
    }
  }
  return books.flatMap((book) =>
    Object.entries(book).map(([name, play]) => ({ name, run: () => run(play) })),
  )
}
