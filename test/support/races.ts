// The races that a store must stand: two sides, many rounds, each held against what must be true after it.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { start } from './processes.ts'
import type { Deed, Order, Outcome, Side } from './racing.ts'
import type { StoreSpec } from './stores.ts'

export const ROUNDS = Number(process.env.SOJOURN_RACES ?? 1000)

/** A side in a process of its own. @param shift by how many seconds its clock is ahead */
export async function remoteSide(spec: StoreSpec, options: object, shift = 0): Promise<Side> {
  const program = start({
    command: process.execPath,
    args: ['--conditions=source', 'test/stores/programs/racer.ts'],
    env: {
      STORE_SPEC: JSON.stringify(spec),
      SESSION_OPTIONS: JSON.stringify(options),
      SHIFT: String(shift),
    },
    ipc: true,
  })
  const { child } = program
  const waiting = new Map<
    number,
    { resolve: (answer: never) => void; reject: (error: Error) => void }
  >()
  let last = 0
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`a racer ended:\n${program.output()}`)))
    child.on(
      'message',
      (message: { ready?: true; id: number; answer?: never; failure?: string }) => {
        if (message.ready) return resolve()
        const { id, answer, failure } = message
        if (failure === undefined) waiting.get(id)?.resolve(answer as never)
        else waiting.get(id)?.reject(new Error(failure))
        waiting.delete(id)
      },
    )
  })
  return {
    tell: (order) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, { resolve, reject })
        child.send({ id, order })
      }),
    stop: () => program.stop(),
  }
}

interface Race {
  readonly name: string
  /** What both sides are made with. */
  readonly options: object
  run(one: Side, other: Side, rounds: number): Promise<void>
}

const visit = async (side: Side, cookie: string | undefined, deed: Deed): Promise<Outcome> =>
  ((await side.tell({ act: 'visit', cookie, deed, times: 1 })) as Outcome[])[0] as Outcome

const begin = async (side: Side, cookie: string): Promise<string> => {
  const { cookie: held } = await visit(side, undefined, { kind: 'set', key: 'name', value: cookie })
  return held ?? ''
}

/** Both requests are open before either goes on. */
async function both(
  sides: readonly [Side, Side],
  cookie: string,
  deeds: readonly [Deed, Deed],
): Promise<Outcome[]> {
  const request = 1
  await Promise.all(sides.map((side) => side.tell({ act: 'begin', request, cookie })))
  const orders = deeds.map((deed): Order => ({ act: 'finish', request, deed }))
  const outcomes = await Promise.all(sides.map((side, at) => side.tell(orders[at] as Order)))
  return outcomes.flat() as Outcome[]
}

async function slowWriter(one: Side, other: Side, rounds: number): Promise<void> {
  let refused = 0
  for (let round = 0; round < rounds; round++) {
    const cookie = await begin(one, 'ann')
    const sides = round % 2 === 0 ? ([one, other] as const) : ([other, one] as const)
    const deed: Deed = { kind: 'set', key: 'late', value: round }
    const [, slow] = await both(sides, cookie, [{ kind: 'destroy' }, deed])
    if (slow?.refused) refused += 1
    assert.equal((await visit(one, cookie, { kind: 'read' })).ended, 'logout', `round ${round}`)
  }
  if (rounds >= 100) assert.notEqual(refused, 0, 'the race was never close')
}

async function slowReader(one: Side, other: Side, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const cookie = await begin(one, 'ann')
    const [, readers] = (await Promise.all([
      visit(one, cookie, { kind: 'destroy' }),
      other.tell({ act: 'visit', cookie, deed: { kind: 'read' }, times: 3 }),
    ])) as [Outcome, Outcome[]]
    for (const { cookie: sent } of readers) assert.equal(sent, null)
    assert.equal((await visit(other, cookie, { kind: 'read' })).ended, 'logout', `round ${round}`)
  }
}

export const RACES: readonly Race[] = [
  {
    name: 'two requests write different fields, and both are kept',
    options: {},
    async run(one, other, rounds) {
      const cookie = await begin(one, 'ann')
      for (let round = 0; round < rounds; round++) {
        const set = (key: string): Deed => ({ kind: 'set', key, value: round })
        await both([one, other], cookie, [set('left'), set('right')])
        const { data } = await visit(one, cookie, { kind: 'read' })
        assert.deepEqual([data.left, data.right, data.name], [round, round, 'ann'])
      }
    },
  },
  {
    name: 'both count by update, and no step is lost',
    options: {},
    async run(one, other, rounds) {
      const cookie = await begin(one, 'ann')
      const deed: Deed = { kind: 'count', key: 'count' }
      const side = async (own: Side) => {
        for (let round = 0; round < rounds; round++) await visit(own, cookie, deed)
      }
      await Promise.all([side(one), side(other)])
      assert.equal((await visit(one, cookie, { kind: 'read' })).data.count, rounds * 2)
    },
  },
  {
    name: 'a logout against a slow writer: what is dead stays dead',
    options: {},
    run: slowWriter,
  },
  {
    name: 'a logout against a slow reader whose touch is due: what is dead stays dead',
    options: { refreshEachRequest: true },
    run: slowReader,
  },
  {
    name: 'a renewal against twenty readers: none is logged out',
    options: {},
    async run(one, other, rounds) {
      let cookie = await begin(one, 'ann')
      for (let round = 0; round < rounds; round++) {
        const deed: Deed = { kind: 'read' }
        const [renewed, readers] = (await Promise.all([
          visit(one, cookie, { kind: 'renew' }),
          other.tell({ act: 'visit', cookie, deed, times: 20 }),
        ])) as [Outcome, Outcome[]]
        for (const { ended, data } of readers) assert.deepEqual([ended, data.name], [null, 'ann'])
        assert.notEqual(renewed.cookie, null)
        cookie = renewed.cookie ?? ''
      }
    },
  },
  {
    name: 'logins against a limit of three: it is never exceeded',
    options: { maxSessions: 3 },
    run: logins,
  },
  {
    name: 'logins against a limit of three that refuses: it is never exceeded',
    options: { maxSessions: 3, maxSessionsAction: 'refuse' },
    run: logins,
  },
  {
    name: 'endAll against logins: none that began before it survives',
    options: {},
    async run(one, other, rounds) {
      for (let round = 0; round < rounds; round++) {
        const subject = randomBytes(8).toString('hex')
        const deed: Deed = { kind: 'login', subject }
        const before = await visit(one, undefined, deed)
        const [during, ended] = (await Promise.all([
          one.tell({ act: 'visit', cookie: undefined, deed, times: 2 }),
          other.tell({ act: 'endAll', subject }),
        ])) as [Outcome[], number]
        const again = await visit(other, before.cookie ?? '', { kind: 'read' })
        assert.equal(again.ended, 'revoked', `round ${round}`)
        const survivors = (await one.tell({ act: 'count', subject })) as number
        assert.equal(ended + survivors, 1 + during.length, 'none is lost, and none counted twice')
      }
    },
  },
]

async function logins(one: Side, other: Side, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const subject = randomBytes(8).toString('hex')
    const order: Order = {
      act: 'visit',
      cookie: undefined,
      deed: { kind: 'login', subject },
      times: 3,
    }
    const [, , count] = await Promise.all([
      one.tell(order),
      other.tell(order),
      one.tell({ act: 'count', subject }),
    ])
    assert.ok((count as number) <= 3, `round ${round}: ${count} while they begin`)
    assert.equal(await one.tell({ act: 'count', subject }), 3, `round ${round}`)
  }
}
