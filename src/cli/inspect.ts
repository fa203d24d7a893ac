// `sojourn inspect`: what a cookie says to whoever holds it, without a key.
import { TaggedJson } from '../formats/tagged-json.ts'
import { type Command, good, type Outcome, refused } from './command.ts'
import { type Container, dissect, findCookie, guessFormat, type Sealed } from './cookie-text.ts'
import { JSON_OPTION, NOW_OPTION, read, readNow } from './options.ts'
import {
  fromNow,
  toColumns,
  toDate,
  toIso,
  toJsonText,
  toLines,
  toPlain,
  toSafe,
} from './readable.ts'

export const inspect: Command = {
  name: 'inspect',
  argument: 'COOKIE',
  summary: 'show what a cookie says, without a key',
  details: `Recognises a signed cookie (Flask's, or ours with SHA-256) and a sealed one (compact JWE). A signed
cookie can be read by anyone; whether it is genuine, only \`sojourn verify\` can say. Of a sealed one
only the header can be read. A pasted line such as "Set-Cookie: session=…; Path=/" will do.`,
  options: { now: NOW_OPTION, json: JSON_OPTION },
  run(argument, given, world) {
    const cookie = findCookie(read(argument, world))
    const now = readNow(given, world)
    const anatomy = dissect(cookie)
    if (anatomy === null) return unknown(Boolean(given.json))
    const shown =
      anatomy.kind === 'sealed' ? showSealed(cookie, anatomy) : showContainer(cookie, anatomy, now)
    const out = given.json ? toJsonText(shown.json) : shown.text
    return shown.readable ? good(out) : refused(out)
  },
}

interface Shown {
  readonly text: string
  readonly json: object
  readonly readable: boolean
}

const NOT_OURS =
  'This looks like no session cookie: neither payload.time.signature nor the five parts of a JWE.'

const unknown = (json: boolean): Outcome =>
  refused(json ? toJsonText({ format: null, problem: NOT_OURS }) : NOT_OURS)

const FORMATS = {
  flask: "signed and readable, as Flask's",
  signed: 'signed and readable, SHA-256',
  sealed: 'sealed: encrypted, a compact JWE',
}

function showSealed(cookie: string, { header, sealed }: Sealed): Shown {
  const text = toColumns([
    ['format', FORMATS.sealed],
    ['header', toSafe(JSON.stringify(header))],
    ['cookie', `${cookie.length} characters, ${sealed} bytes of ciphertext`],
    ['data', 'only with the key: sojourn verify'],
  ])
  const sizes = { cookie: cookie.length, ciphertext: sealed }
  return { text, readable: true, json: { format: 'sealed', header, sizes } }
}

function showContainer(cookie: string, container: Container, now: number): Shown {
  const { json, signedAt, compressed, payload, digest } = container
  const format = guessFormat(container)
  const found = json === null ? null : new TaggedJson().read(json)
  const data = found?.value
  const isData = typeof data === 'object' && data !== null
  const sizes = {
    cookie: cookie.length,
    payload: payload.length,
    json: json === null ? null : Buffer.byteLength(json),
  }
  const rows = toColumns([
    ['format', FORMATS[format]],
    [
      'signed at',
      signedAt === null ? 'unreadable' : `${toDate(signedAt)} (${fromNow(signedAt, now)})`,
    ],
    ['compressed', compressed ? 'yes' : 'no'],
    [
      'sizes',
      `cookie ${sizes.cookie}, payload ${sizes.payload}, JSON ${sizes.json ?? 'unreadable'}`,
    ],
    ['signature', `${digest ?? 'of unknown length'}, not checked: sojourn verify does`],
  ])
  const readable = isData && signedAt !== null
  const lines = isData ? toLines(data) : '  unreadable'
  return {
    readable,
    text: `${rows}\ndata\n${lines}`,
    json: {
      format,
      digest,
      verified: false,
      timestamp: signedAt,
      signedAt: signedAt === null ? null : toIso(signedAt),
      age: signedAt === null ? null : Math.floor(now) - signedAt,
      compressed,
      sizes,
      payload: json,
      data: isData ? toPlain(data) : null,
    },
  }
}
