// `sojourn sign`: a cookie made of JSON.
import { randomBytes } from 'node:crypto'
import type { SessionRecord } from '../core/record.ts'
import { floatsOf, markFloats } from '../formats/floats.ts'
import { TaggedJson } from '../formats/tagged-json.ts'
import { type Command, good, UsageError } from './command.ts'
import { chooseFormat, createFormat } from './formats.ts'
import { JSON_OPTION, KEY_OPTIONS, NOW_OPTION, read, readKeys, readNow } from './options.ts'
import { toIso, toJsonText } from './readable.ts'

const ID_BYTES = 16

export const sign: Command = {
  name: 'sign',
  argument: 'JSON',
  summary: 'make a cookie of JSON, signed or sealed',
  details: `Prints the cookie's value alone. The JSON is an object; for flask and signed it may hold Flask's tags,
{" t":[1,2]} for a tuple, and numbers as Python writes them. Without --format it is sealed.`,
  options: {
    ...KEY_OPTIONS,
    format: { type: 'string', value: 'FORMAT', help: 'flask, signed or sealed; sealed without it' },
    permanent: { type: 'boolean', help: 'the session outlives the browser' },
    now: { ...NOW_OPTION, help: NOW_OPTION.help.replace('judge', 'sign') },
    json: JSON_OPTION,
  },
  run(argument, given, world) {
    const keys = readKeys(given, world)
    const name = chooseFormat(given, 'sealed')
    const format = createFormat(name, given, keys)
    const second = Math.floor(readNow(given, world))
    const data = parse(read(argument, world), name === 'sealed')
    const record = toRecord(data, second, format.carriesId)
    if (given.permanent && format.permanentKey !== null)
      record.fields.set(format.permanentKey, true)
    else record.permanent = given.permanent === true
    const cookie = format.encode(record, second)
    const facts = { cookie, format: name, signedAt: toIso(second), size: cookie.length }
    return good(given.json ? toJsonText(facts) : cookie)
  },
}

/** @throws UsageError for what is no JSON object; the message repeats none of it. */
function parse(json: string, plain: boolean): Record<string, unknown> {
  let data: unknown
  try {
    data = plain ? JSON.parse(json) : new TaggedJson().read(json)?.value
  } catch {
    // Said below, without the text.
  }
  if (
    typeof data === 'object' &&
    data !== null &&
    Object.getPrototypeOf(data) === Object.prototype
  ) {
    return data as Record<string, unknown>
  }
  throw new UsageError('sign needs a JSON object, such as \'{"username":"Bob"}\'.')
}

function toRecord(data: object, second: number, carriesId: boolean): SessionRecord {
  const fields = new Map(Object.entries(data))
  markFloats(fields, floatsOf(data))
  const id = carriesId ? randomBytes(ID_BYTES).toString('base64url') : null
  return {
    id,
    createdAt: second,
    seenAt: second,
    permanent: false,
    fields,
    sources: null,
    changed: null,
    terms: null,
    origin: null,
  }
}
