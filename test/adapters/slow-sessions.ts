// Sessions whose store answers when a test says so, behind a real server.
import type http from 'node:http'
import { afterEach, beforeEach, expect } from 'vitest'
import { type NodeOptions, withSession } from '../../src/adapters/node.ts'
import type { Sessions, Settlement } from '../../src/core/sessions.ts'
import { SessionError } from '../../src/index.ts'
import { type Handler, listen, newSessions, send } from './node-servers.ts'

export const DOWN = new SessionError('store-unavailable', 'The store is down.')

export const tick = () => new Promise((resolve) => setImmediate(resolve))

/** Sessions whose store answers when it is told to. */
export function slowSessions() {
  const sessions = newSessions()
  const waiting: {
    done: (changes?: Partial<Settlement>) => void
    fail: (error: unknown) => void
  }[] = []
  const arrived: (() => void)[] = []
  const slow: Sessions = {
    open: (request) => sessions.open(request),
    load: (session) => sessions.load(session),
    settle: (session) => sessions.settle(session),
    commit: (settlement) =>
      new Promise((resolve, reject) => {
        waiting.push({
          done: (changes) => resolve({ ...settlement, ...changes }),
          fail: reject,
        })
        for (const tell of arrived.splice(0)) tell()
      }),
    status: (session) => sessions.status(session),
    of: (subject) => sessions.of(subject),
    sweep: () => sessions.sweep(),
    policy: sessions.policy,
    on: (name, listener) => sessions.on(name, listener),
  }
  /** The store's part of the next request that has to be stored. */
  const next = async () => {
    if (waiting.length === 0) await new Promise<void>((resolve) => arrived.push(resolve))
    return waiting.shift() as (typeof waiting)[number]
  }
  return { slow, next }
}

/** Each test must hear of every rejection. */
export function expectNoRejections(): void {
  const rejections: unknown[] = []
  const note = (reason: unknown) => rejections.push(reason)
  beforeEach(() => {
    process.on('unhandledRejection', note)
  })
  afterEach(async () => {
    await tick()
    process.off('unhandledRejection', note)
    expect(rejections.splice(0)).toEqual([])
  })
}

/** Asks a handler; the store answers once the handler has returned, and some turns later. */
export async function ask(
  handler: Handler,
  answer: 'done' | 'fail' = 'done',
  {
    changes,
    ...options
  }: http.RequestOptions & NodeOptions & { changes?: Partial<Settlement> } = {},
) {
  const { slow, next } = slowSessions()
  const port = await listen(withSession(slow, handler, options))
  const answered = send(port, options)
  const { done, fail } = await next()
  for (let turn = 0; turn < 5; turn++) await tick()
  if (answer === 'done') done(changes)
  else fail(DOWN)
  return answered
}
