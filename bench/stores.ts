// What sessions in a store cost: each store in its own run, beside its floor and the peers.
import { measureMemory } from './memory.ts'
import { measurePostgres } from './postgres.ts'
import { measureRedis } from './redis.ts'

const STORES = { memory: measureMemory, redis: measureRedis, postgres: measurePostgres }

/** Prints a table for each store; one whose server is not installed is skipped aloud. */
export async function measureStores(names: readonly string[]): Promise<void> {
  for (const [name, measure] of Object.entries(STORES)) {
    if (!names.includes(name)) continue
    console.log(`\n${name}\n`)
    console.log(await measure())
  }
}
