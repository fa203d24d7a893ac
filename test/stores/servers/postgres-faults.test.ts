// PostgreSQL that goes away, and a process that does: nothing is half written, and work goes on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions } from '../../../src/index.ts'
import { postgresStore } from '../../../src/stores/postgres.ts'
import { needs } from '../../support/needs.ts'
import {
  findPostgres,
  NO_POSTGRES,
  type PostgresServer,
  startPostgres,
} from '../../support/postgres.ts'
import { start } from '../../support/processes.ts'

const bin = findPostgres()

describe('PostgreSQL', needs(bin, NO_POSTGRES), () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres(bin ?? '')
  })
  afterAll(() => server?.stop())

  test('a process killed before any statement leaves nothing half written', {
    timeout: 120_000,
  }, async () => {
    let isDone = false
    let step = 1
    for (; !isDone && step < 60; step++) {
      const subject = `ann-${step}`
      const program = start({
        command: process.execPath,
        args: ['--conditions=source', 'test/stores/programs/postgres-steps.ts'],
        env: { PORT: String(server.port), STEP: String(step), SUBJECT: subject },
      })
      const ended = await program.ended()
      isDone = ended === 0
      expect(isDone || ended === 'SIGKILL', program.output()).toBe(true)
      const store = postgresStore(server.pool)
      const now = Math.floor(Date.now() / 1000)
      const listed = await store.list(subject, now)
      expect(listed.length).toBeLessThanOrEqual(2)
      for (const { id, fields } of listed) {
        expect(fields.get('one')).toBe(fields.get('other'))
        expect(await store.read(id, now, false)).toMatchObject({ state: 'live' })
      }
      const { sessions } = await store.scan(now, null, 10_000)
      const own = sessions.filter((session) => session.subject === subject)
      expect(own.map(({ id }) => id).sort()).toEqual(listed.map(({ id }) => id).sort())
      for (const { fields } of sessions) expect(fields.get('one')).toBe(fields.get('other'))
    }
    expect([isDone, step > 10]).toEqual([true, true])
  })

  test('a restart under load: errors are bounded, and what was acknowledged is there', {
    timeout: 60_000,
  }, async () => {
    const sessions = createSessions({ store: postgresStore(server.pool) })
    const errors: unknown[] = []
    let isOver = false
    const acknowledged: { cookie: string; count: number }[] = []
    const open = async (cookie?: string) => {
      const session = sessions.open({ cookie })
      await sessions.load(session)
      return session
    }
    const save = async (session: Awaited<ReturnType<typeof open>>) =>
      sessions.commit(sessions.settle(session))
    const lane = async () => {
      const own = { cookie: '', count: 0 }
      acknowledged.push(own)
      while (!isOver) {
        const begun = performance.now()
        try {
          const session = await open(own.cookie || undefined)
          session.set('count', own.count + 1)
          const { setCookie } = await save(session)
          own.cookie = setCookie?.split(';')[0] ?? own.cookie
          own.count += 1
        } catch (error) {
          errors.push(error)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        expect(performance.now() - begun).toBeLessThan(10_000)
      }
    }
    const lanes = Array.from({ length: 8 }, lane)
    const pause = (milliseconds: number) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds))
    await pause(300)
    await server.restart()
    const before = acknowledged.map(({ count }) => count)
    await expect
      .poll(() => acknowledged.every(({ count }, at) => count > (before[at] ?? 0)), {
        timeout: 40_000,
      })
      .toBe(true)
    isOver = true
    await Promise.all(lanes)
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) expect(error).toMatchObject({ code: 'store-unavailable' })
    for (const { cookie, count } of acknowledged) {
      expect((await open(cookie)).get('count')).toBeGreaterThanOrEqual(count)
    }
  })
})
