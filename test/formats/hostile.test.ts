// What a visitor, or a holder of the key, may send: nothing throws, hangs or pollutes.
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { isRefusal } from '../../src/core/token.ts'
import { flask } from '../../src/formats/flask.ts'
import { signed } from '../../src/formats/signed.ts'
import { Tuple, UUID } from '../../src/formats/values.ts'
import { byRole, createSessions, type SessionOptions } from '../../src/index.ts'
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
  'bad-terms',
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

const TEXTS = [
  '{"a":1}',
  '{"_sojourn":"u1859,43200 c5 sann fa,60,300","a":1}',
  '{"__proto__":{" t":[1.0]}}',
  '{" di":{" t__":[NaN]}}',
  '[["a",1]]',
]

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

/** Texts that could nearly be ours, and any other. */
const TERMS = [
  `u1859,43200 c${NOW} sann ppassword,${NOW}`,
  `k600,28800 c${NOW - 500} l300,0,${NOW - 500} fcode,0,300 fdraft,60,300,-7`,
  '',
]
const signs = fc.constantFrom(...'uklcspfx0123456789,- %é'.split(''), '', '1e9', '-1', 'c0', ' k')
const texts = fc.oneof(
  { weight: 4, arbitrary: mutated(TERMS, signs) },
  fc.string({ maxLength: 40, unit: 'binary' }),
)
const signTerms = (text: string, data: object) =>
  signText(Buffer.from(JSON.stringify({ _sojourn: text, ...data })).toString('base64url'), NOW)

test('20,000 texts under the reserved key are read and written again, or refused', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const cookie = signTerms(text, { a: 1 })
      judge(cookie)
      const opened = format.open(cookie)
      const found = isRefusal(opened) ? opened : format.decode(opened)
      if (isRefusal(found) || isRefusal(opened)) return
      const again = format.open(format.renew(opened, found, NOW + 1))
      if (isRefusal(again) || isRefusal(format.decode(again))) throw new TypeError(text)
    }),
    { ...RUNS, numRuns: 20_000 },
  )
})

const OPTIONS: Partial<SessionOptions>[] = [
  {},
  { lifetime: { idle: '10m', absolute: '1h' }, idleAction: 'lock' },
  { lifetime: { absolute: '1h' }, grants: { permanent: { absolute: '30d' } } },
  { lifetime: byRole({ admin: { idle: '5m' }, guest: { idle: '1h' } }, () => 'guest') },
]

test('no text under the reserved key lets a session live longer than none', () => {
  let now = NOW
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const servers = OPTIONS.flatMap((options) =>
    [flask(), signed({ salt: 'cookie-session', digest: 'sha1' })].map((by) =>
      createSessions({
        ...{ secretKey: 'dev-secret', clock: () => now, format: by, ...options },
        cookie: { name: 's', secure: false },
      }),
    ),
  )
  warned.mockRestore()
  fc.assert(
    fc.property(texts, fc.constantFrom(...servers), fc.nat(50_000), (text, server, age) => {
      now = NOW + age
      const data = { _permanent: true, a: 1 }
      const look = (terms: string) => {
        const session = server.open({ cookie: `s=${signTerms(terms, data)}` })
        const state = session.isNew ? 0 : session.locked ? 1 : 2
        return [state, state === 0 ? 0 : (session.endsAt ?? Number.POSITIVE_INFINITY)] as const
      }
      const [[state, end], [plain, plainEnd]] = [look(text), look('')]
      if (state > plain) throw new TypeError(`open: ${text}`)
      if (state === plain && end > plainEnd) throw new TypeError(`longer: ${text}`)
    }),
    { ...RUNS, numRuns: 20_000 },
  )
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
