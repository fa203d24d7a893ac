// What a visitor, or a holder of the key, may send: nothing throws, hangs or pollutes.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../../src/core/token.ts'
import { flask } from '../../src/formats/flask.ts'
import { Tuple, UUID } from '../../src/formats/values.ts'
import { NOW, record, signText } from './dev-cookies.ts'

const format = flask()({ current: Buffer.from('dev-secret'), fallbacks: [Buffer.from('old')] })
const RUNS = { numRuns: 50_000, seed: 20_261_123, endOnFailure: true }
const DETAILS = [
  'no-separator',
  'bad-signature',
  'timestamp-missing',
  'timestamp-malformed',
  'timestamp-out-of-range',
  'bad-payload',
  'not-a-session',
]

const VALID = [
  record({ a: 1 }),
  record({
    t: new Tuple<unknown>(1.5, 'x'),
    u: new UUID('0'.repeat(32)),
    d: new Date(0),
    b: Buffer.from('b'),
  }),
  record({ cart: Array.from({ length: 99 }, (_, at) => ({ sku: `item-${at}`, n: at })) }),
].map((one) => format.encode(one, NOW))

const TEXTS = ['{"a":1}', '{"__proto__":{" t":[1.0]}}', '{" di":{" t__":[NaN]}}', '[["a",1]]']

/** Replaces, inserts or removes at a few places. */
const mutated = (texts: readonly string[], unit: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.nat(2), unit), { minLength: 1, maxLength: 3 }),
    )
    .map(([text, changes]) =>
      changes.reduce((changed, [place, removed, added]) => {
        const at = place % (changed.length + 1)
        return changed.slice(0, at) + added + changed.slice(at + removed)
      }, text),
    )

function judge(cookie: string): void {
  const opened = format.open(cookie)
  const found = isRefusal(opened) ? opened : format.decode(opened)
  if (isRefusal(found)) {
    if (!DETAILS.includes(found.detail)) throw new TypeError(found.detail)
    return
  }
  if (!(found.fields instanceof Map)) throw new TypeError('no fields')
  format.encode(found, NOW)
}

const letters = fc.constantFrom(...'AZaz09-_.=+/%" é\0'.split(''), '', '..', '😀')
const marks = fc.constantFrom(
  ...'{}[],:"\\ 0123456789.eE+-tdmbu_N\0é'.split(''),
  '',
  '" t":',
  '{" di":',
)

test('50,000 mutated cookies are refused, or read as what they were', () => {
  fc.assert(fc.property(mutated(VALID, letters), judge), RUNS)
})

test('50,000 mutated payloads with the right signature are read or refused', () => {
  const sign = (json: string) => signText(Buffer.from(json).toString('base64url'), NOW)
  fc.assert(
    fc.property(mutated(TEXTS, marks), (json) => judge(sign(json))),
    RUNS,
  )
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('8 KB of dots cost no more than a bad signature', () => {
  const time = (cookie: string) => {
    const start = performance.now()
    for (let at = 0; at < 2000; at++) format.open(cookie)
    return performance.now() - start
  }
  const bad = `${VALID[0]?.slice(0, -1)}!`
  time(bad)
  const rounds = Array.from({ length: 5 }, () => time('.'.repeat(8192)) / time(bad))
  expect(Math.min(...rounds)).toBeLessThan(1)
})
