// `sojourn verify`: whether a cookie is genuine and young enough.
import { judge } from '../core/judgement.ts'
import { toLimit } from '../core/lifetime.ts'
import { isRefusal, type Refusal } from '../core/token.ts'
import { type Command, good, refused } from './command.ts'
import { type FormatName, findCookie } from './cookie-text.ts'
import { chooseFormat, createFormat, type Genuine, guess, openCookie } from './formats.ts'
import {
  JSON_OPTION,
  KEY_OPTIONS,
  NOW_OPTION,
  read,
  readDuration,
  readKeys,
  readNow,
} from './options.ts'
import { fromNow, toDate, toIso, toJsonText, toLines, toPlain } from './readable.ts'

export const verify: Command = {
  name: 'verify',
  argument: 'COOKIE',
  summary: 'check a cookie with the secret key',
  details: `Says whether the cookie was signed or sealed with SECRET_KEY or one of SECRET_KEY_FALLBACKS, and shows
its data. With --max-age it must also be young enough, as Flask judges: an age equal to it is good,
a time in the future is not.`,
  options: {
    ...KEY_OPTIONS,
    'max-age': {
      type: 'string',
      value: 'DURATION',
      help: "the oldest that is good: '30m', '12h', '31d'",
    },
    now: NOW_OPTION,
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const keys = readKeys(given, world)
    const cookie = findCookie(read(argument, world))
    const name = chooseFormat(given, guess(cookie))
    const found = openCookie(cookie, createFormat(name, given, keys))
    const maxAge = readDuration(given, 'max-age')
    const { valid, text, facts } = isRefusal(found)
      ? refuse(found)
      : decide(found, name, maxAge, readNow(given, world))
    const out = given.json ? toJsonText({ valid, format: name, ...facts }) : text
    return valid ? good(out) : refused(out)
  },
}

interface Verdict {
  readonly valid: boolean
  readonly text: string
  readonly facts: object
}

const refuse = ({ reason, detail }: Refusal): Verdict => ({
  valid: false,
  text: `Refused: ${SAID[reason] ?? reason} (${detail}).`,
  facts: { reason, detail },
})

/** A genuine cookie, by its age. */
function decide(
  { opened, record }: Genuine,
  name: FormatName,
  maxAge: number | undefined,
  now: number,
): Verdict {
  const { seenAt, oldKey } = opened
  const limits = maxAge === undefined ? [] : [toLimit('idle', maxAge, { throttled: false })]
  const { live, endsAt, because } = judge({ createdAt: seenAt, seenAt }, limits, now)
  const made = `${name === 'sealed' ? 'sealed' : 'signed'} ${fromNow(seenAt, now)}`
  const by = `${made} (${toDate(seenAt)}) with ${oldKey ? 'a fallback key' : 'the current key'}`
  const facts = {
    key: oldKey ? 'fallback' : 'current',
    timestamp: seenAt,
    signedAt: toIso(seenAt),
    age: Math.floor(now) - seenAt,
    endsAt,
    data: toPlain(record.fields),
  }
  if (live) return { valid: true, text: `Good: ${by}.\ndata\n${toLines(record.fields)}`, facts }
  const [detail, why] =
    because === 'future' || endsAt === null
      ? ['future', 'its time lies in the future']
      : ['expired', `it was good until ${toDate(endsAt)}`]
  const reason = because ?? 'idle'
  return {
    valid: false,
    text: `Refused: genuine, ${by}, but ${why}.`,
    facts: { reason, detail, ...facts },
  }
}

const SAID: { readonly [reason: string]: string } = {
  tampered: 'the signature fits none of the keys',
  'unknown-key': 'it was sealed with another key',
  malformed: 'it has not the form of this format',
  unreadable: 'the signature holds, but the data cannot be read',
}
