// What stands in Redis under an id and is none of ours, whole, cut off or with a byte changed.
import { describe, expect, test } from 'vitest'
import {
  readSession,
  readText,
  readTombstone,
  whoseOf,
  writeSession,
} from '../../../src/stores/parts/redis-records.ts'
import { NOW, storedSession } from '../../support/stored-session.ts'

const GARBAGE = [
  ...['', 'x', '1', '{"cart":[]}', '?', '!', '!garbage', '!1 9999999999 0 logout ', '\0\0'],
  `${NOW} ${NOW} 1800 ${NOW + 86_400} 60 0`,
  `${NOW} ${NOW} 1800 ${NOW + 86_400} 60 0\0`,
  `${NOW} ${NOW} 1800 ${NOW + 86_400} 60 0\0whose\0`,
  `${NOW} ${NOW} 1800 ${NOW + 86_400} 60 0\0\0cart`,
  `${NOW} ${NOW}  1800 ${NOW + 86_400} 60 0\0\0`,
  `${NOW},${NOW},1800,${NOW + 86_400},60,0\0\0`,
  `${NOW} ${NOW} 1800 ${NOW + 86_400} 60 \0\0`,
  `${NOW} ${NOW} 1800 99999999999999 60 0\0\0`,
  `${NOW} ${NOW} 1800 ${NOW + 86_400} 60 0-\0\0`,
  `!${NOW} 9999999999 0 nonsense \0\0`,
  `!${NOW} 9999999999 0 toString \0\0`,
  `!${NOW} never 0 logout \0\0`,
  `!${NOW} 9999999999 0 logout`,
]

describe('readText', () => {
  test.each(GARBAGE)('%j is unknown', (text) => {
    expect(readText('id', text, NOW)).toEqual({ reading: { state: 'unknown' }, isApart: false })
  })

  test.each(['ann', null])(
    'a session of %s that was cut off is unknown, or has fewer fields',
    (subject) => {
      const fields = new Map([
        ['cart', '[1,2]'],
        ['note', '"snow"'],
      ])
      const session = storedSession({ subject, fields })
      const text = writeSession(session, fields)
      expect(readSession(session.id, text)).toEqual(session)
      for (let end = 0; end < text.length; end++) {
        const cut = readSession(session.id, text.slice(0, end))
        if (cut !== null) expect(session).toEqual({ ...cut, fields })
      }
    },
  )

  test('a session with a byte changed is read or not, and no more', () => {
    const session = storedSession({ subject: 'ann' })
    const text = writeSession(session, session.fields)
    for (const changed of flipped(text)) {
      expect(readText(session.id, changed, NOW).reading.state).toMatch(/^(live|over|unknown)$/)
    }
  })

  test('a tombstone that was cut off is unknown; with a byte changed it is one or none', () => {
    const text = `!${NOW} ${NOW + 600} ${NOW + 10} renewed next\0${whoseOf('ann')}\0`
    const tombstone = { state: 'ended', reason: 'renewed', at: NOW, subject: 'ann' }
    expect(readTombstone(text, NOW)).toEqual({ ...tombstone, next: 'next', until: NOW + 10 })
    for (let end = 0; end < text.length; end++) {
      expect(readTombstone(text.slice(0, end), NOW)).toEqual({ state: 'unknown' })
    }
    for (const changed of flipped(text)) {
      const { reading } = readText('id', changed, NOW)
      if (reading.state === 'ended') expect(reading).toMatchObject({ reason: 'renewed' })
      else expect(reading).toEqual({ state: 'unknown' })
    }
  })
})

/** The text with each of its characters in turn another one. */
function* flipped(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (const bit of [1, 4, 16, 64]) {
      const other = String.fromCharCode(text.charCodeAt(at) ^ bit)
      yield text.slice(0, at) + other + text.slice(at + 1)
    }
  }
}
