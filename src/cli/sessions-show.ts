// `sojourn sessions show`: one session as it is stored, and what bounds it.
import { HASHED_IDS } from '../core/ids.ts'
import { keptUntil, LAST_SECOND } from '../core/judgement.ts'
import { NEVER_TOUCHED } from '../core/keeping.ts'
import type { Reading, StoredSession, Tombstone } from '../core/store.ts'
import { OWN } from '../core/stored.ts'
import { type Command, good, refused, UsageError, type World } from './command.ts'
import { JSON_OPTION, read } from './options.ts'
import { fromNow, inWords, toColumns, toJsonText, toSafe, toTable } from './readable.ts'
import { STORE_OPTIONS, VALUES_OPTION } from './store-options.ts'
import { withStore } from './store-work.ts'
import { fieldsOf, toData, toFacts, toMoment, toSubject, toTime } from './stored-facts.ts'

export const sessionsShow: Command = {
  name: 'sessions show',
  argument: 'ID',
  summary: 'show one session of a store, and what bounds it',
  details: `The id is the one in the store, as sojourn sessions list prints it. Looking is no activity. Shown are
its times, its bounds, and of what it holds the keys and sizes in bytes. Ends with 1 where there is
no such session, or it has ended.`,
  options: { ...STORE_OPTIONS, values: VALUES_OPTION, json: JSON_OPTION },
  run(argument, given, world) {
    const id = readId(argument, world)
    return withStore(given, world, async ({ store }, now) => {
      const reading = await store.read(id, now, false)
      const shown = { now, values: given.values === true }
      const out = given.json ? toJsonText(tell(reading, shown)) : say(reading, shown)
      return reading.state === 'live' ? good(out) : refused(out)
    })
  },
}

/** @throws UsageError for what cannot be one; the message does not repeat it, since it may be a cookie's. */
export function readId(argument: string, world: World): string {
  const id = read(argument, world)
  if (HASHED_IDS.fits(id)) return id
  throw new UsageError('The id is not one of a store: sojourn sessions list prints them.')
}

interface Shown {
  readonly now: number
  readonly values: boolean
}

const say = (reading: Reading, shown: Shown): string => {
  if (reading.state === 'unknown') return NO_SUCH
  if (reading.state === 'ended') return sayEnded(reading, shown.now)
  return describe(reading.session, shown)
}

export const NO_SUCH = 'There is no such session, or it is over and forgotten.'

/** A session that was ended, in a sentence. */
export const sayEnded = ({ reason, at, next, until }: Tombstone, now: number): string =>
  `It has ended: ${reason}, ${toTime(at)} (${fromNow(at, now)}).${next === null ? '' : ` Until ${toTime(until)} its id leads to ${next}.`}`

function describe(stored: StoredSession, { now, values }: Shown): string {
  const { id, subject, createdAt, seenAt, throttle, checkAt } = stored
  const rows: [string, string][] = [
    ['id', id],
    ['subject', toSubject(subject)],
    ['started', `${toTime(createdAt)} (${fromNow(createdAt, now)})`],
    ['seen', `${toTime(seenAt)} (${fromNow(seenAt, now)})${sayThrottle(throttle)}`],
    ['permanent', stored.fields.has(OWN.permanent) ? 'yes' : 'no'],
  ]
  if (checkAt > 0) rows.push(['sweep', `looks at it at ${toTime(checkAt)}, for the end of a field`])
  return [
    toColumns(rows),
    '',
    sayClocks(stored, now),
    '',
    'data',
    sayData(stored, now, values),
  ].join('\n')
}

const sayThrottle = (throttle: number): string => {
  if (throttle >= NEVER_TOUCHED) return ', not written by reading'
  return throttle === 0 ? '' : `, to within ${inWords(throttle)}`
}

/** The bounds that are stored, which are what the store knows of the policy. */
function clocksOf(stored: StoredSession) {
  const { seenAt, createdAt, idle, endsAt } = stored
  const idleEnd = idle === 0 ? null : seenAt + idle
  const lastEnd = endsAt === LAST_SECOND ? null : endsAt
  return [
    { clock: 'idle', startedAt: seenAt, limit: idle, endsAt: idleEnd },
    { clock: 'absolute', startedAt: createdAt, limit: endsAt - createdAt, endsAt: lastEnd },
  ].filter((clock) => clock.endsAt !== null)
}

const decides = ({ endsAt }: { endsAt: number | null }, stored: StoredSession): boolean =>
  endsAt === keptUntil(stored)

function sayClocks(stored: StoredSession, now: number): string {
  const clocks = clocksOf(stored)
  if (clocks.length === 0) return 'Nothing bounds it in the store.'
  const rows = clocks.map((clock) => [
    clock.clock,
    toTime(clock.startedAt),
    inWords(clock.limit),
    `${toTime(clock.endsAt)} (${fromNow(clock.endsAt ?? now, now)})`,
    decides(clock, stored) ? '<- decides' : '',
  ])
  return toTable([['kept by', 'started', 'limit', 'ends', ''], ...rows])
}

function sayData(stored: StoredSession, now: number, values: boolean): string {
  const rows = fieldsOf(stored, now).map(({ key, bytes, endsAt, over, text }) => {
    const end =
      endsAt === null
        ? ''
        : `, ${over ? 'over, waits for the sweep since' : 'ends'} ${toTime(endsAt)}`
    const size = `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}${end}`
    return [`  ${toSafe(key)}`, values ? `${toSafe(text)}  (${size})` : size] as const
  })
  return rows.length === 0 ? '  (empty)' : toColumns(rows)
}

/** The same for programs. */
function tell(reading: Reading, { now, values }: Shown): object {
  if (reading.state === 'unknown') return reading
  if (reading.state === 'ended') {
    const { state, reason, at, subject, next, until } = reading
    const led = next === null ? null : { id: next, ...toMoment('until', until) }
    return { state, reason, ...toMoment('at', at), subject, next: led }
  }
  const { session } = reading
  return {
    state: reading.state,
    ...toFacts(session),
    permanent: session.fields.has(OWN.permanent),
    throttle: session.throttle,
    ...toMoment('checkAt', session.checkAt === 0 ? null : session.checkAt),
    clocks: clocksOf(session).map((clock) => ({ ...clock, decides: decides(clock, session) })),
    data: toData(session, now, values),
  }
}
