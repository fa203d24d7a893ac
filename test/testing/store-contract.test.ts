// The contract takes a sound store, and says of each broken one what is wrong with it.
import { describe, expect, test } from 'vitest'
import type { Store } from '../../src/core/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type StoreContractOptions, storeContract } from '../../src/testing/index.ts'
import { BROKEN_ENDS } from './broken-ends.ts'
import { BROKEN_KEEPING } from './broken-keeping.ts'
import { BROKEN_PATCHES } from './broken-patches.ts'
import { BROKEN_RENEWALS } from './broken-renewals.ts'
import { BROKEN_STORES, Upserting } from './broken-stores.ts'
import { BROKEN_SUBJECTS } from './broken-subjects.ts'
import { BROKEN_SWEEPS } from './broken-sweeps.ts'
import { BROKEN_VERBS } from './broken-verbs.ts'
import { PlainStore } from './plain-store.ts'

const BROKEN = {
  ...BROKEN_STORES,
  ...BROKEN_VERBS,
  ...BROKEN_PATCHES,
  ...BROKEN_KEEPING,
  ...BROKEN_ENDS,
  ...BROKEN_RENEWALS,
  ...BROKEN_SUBJECTS,
  ...BROKEN_SWEEPS,
}

/** The names of these cases that a store fails. */
async function failuresOf(open: () => Store, names: readonly string[]): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of storeContract({ open })) {
    if (!names.includes(name)) continue
    await run().catch((error: unknown) => {
      expect(error).toBeInstanceOf(Error)
      failed.push(name)
    })
  }
  return failed
}

const namesOf = (options: Partial<StoreContractOptions>) =>
  storeContract({ open: () => new PlainStore(), ...options }).map(({ name }) => name)

describe('a sound store', () => {
  for (const { name, run } of storeContract({ open: () => new PlainStore() })) test(name, run)
})

describe('the list of cases', () => {
  test('each case has a name of its own', () => {
    const names = namesOf({})
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(100)
  })

  test('what a store cannot do is not asked of it', async () => {
    const all = new PlainStore()
    const verbs: Store = {
      create: (session, now, terms) => all.create(session, now, terms),
      read: (id, now, touch) => all.read(id, now, touch),
      patch: (id, patch, now) => all.patch(id, patch, now),
      touch: (id, now) => all.touch(id, now),
      end: (id, ending, now, subject) => all.end(id, ending, now, subject),
    }
    const cases = storeContract({ open: () => verbs, abilities: [] })
    for (const { run } of cases) await run()
    expect(cases.length).toBeLessThan(namesOf({}).length)
  })

  test('what is waived is not asked either', () => {
    const races = namesOf({}).filter((name) => !namesOf({ waives: ['races'] }).includes(name))
    expect(races).toContain('a counter loses no increment')
    const order = namesOf({}).filter((name) => !namesOf({ waives: ['order'] }).includes(name))
    expect(order).toEqual([
      'fields stay in the order in which they were set',
      'fields that move come before those of the session they move to',
    ])
  })

  test('one store may serve all cases, in any order and again', async () => {
    const store = new PlainStore()
    const cases = storeContract({ open: () => store })
    for (const { run } of [...cases.toReversed(), ...cases]) await run()
  })

  test('one store may serve hundreds of runs', async () => {
    const store = memoryStore()
    const asked = new Set(namesOf({ abilities: [] }))
    const sweeps = storeContract({ open: () => store, abilities: ['sweep'] })
    const cases = sweeps.filter(({ name }) => !asked.has(name))
    for (let runs = 0; runs < 300; runs++) for (const { run } of cases) await run()
  })

  test('a store is closed after its case, also after one that failed', async () => {
    let open = 0
    const cases = storeContract({
      open: () => {
        open++
        return new Upserting()
      },
      close: () => {
        open--
      },
    })
    await Promise.allSettled(cases.map(({ run }) => run()))
    expect(open).toBe(0)
  })

  test('an error says what was expected and what came', async () => {
    const [first] = storeContract({ open: () => new Upserting() }).filter(({ name }) =>
      name.startsWith('an id that nobody created'),
    )
    await expect(first?.run()).rejects.toThrow('patch: expected {"state": "unknown"} but got')
  })
})

describe('a broken store fails', () => {
  test.each(Object.entries(BROKEN))('one %s', async (_, { open, fails }) => {
    const failures = await failuresOf(open, fails)
    expect(failures.sort()).toEqual([...fails].sort())
  })
})
