// One of several processes on one file, as busy as it can be until it is killed. Says what was answered.
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { StoredSession } from '../../../src/core/store.ts'
import { sqliteStore } from '../../../src/stores/sqlite.ts'

const [path = '', name = '', turns = '1000000'] = process.argv.slice(2)
const store = sqliteStore(path, { busyTimeout: '10s' })
const say = (...words: (string | number)[]) => writeSync(1, `${words.join(' ')}\n`)
const second = () => Math.floor(Date.now() / 1000)
const LIMIT = { most: 3, action: 'end-oldest', reason: 'replaced', keep: 600 } as const

function newSession(subject: string): StoredSession {
  const now = second()
  const times = { createdAt: now, seenAt: now, idle: 600, endsAt: now + 86_400 }
  const id = `${name}-${randomBytes(9).toString('base64url')}`
  return { id, subject, ...times, throttle: 0, checkAt: 0, fields: new Map() }
}

/** Writes its own two fields of a session that all share, and adds one to a count of all. */
function write(turn: number): void {
  const set = new Map([
    [`${name}:left`, `${turn}`],
    [`${name}:right`, `${turn}`],
  ])
  store.patch('shared', { set, deleted: [], seenAt: second() }, second())
  say('wrote', turn)
  for (;;) {
    const reading = store.read('shared', second(), true)
    if (reading.state !== 'live') return
    const count = reading.session.fields.get('count') ?? null
    const next = new Map([['count', `${Number(count) + 1}`]])
    const expect = new Map([['count', count]])
    const { state } = store.patch('shared', { set: next, deleted: [], expect }, second())
    if (state === 'done') break
  }
  say('counted', 1)
}

function login(): void {
  const { state } = store.create(newSession('crowd'), second(), { limit: LIMIT })
  if (state !== 'done') say('failed', state)
  const many = store.list('crowd', second()).length
  if (many > LIMIT.most) say('failed', many)
}

let own = newSession(name)
store.create(own, second())

/** Goes on under another id, and now and then ends for good and begins anew. */
function goOn(turn: number): void {
  const from = {
    id: own.id,
    deleted: [],
    until: second() + 60,
    reason: 'renewed',
    keep: 600,
  } as const
  const next = newSession(name)
  const created = store.create(next, second(), { from })
  if (created.state !== 'done') say('failed', created.state)
  own = next
  if (turn % 5 > 0) return
  store.end(own.id, { reason: 'logout', keep: 600 }, second())
  say('ended', own.id)
  own = newSession(name)
  store.create(own, second())
}

say('ready')
for (let turn = 1; turn <= Number(turns); turn++) {
  write(turn)
  login()
  goOn(turn)
}
store.close()
say('through')
