// `sojourn explain`: every clock of a session, and which one decides.
import type { Duration } from '../core/duration.ts'
import { type Explanation, explain as explainLife } from '../core/judgement.ts'
import { type Lifetime, toLimits } from '../core/lifetime.ts'
import { isRefusal } from '../core/token.ts'
import {
  type Command,
  type Given,
  good,
  type Outcome,
  refused,
  UsageError,
  type World,
} from './command.ts'
import { type FormatName, findCookie } from './cookie-text.ts'
import {
  chooseFormat,
  createFormat,
  type Found,
  guess,
  openCookie,
  openUnchecked,
} from './formats.ts'
import {
  hasKeys,
  JSON_OPTION,
  KEY_OPTIONS,
  NOW_OPTION,
  read,
  readKeys,
  readNow,
  text,
} from './options.ts'
import { fromNow, inWords, toDate, toIso, toJsonText, toTable } from './readable.ts'

export const explain: Command = {
  name: 'explain',
  argument: 'COOKIE',
  summary: 'show every clock of a session, and which one decides',
  details: `Judges the cookie's session by the limits given, as the server would. With a key (SECRET_KEY) the cookie
is verified first; without one a signed cookie is taken at its word, and a sealed one cannot be read.
Where reading slides the idle clock at intervals (all formats but flask), the interval is allowed for.`,
  options: {
    idle: {
      type: 'string',
      value: 'DURATION',
      help: "ends it this long after the last activity: '30m'",
    },
    absolute: {
      type: 'string',
      value: 'DURATION',
      help: "ends it this long after it began: '12h'",
    },
    ...KEY_OPTIONS,
    now: NOW_OPTION,
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const cookie = findCookie(read(argument, world))
    const name = chooseFormat(given, guess(cookie))
    const limits = toLimits(readLifetime(given), { throttled: name !== 'flask' })
    const now = readNow(given, world)
    const verified = hasKeys(given, world)
    const found = find(cookie, name, given, world)
    if (isRefusal(found)) return refuse(found.reason, found.detail, Boolean(given.json))
    const explanation = explainLife(found.record, limits, now)
    const out = given.json
      ? toJsonText({ ...toFacts(explanation), format: name, verified })
      : `${toSentence(explanation)}\n\n${toClocks(explanation)}${verified ? '' : UNVERIFIED}`
    return explanation.live ? good(out) : refused(out)
  },
}

const UNVERIFIED = '\n\nThe signature was not checked: no key was given.'

function find(cookie: string, name: FormatName, given: Given, world: World): Found {
  if (hasKeys(given, world)) {
    return openCookie(cookie, createFormat(name, given, readKeys(given, world)))
  }
  if (name !== 'sealed') return openUnchecked(cookie)
  throw new UsageError('A sealed cookie can be read with its key only: set SECRET_KEY.')
}

function readLifetime(given: Given): Lifetime {
  const idle = text(given, 'idle') as Duration | undefined
  const absolute = text(given, 'absolute') as Duration | undefined
  if (idle === undefined && absolute === undefined) {
    throw new UsageError('explain needs a limit: --idle 30m, --absolute 12h, or both.')
  }
  return { ...(idle && { idle }), ...(absolute && { absolute }) }
}

function refuse(reason: string, detail: string, json: boolean): Outcome {
  const facts = { live: false, reason, detail }
  return refused(
    json ? toJsonText(facts) : `Refused before any clock was asked: ${reason} (${detail}).`,
  )
}

/** The judgement in one sentence. */
function toSentence({ live, endsAt, because, now }: Explanation): string {
  if (because === 'future')
    return 'The session was seen in the future, which ends it: clocks disagree.'
  if (endsAt === null) return 'The session lives, and no limit ends it.'
  const verb = live ? 'lives until' : 'ended after'
  return `The session ${verb} ${toDate(endsAt)} (${fromNow(endsAt, now)}): the ${because} clock decides.`
}

function toClocks({ clocks, because }: Explanation): string {
  const rows = clocks.map(({ clock, startedAt, seconds, allowance, endsAt }) => [
    clock,
    toDate(startedAt),
    inWords(seconds) + (allowance > 0 ? ` + ${inWords(allowance)}` : ''),
    toDate(endsAt),
    clock === because ? '<- decides' : '',
  ])
  return toTable([['clock', 'started', 'limit', 'ends', ''], ...rows])
}

const toFacts = ({ live, endsAt, because, now, clocks }: Explanation) => ({
  live,
  endsAt,
  endsAtDate: endsAt === null ? null : toIso(endsAt),
  because,
  now,
  clocks: clocks.map(({ clock, startedAt, seconds, allowance, endsAt: end }) => ({
    clock,
    startedAt,
    limit: seconds,
    allowance,
    endsAt: end,
    decides: clock === because,
  })),
})
