// The parts that a memory store is made of.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Chains } from '../../../src/stores/parts/chains.ts'
import { Heap } from '../../../src/stores/parts/heap.ts'
import { Links } from '../../../src/stores/parts/links.ts'
import { flat, packFields, unpackFields } from '../../../src/stores/parts/packing.ts'
import { Records } from '../../../src/stores/parts/records.ts'
import { partOfId, partOfText } from '../../../src/stores/parts/shards.ts'

const text = fc.string({ unit: 'grapheme' }).map((given) => given.replaceAll('\0', ''))

describe('packed fields', () => {
  test('come back as they went, in their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key }), (fields) => {
        expect([...unpackFields(packFields(fields))]).toEqual(fields)
      }),
    )
  })

  test('no fields are not one of empty texts', () => {
    expect(unpackFields(packFields([])).size).toBe(0)
    expect([...unpackFields(packFields([['', '']]))]).toEqual([['', '']])
  })

  test('a flat text is the same text', () => {
    fc.assert(fc.property(text, (given) => flat(given) === given))
  })
})

describe('parts', () => {
  test('the tag of an id has a part of its own', () => {
    const tags = Array.from({ length: 256 }, (_, at) => at.toString(16).padStart(2, '0'))
    expect(tags.map((tag) => partOfId(`${tag}-anything`))).toEqual(tags.map((_, at) => at))
  })

  test('subjects that differ a little spread over the parts', () => {
    const counts = new Array<number>(256).fill(0)
    for (let at = 0; at < 25_600; at++) {
      const part = partOfText(`user-${at}@shop.example`) & 255
      counts[part] = (counts[part] ?? 0) + 1
    }
    expect(Math.max(...counts)).toBeLessThan(200)
  })
})

describe('a heap', () => {
  test('gives numbers back in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap()
        for (const number of numbers) heap.push(number)
        const sorted = numbers.map(() => {
          const { least } = heap
          heap.pop()
          return least
        })
        expect(sorted).toEqual([...numbers].sort((one, other) => one - other))
        expect(heap.least).toBe(Number.POSITIVE_INFINITY)
      }),
    )
  })
})

describe('links', () => {
  test('are 0 until they are set, however far away', () => {
    const links = new Links()
    expect(links.get(5000)).toBe(0)
    links.set(5000, -7)
    expect([links.get(5000), links.get(4999), links.get(0)]).toEqual([-7, 0, 0])
  })
})

describe('chains', () => {
  test('hold what was added and not removed', () => {
    const step = fc.tuple(fc.boolean(), fc.constantFrom('ann', 'bob', ''), fc.nat(12))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const chains = new Chains()
        const owners = new Map<number, string>()
        for (const [isAdded, subject, record] of steps) {
          const owner = owners.get(record)
          if (isAdded && owner === undefined) {
            chains.add(subject, record)
            owners.set(record, subject)
          } else if (!isAdded && owner !== undefined) {
            chains.remove(owner, record)
            owners.delete(record)
          }
        }
        for (const subject of ['ann', 'bob', '']) {
          const own = [...owners].filter(([, owner]) => owner === subject).map(([record]) => record)
          expect(chains.of(subject).sort()).toEqual(own.sort())
          expect(chains.first(subject) === undefined).toBe(own.length === 0)
        }
      }),
    )
  })
})

describe('records', () => {
  test('a number is used again once its record has gone, and nothing of it is left', () => {
    const records = new Records()
    const record = records.add('00a')
    const row = records.at(record)
    Object.assign(row, { holds: 'session', text: 'x', subject: 'ann', seenAt: 9 })
    records.remove(record)
    expect([records.count, records.find('00a')]).toEqual([0, undefined])
    const { holds, id, text, subject } = records.at(record)
    expect({ holds, id, text, subject }).toEqual({
      holds: 'nothing',
      id: '',
      text: '',
      subject: null,
    })
    expect(records.add('00b')).toBe(record)
    expect([records.count, records.end]).toEqual([1, 1])
  })
})
