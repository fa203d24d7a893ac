// A session of Flask-Session as members by key: what a request leaves alone is passed on to the letter.
import type { ValueCodec } from '../../core/store.ts'
import { type Member, readMembers, readMsgpack } from './msgpack.ts'
import { writeMembers, writeMsgpack } from './msgpack-writer.ts'

/** Members in their order, each value as text: hex of MessagePack, or JSON. */
export type Mapping = Map<string, string>

export interface Serialization {
  readonly values: ValueCodec
  /** Null for what is no mapping: a pickle, or another's value. */
  read(hex: string): Mapping | null
  /** As hex. */
  write(mapping: Mapping): string
}

/** Before the hex of a key that is no text, which no field can have. */
const OTHER = '\0'

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1)
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16)
  }
  return bytes
}

export const msgpack: Serialization = {
  values: {
    encode: (value, key) => toHex(writeMsgpack(value, key)),
    decode: (text) => readMsgpack(fromHex(text)),
  },
  read(hex) {
    const members = readMembers(fromHex(hex))
    return (
      members &&
      new Map(
        members.map(({ key, keyBytes, bytes }) => [key ?? OTHER + toHex(keyBytes), toHex(bytes)]),
      )
    )
  },
  write(mapping) {
    const members = [...mapping].map(([key, text]): Member => {
      const isOther = key.startsWith(OTHER)
      const keyBytes = isOther ? fromHex(key.slice(1)) : writeMsgpack(key, key)
      return { key: isOther ? null : key, keyBytes, bytes: fromHex(text) }
    })
    return toHex(writeMembers(members))
  },
}

/** A string, or one of the signs by which the depth of JSON is told. */
const SIGN = /"(?:[^"\\]|\\.)*"|[[\]{},]/g

export function jsonWith(values: ValueCodec): Serialization {
  return {
    values,
    read(hex) {
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(fromHex(hex))
        const value: unknown = JSON.parse(text)
        const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value)
        return isMapping ? new Map(membersOf(text)) : null
      } catch {
        return null
      }
    },
    write: (mapping) =>
      toHex(
        new TextEncoder().encode(
          `{${[...mapping].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`,
        ),
      ),
  }
}

/** The members of an object that is known to be JSON, their values to the letter. */
function membersOf(text: string): [key: string, text: string][] {
  const members: [string, string][] = []
  let depth = 0
  let start = 0
  const take = (end: number) => {
    const member = text.slice(start, end).trim()
    const [quoted = ''] = /^"(?:[^"\\]|\\.)*"/.exec(member) ?? []
    if (quoted === '') return
    const value = member.slice(member.indexOf(':', quoted.length) + 1).trim()
    members.push([JSON.parse(quoted) as string, value])
  }
  for (const { 0: sign, index } of text.matchAll(SIGN)) {
    if (sign === '{' || sign === '[') {
      depth += 1
      if (depth === 1) start = index + 1
    } else if (sign === '}' || sign === ']') {
      if (depth === 1) take(index)
      depth -= 1
    } else if (sign === ',' && depth === 1) {
      take(index)
      start = index + 1
    }
  }
  return members
}
