// The four lines as a program of Node's own runner; started by runners.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSessions } from 'sojourn'
import { createClock, createVisitor } from 'sojourn/testing'

const secretKey = 'a secret key of some length'

test('out after 31 idle minutes', () => {
  const clock = createClock()
  const sessions = createSessions({ secretKey, lifetime: { idle: '30m' }, clock })
  const visitor = createVisitor(sessions, { clock })

  visitor.visit((session) => session.set('user', 'ann'))
  clock.advance({ minutes: 29 })
  assert.equal(
    visitor.visit((session) => session.get('user')),
    'ann',
  )
  clock.advance({ minutes: 31 })
  assert.equal(
    visitor.visit((session) => session.get('user')),
    undefined,
  )
})
