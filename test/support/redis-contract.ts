// The contract of a store on one client of Redis.
import { afterAll, test } from 'vitest'
import { redisStore } from '../../src/stores/redis.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import type { Connected } from './redis-clients.ts'

/** All cases, with one client, which is connected when the first begins. */
export function redisContract(connect: () => Promise<Connected>): void {
  let connected: Connected | undefined
  afterAll(() => connected?.close())
  const open = async () => {
    connected ??= await connect()
    return redisStore(connected.client)
  }
  for (const { name, run } of storeContract({ open })) test(name, run)
}
