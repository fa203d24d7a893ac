// The wheel beside the plain thing that it stands for: a list of records with their seconds.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NONE, slotFor, Wheel } from '../../../src/stores/parts/wheel.ts'

const second = fc.integer({ min: 0, max: 300_000 })

describe('the slot for a second', () => {
  test('begins at that second or before, and after the present', () => {
    fc.assert(
      fc.property(fc.nat(1e10), fc.nat(1e9), (present, ahead) => {
        const start = slotFor(present + ahead, present)
        expect(start).toBeLessThanOrEqual(present + ahead)
        if (ahead > 0) expect(start).toBeGreaterThan(present)
      }),
    )
  })

  test('is exact for the next minute and coarser from there', () => {
    expect(slotFor(1063, 1000)).toBe(1063)
    expect(slotFor(1064, 1000)).toBe(1024)
    expect(slotFor(1_000_000, 1000)).toBe(786_432)
  })

  test('is the second itself where that has gone by', () => {
    expect(slotFor(900, 1000)).toBe(900)
  })

  test('many seconds far away share few slots', () => {
    const slots = new Set<number>()
    for (let ahead = 0; ahead < 2_000_000; ahead += 7) slots.add(slotFor(ahead, 0))
    expect(slots.size).toBeLessThan(260)
  })
})

describe('a wheel', () => {
  test('gives back each record once, when its slot has begun', () => {
    const wheel = new Wheel()
    wheel.place(0, 10)
    wheel.place(1, 20)
    wheel.place(2, 10)
    expect(wheel.take(9)).toBe(NONE)
    expect([wheel.take(10), wheel.take(10)].sort()).toEqual([0, 2])
    expect(wheel.take(19)).toBe(NONE)
    expect(wheel.take(99)).toBe(1)
    expect(wheel.take(99)).toBe(NONE)
  })

  test('does as a list does, whatever is asked', () => {
    const place = fc.record({ verb: fc.constant('place'), record: fc.nat(40), second })
    const remove = fc.record({ verb: fc.constant('remove'), record: fc.nat(40), second })
    const take = fc.record({ verb: fc.constant('take'), record: fc.nat(40), second })
    fc.assert(
      fc.property(fc.array(fc.oneof(place, place, remove, take), { maxLength: 300 }), (asked) => {
        const wheel = new Wheel()
        const model = new Map<number, number>()
        for (const { verb, record, second } of asked) {
          if (verb === 'place') {
            wheel.place(record, second)
            model.set(record, second)
          } else if (verb === 'remove') {
            wheel.remove(record)
            model.delete(record)
          } else {
            const taken = wheel.take(second)
            const earliest = Math.min(...model.values())
            expect(model.get(taken)).toBe(earliest <= second ? earliest : undefined)
            model.delete(taken)
          }
        }
        const rest: number[] = []
        for (let record = wheel.take(1e9); record !== NONE; record = wheel.take(1e9)) {
          rest.push(record)
        }
        expect(rest.sort()).toEqual([...model.keys()].sort())
      }),
    )
  })

  test('keeps no slots that have emptied, though nobody takes anything', () => {
    const wheel = new Wheel()
    for (let at = 0; at < 5000; at++) {
      wheel.place(at % 3, at)
      // A slot that is due and empty says so until another one opens.
      if (at > 10) expect(wheel.isDue(at - 4)).toBe(false)
    }
  })
})
