// Holds docs/standards.md against the tests: each item has its row, and each row its tests.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const HERE = import.meta.dirname
const PAGE = readFileSync(join(HERE, '../../docs/standards.md'), 'utf8')
const OTHERS = ['the application', 'a store', 'the browser client', 'the proxy']
const ALL = Array.from({ length: 65 }, (_, at) => at + 1)

interface Row {
  readonly item: number
  readonly asks: string
  /** The names of files in this folder. */
  readonly files: readonly string[]
  readonly others: readonly string[]
  readonly how: string
}

/** Every line of a table that begins with a number. */
const rows = Array.from(PAGE.matchAll(/^\| (\d+) \|(.*)\|$/gm), ([, item, rest = '']): Row => {
  const [asks = '', who = '', ...how] = rest.split('|').map((cell) => cell.trim())
  const parts = who.split(', ')
  const files = parts.map((part) => /^\[test\]\(\.\.\/test\/standards\/(.+)\)$/.exec(part)?.[1])
  return {
    ...{ item: Number(item), asks, how: how.join('|') },
    files: files.filter((file) => file !== undefined),
    others: parts.filter((_, at) => files[at] === undefined),
  }
})

/** The items that a file has tests of; one that is expected to fail shows nothing. */
function itemsIn(file: string): number[] {
  const text = readFileSync(join(HERE, file), 'utf8')
  const names = text.matchAll(/(?<!\.fails)\(\s*'item (\d\d): /g)
  return [...new Set(Array.from(names, ([, item]) => Number(item)))]
}

const tested = readdirSync(HERE)
  .filter((file) => file.endsWith('.test.ts') && file !== 'table.test.ts')
  .flatMap((file) => itemsIn(file).map((item) => `${item} ${file}`))

test('each of the 65 items has exactly one row, in order', () => {
  expect(rows.map(({ item }) => item)).toEqual(ALL)
})

test('each row names those who are known, says what is asked, and how or why not', () => {
  for (const { item, asks, files, others, how } of rows) {
    expect([item, others.filter((other) => !OTHERS.includes(other))]).toEqual([item, []])
    expect([item, files.length + others.length > 0]).toEqual([item, true])
    expect([item, asks.length > 5, how.length > 10]).toEqual([item, true, true])
  }
})

test('a row that says test names a file with a test of its number, and no test goes unnamed', () => {
  const named = rows.flatMap(({ item, files }) => files.map((file) => `${item} ${file}`))
  expect(named.toSorted()).toEqual(tested.toSorted())
})

test('every test here but those of the presets and of this table begins with its item', () => {
  const files = readdirSync(HERE).filter((file) => file.endsWith('.test.ts'))
  for (const file of files.filter((name) => !/^(presets|table)\./.test(name))) {
    const text = readFileSync(join(HERE, file), 'utf8')
    const tests = text.match(/^ *test(?:\.|\()/gm)?.length
    const numbered = text.match(/\(\s*'item \d\d: /g)?.length
    expect([file, numbered]).toEqual([file, tests])
  }
})
