// Every clock, and which one decides.
import { expect, test } from 'vitest'
import { createSessions } from '../../src/create-sessions.ts'
import { signed } from '../../src/formats/signed.ts'
import { ask, FLASK_COOKIE, NOW, runCommand, SECRET } from './run-command.ts'

const LIMITS = ['--idle', '30m', '--absolute', '12h']

test('both clocks are shown, and the earlier one decides', () => {
  const { out, code } = runCommand(['explain', FLASK_COOKIE, ...LIMITS], { now: NOW + 60 })
  expect(code).toBe(0)
  expect(out).toContain(
    'The session lives until 2023-11-14 22:43:20 UTC (in 29 minutes): the idle clock decides.',
  )
  expect(out).toMatch(/^idle .*30 minutes .*<- decides$/m)
  expect(out).toMatch(/^absolute .*12 hours .*2023-11-15 10:13:20 UTC$/m)
  expect(out).toContain('not checked')
})

test('for programs', () => {
  expect(ask(['explain', FLASK_COOKIE, ...LIMITS], { now: NOW + 60 })).toEqual({
    code: 0,
    live: true,
    endsAt: NOW + 1800,
    endsAtDate: '2023-11-14T22:43:20Z',
    because: 'idle',
    now: NOW + 60,
    clocks: [
      {
        clock: 'idle',
        startedAt: NOW,
        limit: 1800,
        allowance: 0,
        endsAt: NOW + 1800,
        decides: true,
      },
      {
        clock: 'absolute',
        startedAt: NOW,
        limit: 43_200,
        allowance: 0,
        endsAt: NOW + 43_200,
        decides: false,
      },
    ],
    format: 'flask',
    verified: true,
  })
})

test('an ended session ends with 1, and says when it ended', () => {
  const { out, code } = runCommand(['explain', FLASK_COOKIE, ...LIMITS], { now: NOW + 5_400 })
  expect(code).toBe(1)
  expect(out).toContain('The session ended after 2023-11-14 22:43:20 UTC (1 hour ago)')
})

test('one from the future says that clocks disagree', () => {
  const { out, code } = runCommand(['explain', FLASK_COOKIE, ...LIMITS], { now: NOW - 1 })
  expect(code).toBe(1)
  expect(out).toContain('clocks disagree')
})

test('the absolute clock of a session that has gone on runs from its beginning', () => {
  let now = NOW
  const sessions = createSessions({
    secretKey: `${SECRET}, longer`,
    format: signed(),
    clock: () => now,
  })
  const first = sessions.open({})
  first.set('a', 1)
  const pair = (line: string | null) => (line ?? '').replace(/;.*/, '')
  const cookie = pair(sessions.settle(first).setCookie)
  now += 1200
  const next = sessions.open({ cookie })
  next.set('a', 2)
  const later = pair(sessions.settle(next).setCookie)
  const environments: Record<string, string>[] = [{}, { SECRET_KEY: `${SECRET}, longer` }]
  for (const env of environments) {
    expect(ask(['explain', later, '--absolute', '1h'], { env, now })).toMatchObject({
      code: 0,
      clocks: [{ clock: 'absolute', startedAt: NOW, endsAt: NOW + 3600 }],
    })
    expect(ask(['explain', later, '--idle', '30m'], { env, now })).toMatchObject({
      clocks: [{ clock: 'idle', startedAt: NOW + 1200, allowance: 59 }],
    })
  }
})

test('with a key at hand a forged cookie is refused before any clock', () => {
  const { out, code } = runCommand(['explain', `${FLASK_COOKIE.slice(0, -4)}AAAA`, ...LIMITS], {
    env: { SECRET_KEY: SECRET },
  })
  expect(code).toBe(1)
  expect(out).toContain('bad-signature')
})

test('a sealed cookie needs its key', () => {
  const env = { SECRET_KEY: SECRET }
  const { out: cookie } = runCommand(['sign', '{"a":1}'], { env })
  expect(runCommand(['explain', cookie, ...LIMITS], {}).code).toBe(2)
  expect(runCommand(['explain', cookie, ...LIMITS], { env }).code).toBe(0)
})
