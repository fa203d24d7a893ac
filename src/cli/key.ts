// `sojourn key`: a secret key.
import { randomBytes } from 'node:crypto'
import { type Command, good, UsageError } from './command.ts'
import { JSON_OPTION, text } from './options.ts'
import { toJsonText } from './readable.ts'

const DEFAULT_BYTES = 32
const FEWEST = 16
const MOST = 1024

export const key: Command = {
  name: 'key',
  argument: null,
  summary: 'make a secret key',
  details: `Prints random bytes from the system as base64url, which is the key's text. Keep it out of the
repository: sojourn key > key.txt, or SECRET_KEY=$(sojourn key).`,
  options: {
    bytes: {
      type: 'string',
      value: 'N',
      help: `how many random bytes; ${DEFAULT_BYTES} without it`,
    },
    json: JSON_OPTION,
  },
  run(_, given) {
    const bytes = Number(text(given, 'bytes') ?? DEFAULT_BYTES)
    if (!Number.isInteger(bytes) || bytes < FEWEST || bytes > MOST) {
      throw new UsageError(`--bytes is a whole number from ${FEWEST} to ${MOST}.`)
    }
    const made = randomBytes(bytes).toString('base64url')
    return good(given.json ? toJsonText({ key: made, bytes }) : made)
  },
}
