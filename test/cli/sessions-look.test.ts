// The sessions of a store, looked at: listed and shown.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FullStore } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { NOW, runLater } from './run-command.ts'
import { askJsonOf, askOf, filled, LOGOUT, NAMED, over, session, storedId } from './stored.ts'

describe('list', () => {
  test('a line for each live session, with its times and how many values it holds', async () => {
    const store = await filled(session('a'), session('b', { subject: null, endsAt: 253402300799 }))
    const { code, out, problem } = await askOf(store, 'list')
    expect([code, problem]).toEqual([0, ''])
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['id', 'subject', 'started', 'seen', 'ends', 'fields'],
      [
        storedId('a'),
        'alice',
        '2023-11-14T21:13:20Z',
        '2023-11-14T22:12:20Z',
        '2023-11-14T22:43:19Z',
        '2',
      ],
      [storedId('b'), '-', ...Array(2).fill(expect.any(String)), '2023-11-14T22:43:19Z', '2'],
    ])
  })

  test('one that nothing bounds has no end', async () => {
    const store = await filled(session('a', { idle: 0, endsAt: 253_402_300_799 }))
    expect(await askJsonOf(store, 'list')).toMatchObject({ sessions: [{ endsAt: null }] })
  })

  test('of a subject, those that began first coming first', async () => {
    const store = await filled(
      session('b'),
      session('c', { subject: 'bob' }),
      session('a', { createdAt: NOW - 7_200 }),
    )
    const { sessions, more } = await askJsonOf(store, 'list', 'alice')
    expect(sessions).toMatchObject([{ id: storedId('a') }, { id: storedId('b') }])
    expect(more).toBe(false)
    expect((await askOf(store, 'list', 'nobody')).out).toBe('No live sessions.')
  })

  test('for programs', async () => {
    expect(await askJsonOf(await filled(session('a')), 'list')).toEqual({
      code: 0,
      sessions: [
        {
          id: storedId('a'),
          subject: 'alice',
          startedAt: NOW - 3_600,
          startedAtDate: '2023-11-14T21:13:20Z',
          seenAt: NOW - 60,
          seenAtDate: '2023-11-14T22:12:20Z',
          endsAt: NOW + 1_799,
          endsAtDate: '2023-11-14T22:43:19Z',
          fields: 2,
        },
      ],
      more: false,
    })
  })

  test.each([['alice'], []])('says when there are more: %s', async (...subject) => {
    const store = await filled(...['a', 'b', 'c'].map((name) => session(name)))
    const { code, out, problem } = await askOf(store, 'list', ...subject, '--most', '2')
    expect([code, out.split('\n').length]).toEqual([0, 3])
    expect(problem).toContain('There are more')
    expect(await askJsonOf(store, 'list', ...subject, '--most', '2')).toMatchObject({ more: true })
    expect(await askJsonOf(store, 'list', ...subject, '--most', '3')).toMatchObject({ more: false })
  })

  test('a scan goes page by page, and stops when it has enough', async () => {
    const pages = [['a', 'b'], ['b'], ['c', 'd'], ['e']]
    const asked: (string | null)[] = []
    const scan: FullStore['scan'] = (_now, after) => {
      asked.push(after)
      const at = Number(after ?? 0)
      const sessions = (pages[at] ?? []).map((name) => session(name))
      return { sessions, next: at + 1 < pages.length ? String(at + 1) : null }
    }
    const store = { ...modelStore(), scan }
    expect(await askJsonOf(store, 'list', '--most', '3')).toMatchObject({ more: true })
    expect(asked).toEqual([null, '1', '2'])
    const { sessions } = await askJsonOf(store, 'list')
    expect(sessions).toHaveLength(5)
  })

  test('what a subject is called cannot reach the terminal as a command', async () => {
    const store = await filled(session('a', { subject: '\u001b[2J\u202ebob' }))
    expect((await askOf(store, 'list')).out).not.toMatch(/[\u001b\u202e]/)
  })

  test('a subject may be read from the standard input', async () => {
    const scene = { env: NAMED, store: await filled(session('a')), input: 'alice\n' }
    expect((await runLater(['sessions', 'list', '-'], scene)).out).toContain(storedId('a'))
  })
})

describe('show', () => {
  test('times, keys and sizes, and which bound decides', async () => {
    const store = await filled(session('a', { checkAt: NOW + 60 }))
    const { code, out } = await askOf(store, 'show', storedId('a'))
    expect(code).toBe(0)
    expect(out).toMatch(/^id +0f/)
    expect(out).toMatch(/^subject +alice$/m)
    expect(out).toMatch(/^seen +2023-11-14T22:12:20Z \(1 minute ago\), to within 59 seconds$/m)
    expect(out).toMatch(/^sweep +looks at it at 2023-11-14T22:14:20Z/m)
    expect(out).toMatch(/^idle .*2023-11-14T22:43:19Z \(in 29 minutes 59 seconds\) +<- decides$/m)
    expect(out).toMatch(
      /^absolute +2023-11-14T21:13:20Z +12 hours +2023-11-15T09:13:20Z \(in .*\)$/m,
    )
    expect(out).toMatch(/^data\n {2}note +16 bytes\n {2}price +4 bytes$/m)
  })

  test('values only where they are asked for', async () => {
    const store = await filled(session('a'))
    const { out } = await askOf(store, 'show', storedId('a'), '--values')
    expect(out).toContain('note   "hunter2-secret"  (16 bytes)')
    expect(await askJsonOf(store, 'show', storedId('a'), '--values')).toMatchObject({
      data: [{ key: 'note', bytes: 16, text: '"hunter2-secret"' }, { key: 'price' }],
    })
  })

  test('for programs', async () => {
    const store = await filled(session('a', { throttle: 1e12 }))
    expect(await askJsonOf(store, 'show', storedId('a'))).toEqual({
      code: 0,
      state: 'live',
      id: storedId('a'),
      subject: 'alice',
      startedAt: NOW - 3_600,
      startedAtDate: '2023-11-14T21:13:20Z',
      seenAt: NOW - 60,
      seenAtDate: '2023-11-14T22:12:20Z',
      endsAt: NOW + 1_799,
      endsAtDate: '2023-11-14T22:43:19Z',
      permanent: false,
      throttle: 1e12,
      checkAt: null,
      checkAtDate: null,
      clocks: [
        { clock: 'idle', startedAt: NOW - 60, limit: 1_859, endsAt: NOW + 1_799, decides: true },
        {
          clock: 'absolute',
          startedAt: NOW - 3_600,
          limit: 43_200,
          endsAt: NOW + 39_600,
          decides: false,
        },
      ],
      data: [
        { key: 'note', bytes: 16 },
        { key: 'price', bytes: 4 },
      ],
    })
  })

  test('a value with clocks of its own says when it ends, one that was replaced that it is over', async () => {
    const fields = new Map([
      ['otp', `~0,300,${NOW - 100};"123"`],
      ['cart', `~600,0,${NOW - 100};[1]`],
      [`@o${NOW - 500},cart`, '[2]'],
      ['@@mention', '1'],
      ['@e', '1'],
    ])
    const store = await filled(session('a', { fields }))
    expect(await askJsonOf(store, 'show', storedId('a'))).toMatchObject({
      permanent: true,
      data: [
        { key: 'otp', bytes: 5, endsAt: NOW + 200 },
        { key: 'cart', bytes: 3, endsAt: NOW + 540 },
        { key: 'cart', bytes: 3, endsAt: NOW - 500, over: true },
        { key: '@mention', bytes: 1 },
      ],
    })
    const { out } = await askOf(store, 'show', storedId('a'))
    expect(out).toMatch(/^ {2}otp +5 bytes, ends 2023-11-14T22:16:40Z$/m)
    expect(out).toMatch(/^ {2}cart +3 bytes, over, waits for the sweep since /m)
    expect(out).toMatch(/^ {2}@mention +1 byte$/m)
  })

  test('an empty one that nothing bounds', async () => {
    const store = await filled(
      session('a', { idle: 0, endsAt: 253_402_300_799, throttle: 1e12, fields: new Map() }),
    )
    const { out } = await askOf(store, 'show', storedId('a'))
    expect(out).toContain('Nothing bounds it in the store.')
    expect(out).toContain('not written by reading')
    expect(out).toContain('data\n  (empty)')
  })

  test('looking is no activity', async () => {
    const store = await filled(session('a', { throttle: 0 }))
    await askOf(store, 'show', storedId('a'))
    expect(await askJsonOf(store, 'show', storedId('a'))).toMatchObject({ seenAt: NOW - 60 })
  })

  test('1 where it is over, has ended, or never was', async () => {
    const store = await filled(session('a'), over('b'))
    await store.end(storedId('a'), LOGOUT, NOW - 30)
    const ended = await askOf(store, 'show', storedId('a'))
    expect([ended.code, ended.out]).toEqual([
      1,
      'It has ended: logout, 2023-11-14T22:12:50Z (30 seconds ago).',
    ])
    expect(await askJsonOf(store, 'show', storedId('a'))).toMatchObject({
      code: 1,
      state: 'ended',
      reason: 'logout',
      at: NOW - 30,
      subject: 'alice',
      next: null,
    })
    expect(await askJsonOf(store, 'show', storedId('b'))).toMatchObject({ code: 1, state: 'over' })
    expect((await askOf(store, 'show', storedId('b'))).out).toMatch(/ago\) +<- decides$/m)
    expect(await askOf(store, 'show', storedId('c'))).toMatchObject({ code: 1 })
    expect(await askJsonOf(store, 'show', storedId('c'))).toEqual({ code: 1, state: 'unknown' })
  })

  test('a renewed one says where its id leads', async () => {
    const store = await filled(session('a'))
    const from = { id: storedId('a'), deleted: [], until: NOW + 10, reason: 'renewed' } as const
    await store.create(session('b'), NOW, { from: { ...from, keep: 600 } })
    expect((await askOf(store, 'show', storedId('a'))).out).toContain(`leads to ${storedId('b')}.`)
    expect(await askJsonOf(store, 'show', storedId('a'))).toMatchObject({
      next: { id: storedId('b'), until: NOW + 10 },
    })
  })
})

test('the page shows what the command answers', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')
  const [, block = ''] = /^```text\n(\$ npx sojourn sessions [\s\S]*?)^```$/m.exec(page) ?? []
  const commands = block.split('\n').filter((line) => line.startsWith('$ '))
  const fields = new Map([
    ['device', '"Firefox on Linux"'],
    ['cart', `~7200,0,${NOW - 600};[17]`],
  ])
  const store = await filled(
    session('laptop', { fields }),
    session('phone', { createdAt: NOW - 600, endsAt: NOW + 42_600 }),
  )
  let said = ''
  for (const command of commands) {
    const { out } = await askOf(store, ...command.split(' ').slice(4))
    said += `${command}\n${out}\n`
  }
  expect(commands).toHaveLength(3)
  expect(block).toBe(said)
})
