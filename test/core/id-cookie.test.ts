// The id in the cookie, and the one in the store.
import { expect, test } from 'vitest'
import { IdCookie } from '../../src/core/id-cookie.ts'
import { HASHED_IDS } from '../../src/core/ids.ts'
import { modelStore } from '../support/model-store.ts'

function counted() {
  const hashed: string[] = []
  const ids = {
    ...HASHED_IDS,
    storedId: (id: string) => {
      hashed.push(id)
      return HASHED_IDS.storedId(id)
    },
  }
  const cookie = new IdCookie(Object.assign(modelStore(), { ids }), null)
  return { hashed, storedId: (id: string, second: number) => cookie.storedId(id, second) }
}

test('an id that comes again within a second is not hashed again, and later it is', () => {
  const { hashed, storedId } = counted()
  const [one, other] = [HASHED_IDS.create(null), HASHED_IDS.create(null)]
  for (const id of [one, other, one, other]) {
    expect(storedId(id, 10)).toBe(HASHED_IDS.storedId(id))
  }
  expect(hashed).toEqual([one, other])
  expect(storedId(one, 11)).toBe(HASHED_IDS.storedId(one))
  // Also where the clock was set back.
  storedId(one, 10)
  expect(hashed).toEqual([one, other, one, one])
})

test('of a flood of ids only some are remembered', () => {
  const { hashed, storedId } = counted()
  for (let at = 0; at < 2500; at++) storedId(`${at}`, 10)
  storedId('0', 10)
  expect(hashed).toHaveLength(2501)
})
