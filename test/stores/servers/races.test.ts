// The races, between two processes whose clocks differ by two seconds, on every store that machines can share.
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RACES, ROUNDS, remoteSide } from '../../support/races.ts'
import type { Side } from '../../support/racing.ts'
import { SHARED } from '../../support/shared-stores.ts'

for (const { name, needed, open } of SHARED) {
  describe(`races on ${name}`, needed, () => {
    let shared: Awaited<ReturnType<typeof open>>
    beforeAll(async () => {
      shared = await open()
    }, 60_000)
    afterAll(() => shared?.stop())

    test.each(RACES)('$name', { timeout: 300_000 }, async ({ options, run }) => {
      const sides: Side[] = await Promise.all([
        remoteSide(shared.spec, options),
        remoteSide(shared.spec, options, 2),
      ])
      try {
        await run(sides[0] as Side, sides[1] as Side, ROUNDS)
      } finally {
        await Promise.all(sides.map((side) => side.stop()))
      }
    })
  })
}
