// The sessions of a store: ended, swept, counted; and what is never said of them.
import { describe, expect, test } from 'vitest'
import type { FullStore } from '../../src/index.ts'
import { NOW, runLater } from './run-command.ts'
import {
  askJsonOf,
  askOf,
  cookieId,
  filled,
  LOGOUT,
  NAMED,
  over,
  session,
  storedId,
  VALUES,
} from './stored.ts'

describe('end', () => {
  test('ends it, with a reason', async () => {
    const store = await filled(session('a'), session('b'))
    expect(await askOf(store, 'end', storedId('a'))).toMatchObject({ code: 0, out: 'Ended.' })
    expect(await askJsonOf(store, 'end', storedId('b'), '--reason', 'logout')).toEqual({
      code: 0,
      ended: true,
    })
    const readings = ['a', 'b'].map((name) => store.read(storedId(name), NOW, false))
    expect(readings).toMatchObject([
      { state: 'ended', reason: 'revoked', at: NOW },
      { state: 'ended', reason: 'logout', at: NOW },
    ])
  })

  test('1 where it has ended before, whose reason stays, and where it never was', async () => {
    const store = await filled(session('a'))
    await store.end(storedId('a'), LOGOUT, NOW - 30)
    const again = await askOf(store, 'end', storedId('a'))
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('logout')])
    expect(await askJsonOf(store, 'end', storedId('a'))).toMatchObject({
      code: 1,
      ended: false,
      reason: 'logout',
      at: NOW - 30,
    })
    expect(await askJsonOf(store, 'end', storedId('b'))).toMatchObject({
      code: 1,
      state: 'unknown',
    })
  })
})

describe('end-all', () => {
  const live = async (store: FullStore) => (await store.scan(NOW, null, 100)).sessions.length

  test('of a subject', async () => {
    const store = await filled(session('a'), session('b'), session('c', { subject: 'bob' }))
    expect((await askOf(store, 'end-all', 'alice')).out).toBe('Ended 2 sessions.')
    expect(await live(store)).toBe(1)
    expect(await askJsonOf(store, 'end-all', 'alice')).toEqual({ code: 0, ended: 0 })
  })

  test.each([' sp ', ' ', '\tx', 'x\n', '\u00a0x'])(
    'of a subject as it was typed, space and all: %j',
    async (subject) => {
      const store = await filled(session('a', { subject }), session('b', { subject: 'x' }))
      expect(await askJsonOf(store, 'list', subject)).toMatchObject({ sessions: [{ subject }] })
      expect((await askOf(store, 'end-all', subject)).out).toBe('Ended 1 session.')
      expect(await askJsonOf(store, 'list')).toMatchObject({ sessions: [{ subject: 'x' }] })
    },
  )

  test.each([
    [' sp ', ' sp '],
    [' sp \n', ' sp '],
    ['sp\r\n', 'sp'],
    ['sp\n\n', 'sp\n'],
  ])('of a subject from the standard input, without its line break: %j', async (input, subject) => {
    const store = await filled(session('a', { subject }), session('b'))
    const ask = (verb: string) => runLater(['sessions', verb, '-'], { env: NAMED, store, input })
    expect((await ask('list')).out).toContain(storedId('a'))
    expect((await ask('end-all')).out).toBe('Ended 1 session.')
    expect(await live(store)).toBe(1)
  })

  test.each(['', '\n', '\r\n'])('of nobody: %j', async (input) => {
    const store = await filled(session('a'))
    const told = await runLater(['sessions', 'end-all', '-'], { env: NAMED, store, input })
    expect(told).toMatchObject({ code: 2, out: '' })
    expect(await live(store)).toBe(1)
  })

  test('of everyone, when that is meant', async () => {
    const store = await filled(session('a'), session('c', { subject: null }))
    expect(await askOf(store, 'end-all', '--everyone')).toMatchObject({ code: 2, out: '' })
    expect(await live(store)).toBe(2)
    expect((await askOf(store, 'end-all', '--everyone', '--yes')).out).toBe('Ended 2 sessions.')
    expect(await live(store)).toBe(0)
  })

  test('of everyone: what is renewed meanwhile does not slip by, what begins later stays', async () => {
    const store = await filled(session('a'), session('b'))
    const { end } = store
    let renewed = false
    store.end = (id, ending, now) => {
      if (!renewed) {
        renewed = true
        const from = { id, deleted: [], until: null, reason: 'renewed', keep: 600 } as const
        store.create(session('renewed'), now, { from })
        store.create(session('later', { createdAt: NOW + 1, seenAt: NOW + 1 }), now)
      }
      return end(id, ending, now)
    }
    expect((await askOf(store, 'end-all', '--everyone', '--yes')).out).toBe('Ended 2 sessions.')
    expect(await askJsonOf(store, 'list')).toMatchObject({ sessions: [{ id: storedId('later') }] })
  })

  test.each([[[]], [['alice', '--everyone', '--yes']]])(
    'a subject or everyone: %j',
    async (args) => {
      const store = await filled(session('a'))
      expect(await askOf(store, 'end-all', ...args)).toMatchObject({ code: 2, out: '' })
      expect(await live(store)).toBe(1)
    },
  )
})

describe('sweep', () => {
  test('forgets what is over, and leaves the rest to the program', async () => {
    const store = await filled(session('a'), over('b'), over('c'), session('d', { checkAt: NOW }))
    expect(await askOf(store, 'sweep')).toMatchObject({
      code: 0,
      out: 'Looked at 3: 2 over and forgotten, 1 live and left for the program.',
    })
    expect(await askJsonOf(store, 'show', storedId('b'))).toMatchObject({
      state: 'ended',
      reason: 'idle',
    })
    expect(await askJsonOf(store, 'list')).toMatchObject({ sessions: [{}, {}] })
  })

  test('for programs: a line for each, written before it is forgotten', async () => {
    const store = await filled(over('b'), over('c'))
    const { out, problem, written } = await askOf(store, 'sweep', '--json')
    expect([out, problem]).toEqual(['', 'Looked at 2: 2 over and forgotten.'])
    const lines = written.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: storedId('b'), subject: 'alice', endsAt: NOW - 1_200, data: [{ key: 'note' }, {}] },
      { id: storedId('c') },
    ])
    expect(written).not.toContain(VALUES[0])
  })

  test('with --values, what they held', async () => {
    const { written } = await askOf(await filled(over('b')), 'sweep', '--json', '--values')
    expect(JSON.parse(written)).toMatchObject({ data: [{ text: '"hunter2-secret"' }, {}] })
  })

  test('at most so many', async () => {
    const store = await filled(...Array.from({ length: 250 }, (_, at) => over(`s${at}`)))
    expect((await askOf(store, 'sweep', '--most', '120')).out).toMatch(/^Looked at 120: 120 /)
    expect((await askOf(store, 'sweep')).out).toMatch(/^Looked at 130: 130 /)
    expect((await askOf(store, 'sweep')).out).toMatch(/^Looked at 0: 0 /)
  })
})

describe('stats', () => {
  test('counts', async () => {
    const store = await filled(session('a'), session('b', { subject: null }), over('c'))
    expect(await askJsonOf(store, 'stats')).toEqual({
      code: 0,
      live: 2,
      withSubject: 1,
      anonymous: 1,
      fields: 4,
      dataBytes: 40,
      storeBytes: null,
    })
    expect((await askOf(store, 'stats')).out).toBe(
      'live          2\nwith subject  1\nanonymous     1\ndata          4 values of 40 bytes',
    )
  })
})

describe('what stays unsaid', () => {
  const commands = [
    ['list'],
    ['list', 'alice'],
    ['show', storedId('a')],
    ['show', storedId('b')],
    ['show', storedId('gone')],
    ['show', cookieId('a')],
    ['end', cookieId('a')],
    ['end', `${cookieId('a')}x`],
    ['stats'],
    ['sweep'],
    ['end', storedId('a')],
    ['end-all', 'alice'],
    ['list', cookieId('a'), cookieId('b')],
    ['list', '--most', 'hunter2'],
    ['end', storedId('a'), '--reason', 'hunter2'],
    ['list', '--schema', 'hunter2'],
  ]

  test.each(commands.flatMap((args) => [[args], [[...args, '--json']]]))(
    'no value, id of a cookie or password: %j',
    async (args) => {
      const store = await filled(session('a'), over('b'))
      const { out, problem, written } = await askOf(store, ...args)
      const said = out + problem + written
      expect(said).not.toBe('')
      for (const hidden of [VALUES[0], '4.99', 'hunter2', cookieId('a'), cookieId('b')]) {
        expect(said).not.toContain(hidden)
      }
    },
  )
})
