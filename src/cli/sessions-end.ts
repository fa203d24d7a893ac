// `sojourn sessions end` and `end-all`: sessions ended by whoever runs the store.

import { isAhead } from '../core/judgement.ts'
import { TOMBSTONE_SECONDS } from '../core/keeping.ts'
import type { EndReason } from '../core/record.ts'
import type { Ending, FullStore } from '../core/store.ts'
import { type Command, type Given, good, type OptionSpec, refused, UsageError } from './command.ts'
import { JSON_OPTION, readSubject, text } from './options.ts'
import { toJsonText } from './readable.ts'
import { NO_SUCH, readId, sayEnded } from './sessions-show.ts'
import { STORE_OPTIONS } from './store-options.ts'
import { everySession, withStore } from './store-work.ts'
import { toMoment } from './stored-facts.ts'

const REASONS: readonly EndReason[] = ['revoked', 'logout']
const REASON_OPTION: OptionSpec = {
  type: 'string',
  value: 'REASON',
  help: 'what the visitor and the events are told: revoked (without it) or logout',
}

export const sessionsEnd: Command = {
  name: 'sessions end',
  argument: 'ID',
  summary: 'end one session of a store',
  details: `The id is the one in the store, as sojourn sessions list prints it. What the session holds is dropped at
once, and no request brings it back. Ends with 1 where there is no such session, or it has ended.`,
  options: { ...STORE_OPTIONS, reason: REASON_OPTION, json: JSON_OPTION },
  run(argument, given, world) {
    const id = readId(argument, world)
    const ending = readEnding(given)
    return withStore(given, world, async ({ store }, now) => {
      const found = await store.end(id, ending, now)
      if (found.state === 'done') return good(given.json ? toJsonText({ ended: true }) : 'Ended.')
      if (found.state !== 'ended') {
        return refused(given.json ? toJsonText({ ended: false, state: 'unknown' }) : NO_SUCH)
      }
      const { state, reason, at } = found
      const facts = { ended: false, state, reason, ...toMoment('at', at) }
      return refused(given.json ? toJsonText(facts) : sayEnded(found, now))
    })
  },
}

export const sessionsEndAll: Command = {
  name: 'sessions end-all',
  argument: '[SUBJECT]',
  summary: 'end all sessions of a subject, or of everyone',
  details: `Ends all that began before, also while others begin: after it none of them is alive. With --everyone it
does so for the whole store, visitors without a subject included, and then needs --yes.`,
  options: {
    ...STORE_OPTIONS,
    reason: REASON_OPTION,
    everyone: { type: 'boolean', help: "end every session in the store, not a subject's" },
    yes: { type: 'boolean', help: 'mean it' },
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const ending = readEnding(given)
    demandOne(argument, given)
    const subject = argument === '' ? null : readSubject(argument, world)
    return withStore(given, world, async ({ store }, now) => {
      const ended =
        subject === null
          ? await endEveryone(store, ending, now)
          : (await store.endAll(subject, ending, now)).length
      const said = `Ended ${ended} ${ended === 1 ? 'session' : 'sessions'}.`
      return good(given.json ? toJsonText({ ended }) : said)
    })
  },
}

/** @throws UsageError for a reason that is none of an operator's. */
function readEnding(given: Given): Ending {
  const named = text(given, 'reason') ?? 'revoked'
  const reason = REASONS.find((candidate) => candidate === named)
  if (reason === undefined) throw new UsageError(`--reason is one of ${REASONS.join(', ')}.`)
  return { reason, keep: TOMBSTONE_SECONDS }
}

/** @throws UsageError unless it is a subject, or everyone and meant. */
function demandOne(subject: string, { everyone, yes }: Given): void {
  if ((subject === '') !== (everyone === true)) {
    throw new UsageError('end-all takes a SUBJECT, or --everyone in its place.')
  }
  if (everyone && !yes) {
    throw new UsageError('--everyone ends every session in the store: add --yes to mean it.')
  }
}

/** A session whose id is renewed meanwhile may slip past a cursor; after so many passes none has. */
const PASSES = 20

async function endEveryone(store: FullStore, ending: Ending, began: number): Promise<number> {
  let ended = 0
  for (let pass = 0; pass < PASSES; pass++) {
    let seen = 0
    for await (const { id, createdAt } of everySession(store, began)) {
      if (isAhead(createdAt, began)) continue
      seen += 1
      if ((await store.end(id, ending, began)).state === 'done') ended += 1
    }
    if (seen === 0) break
  }
  return ended
}
