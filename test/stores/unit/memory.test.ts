// The memory store under the contract: each case with a store of its own, and all of them with one.
import { describe, test } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { storeContract } from '../../../src/testing/index.ts'

describe('a memory store of its own', () => {
  for (const { name, run } of storeContract({ open: () => memoryStore() })) test(name, run)
})

describe('a memory store for all', () => {
  const store = memoryStore()
  for (const { name, run } of storeContract({ open: () => store })) test(name, run)
})
