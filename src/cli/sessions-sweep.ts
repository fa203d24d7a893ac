// `sojourn sessions sweep`: what is over is told of and forgotten, where no program does it.
import { isKept, keptUntil } from '../core/judgement.ts'
import type { FullStore, StoredSession } from '../core/store.ts'
import { type Command, good } from './command.ts'
import { JSON_OPTION } from './options.ts'
import { readCount, STORE_OPTIONS, VALUES_OPTION } from './store-options.ts'
import { withStore } from './store-work.ts'
import { toData, toFacts, toMoment } from './stored-facts.ts'

const USUAL = 1000
const MOST = 1_000_000
/** How many are handed out at once, and for how many seconds to nobody else. */
const BATCH = 100
const LEASE = 60

export const sessionsSweep: Command = {
  name: 'sessions sweep',
  argument: null,
  summary: 'forget the sessions of a store whose time is over',
  details: `For programs that do not call sessions.sweep themselves: one that does is told of each session that is
over, and of what is swept here it never hears. With --json each is printed on a line of its own before
it is forgotten, and the counts go to the standard error. Live sessions that hold a value whose time is
over are left for the program, which alone knows its policy.`,
  options: {
    ...STORE_OPTIONS,
    most: { type: 'string', value: 'N', help: `how many are looked at; ${USUAL} without it` },
    values: { ...VALUES_OPTION, help: `${VALUES_OPTION.help} (with --json)` },
    json: { ...JSON_OPTION, help: 'print each as a line of JSON, for programs' },
  },
  run(_, given, world) {
    const most = readCount(given, 'most', USUAL, MOST)
    return withStore(given, world, async ({ store }, now) => {
      const print = given.json
        ? (stored: StoredSession) =>
            world.write(`${JSON.stringify(toLine(stored, now, given.values === true))}\n`)
        : async () => {}
      const counts = await sweep(store, now, most, print)
      return given.json ? { code: 0, out: '', problem: say(counts) } : good(say(counts))
    })
  },
}

interface Counts {
  looked: number
  forgotten: number
  left: number
}

async function sweep(
  store: FullStore,
  now: number,
  most: number,
  print: (stored: StoredSession) => Promise<void>,
): Promise<Counts> {
  const counts = { looked: 0, forgotten: 0, left: 0 }
  while (counts.looked < most) {
    const claimed = await store.claim(now, Math.min(BATCH, most - counts.looked), LEASE)
    if (claimed.length === 0) break
    counts.looked += claimed.length
    const over = claimed.filter((stored) => !isKept(stored, now))
    for (const stored of over) await print(stored)
    counts.left += claimed.length - over.length
    counts.forgotten += await store.forget(
      over.map(({ id }) => id),
      now,
    )
  }
  return counts
}

const toLine = (stored: StoredSession, now: number, values: boolean) => ({
  ...toFacts(stored),
  ...toMoment('endsAt', keptUntil(stored)),
  data: toData(stored, now, values),
})

function say({ looked, forgotten, left }: Counts): string {
  const live = left === 0 ? '' : `, ${left} live and left for the program`
  return `Looked at ${looked}: ${forgotten} over and forgotten${live}.`
}
