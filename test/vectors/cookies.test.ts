// Every cookie of the vector files: read, judged, and written again.
import { afterAll, describe, expect, test } from 'vitest'
import { judge } from '../../src/core/judgement.ts'
import { toLimit } from '../../src/core/lifetime.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { deriveKey } from '../../src/core/signer.ts'
import { type CookieFormat, isRefusal } from '../../src/core/token.ts'
import { flask } from '../../src/formats/flask.ts'
import { type Check, type CookieCase, toBytes, toKeys, vectorFiles } from './files.ts'
import { canonical, fieldsOf, objectToTyped, type Typed } from './typed.ts'

const OPTIONS = { digest: 'sha1', keyDerivation: 'hmac', compress: 'flask' } as const
const SALT = 'cookie-session'
const counts = { files: 0, cookies: 0, checks: 0, lenient: 0, exact: 0, json: 0, refused: 0 }

for (const file of vectorFiles()) {
  counts.files++
  describe(file.name, () => {
    for (const vector of file.cookies) test(vector.id, () => tryCase(vector))
  })
}

afterAll(() => {
  const { files, cookies, checks, lenient, exact, json, refused } = counts
  console.info(
    `vectors: ${files} file(s), ${cookies} cookies, ${checks} checks (${lenient} lenient); ` +
      `written: ${exact} to the byte, ${json} to the JSON, ${refused} refused (years below 100)`,
  )
})

function tryCase(vector: CookieCase): void {
  counts.cookies++
  const derived = deriveKey(toBytes(vector.secretKey), { ...OPTIONS, salt: SALT })
  expect(Buffer.from(derived).toString('hex')).toBe(vector.signingKey)
  for (const check of vector.checks) tryCheck(vector, check)
  if (vector.encode !== 'none' && vector.payload !== undefined) tryEncoding(vector, vector.payload)
}

function tryCheck(vector: CookieCase, check: Check): void {
  counts.checks++
  const { cookie = vector.cookie, salt = SALT } = check
  const { secretKey = vector.secretKey, fallbacks = vector.fallbacks } = check
  const format = flask({ ...OPTIONS, salt })(toKeys(secretKey, fallbacks))
  const { verdict, record } = read(format, cookie, check)
  const about = `${check.id}: ${verdict}`
  const found = record && objectToTyped(record.fields)
  const expected =
    check.outcome === 'session' ? canonical(vector.loaded ?? payloadOf(vector)) : null
  if (check.lenient) {
    counts.lenient++
    expect([expected, datesAsNull(expected), null], about).toContainEqual(found)
    return
  }
  expect(found, about).toEqual(expected)
  // A stricter reader may name another reason for cookies made by hand.
  if (vector.encode !== 'none' || isOwn(vector)) expect(verdict, check.id).toBe(check.verdict)
}

const isOwn = (vector: CookieCase): boolean => ownCases.has(vector.id)
const ownCases = new Set(vectorFiles()[0]?.cookies.map(({ id }) => id))

function payloadOf(vector: CookieCase): Typed {
  if (vector.payload === undefined) throw new TypeError(`${vector.id} has no payload`)
  return vector.payload
}

function read(
  format: CookieFormat,
  cookie: string,
  { now, maxAge }: Pick<Check, 'now' | 'maxAge'>,
): { verdict: string; record: SessionRecord | null } {
  if (cookie === '') return { verdict: 'absent', record: null }
  const opened = format.open(cookie)
  if (isRefusal(opened)) return { verdict: opened.detail, record: null }
  const { seenAt } = opened
  const judgement = judge(
    { createdAt: seenAt, seenAt },
    [toLimit('idle', maxAge, { throttled: false })],
    now,
  )
  if (judgement.because === 'future') return { verdict: 'future', record: null }
  if (!judgement.live) return { verdict: 'expired', record: null }
  const record = format.decode(opened)
  if (isRefusal(record)) return { verdict: record.detail, record: null }
  return { verdict: 'valid', record }
}

/** A reader may give null for a date that Flask reads and never writes. */
function datesAsNull(typed: Typed | null): Typed | null {
  if (typed === null || !('dict' in typed)) return typed
  return {
    dict: typed.dict.map(([key, value]) => [key, 'datetime' in value ? { null: true } : value]),
  }
}

function tryEncoding(vector: CookieCase, payload: Typed): void {
  const keys = toKeys(vector.secretKey, vector.fallbacks)
  const format = flask(OPTIONS)(keys)
  const record = toRecord(fieldsOf(payload), vector.timestamp)
  if (hasEarlyYear(payload)) {
    // Python writes them and reads another century back; we do not write them.
    counts.refused++
    expect(() => format.encode(record, vector.timestamp)).toThrow('100 to 9999')
    return
  }
  const cookie = format.encode(record, vector.timestamp)
  if (vector.encode === 'exact') {
    counts.exact++
    expect(cookie).toBe(vector.cookie)
  } else {
    counts.json++
    const plain = flask({ ...OPTIONS, compress: 'never' })(keys).encode(record, vector.timestamp)
    expect(Buffer.from(plain.split('.')[0] ?? '', 'base64url').toString()).toBe(vector.json)
  }
  tryReading(format, cookie, vector)
  tryPassingOn(format, vector)
}

function tryReading(format: CookieFormat, cookie: string, vector: CookieCase): void {
  const back = read(format, cookie, { now: vector.timestamp, maxAge: 0 })
  expect(back.record && objectToTyped(back.record.fields)).toEqual(
    canonical(vector.loaded ?? payloadOf(vector)),
  )
}

/** What Flask wrote and we pass on, untouched or rebuilt value by value, comes back to the letter. */
function tryPassingOn(format: CookieFormat, vector: CookieCase): void {
  const opened = format.open(vector.cookie)
  if (isRefusal(opened)) throw new TypeError(opened.detail)
  const record = format.decode(opened) as SessionRecord
  if (record.createdAt !== vector.timestamp) throw new TypeError('another time')
  expect(format.renew(opened, record, vector.timestamp)).toBe(vector.cookie)
  const written = format.encode(record, vector.timestamp)
  const rebuilt = format.encode(
    { ...record, sources: null, changed: null, terms: null, origin: null },
    vector.timestamp,
  )
  expect(rebuilt).toBe(written)
  if (vector.encode === 'exact') expect(written).toBe(vector.cookie)
}

const toRecord = (fields: Map<string, unknown>, now: number): SessionRecord => ({
  id: null,
  createdAt: now,
  seenAt: now,
  permanent: false,
  fields,
  sources: null,
  changed: null,
  terms: null,
  origin: null,
})

function hasEarlyYear(typed: Typed): boolean {
  if ('dict' in typed) return typed.dict.some(([, value]) => hasEarlyYear(value))
  if ('list' in typed) return typed.list.some(hasEarlyYear)
  if ('tuple' in typed) return typed.tuple.some(hasEarlyYear)
  return 'datetime' in typed && new Date(typed.datetime).getUTCFullYear() < 100
}
