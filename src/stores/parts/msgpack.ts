// MessagePack as Flask-Session has it, read: what is hostile is no value, and nothing is thrown.
export const DEEPEST = 64
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One value, and where the next begins. */
interface Read {
  readonly value: unknown
  readonly end: number
}

class Malformed extends Error {}

/** The one value that bytes hold, or undefined where they hold anything else. */
export function readMsgpack(bytes: Uint8Array): unknown {
  try {
    const { value, end } = read(bytes, 0, 0)
    return end === bytes.length ? value : undefined
  } catch {
    return undefined
  }
}

export interface Member {
  /** Null for a key that is no text, which is passed on as it is. */
  readonly key: string | null
  readonly keyBytes: Uint8Array
  readonly bytes: Uint8Array
}

/** The members of a map, each value as its bytes; null for what is no map. */
export function readMembers(bytes: Uint8Array): Member[] | null {
  try {
    const head = readMapHead(bytes, 0)
    if (head === null) return null
    let at = head.at
    const members: Member[] = []
    for (let left = head.count; left > 0; left--) {
      const key = read(bytes, at, 1)
      const value = read(bytes, key.end, 1)
      members.push({
        key: typeof key.value === 'string' ? key.value : null,
        keyBytes: bytes.slice(at, key.end),
        bytes: bytes.slice(key.end, value.end),
      })
      at = value.end
    }
    return at === bytes.length ? members : null
  } catch {
    return null
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function readMapHead(bytes: Uint8Array, at: number): { count: number; at: number } | null {
  const first = bytes[at] ?? 0
  if (first >> 4 === 8) return { count: first & 15, at: at + 1 }
  if (first === 0xde) return { count: viewOf(bytes).getUint16(at + 1), at: at + 3 }
  if (first === 0xdf) return { count: viewOf(bytes).getUint32(at + 1), at: at + 5 }
  return null
}

function read(bytes: Uint8Array, at: number, depth: number): Read {
  if (depth > DEEPEST || at >= bytes.length) throw new Malformed()
  const first = bytes[at] as number
  if (first < 0x80) return { value: first, end: at + 1 }
  if (first >= 0xe0) return { value: first - 0x100, end: at + 1 }
  if (first >> 5 === 5) return text(bytes, at + 1, first & 31)
  if (first >> 4 === 9) return list(bytes, at + 1, first & 15, depth)
  const head = readMapHead(bytes, at)
  if (head !== null) return map(bytes, head.at, head.count, depth)
  const view = viewOf(bytes)
  const sized = (width: number) => {
    if (width === 1) return view.getUint8(at + 1)
    return width === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1)
  }
  switch (first) {
    case 0xc0:
      return { value: null, end: at + 1 }
    case 0xc2:
    case 0xc3:
      return { value: first === 0xc3, end: at + 1 }
    case 0xc4:
    case 0xc5:
    case 0xc6: {
      const width = 1 << (first - 0xc4)
      return bin(bytes, at + 1 + width, sized(width))
    }
    case 0xca:
      return { value: view.getFloat32(at + 1), end: at + 5 }
    case 0xcb:
      return { value: view.getFloat64(at + 1), end: at + 9 }
    case 0xcc:
    case 0xcd:
    case 0xce: {
      const width = 1 << (first - 0xcc)
      return { value: sized(width), end: at + 1 + width }
    }
    case 0xcf:
      return { value: integer(view.getBigUint64(at + 1)), end: at + 9 }
    case 0xd0:
      return { value: view.getInt8(at + 1), end: at + 2 }
    case 0xd1:
      return { value: view.getInt16(at + 1), end: at + 3 }
    case 0xd2:
      return { value: view.getInt32(at + 1), end: at + 5 }
    case 0xd3:
      return { value: integer(view.getBigInt64(at + 1)), end: at + 9 }
    case 0xd6:
      return timestamp(view, at, 4)
    case 0xd7:
      return timestamp(view, at, 8)
    case 0xc7:
      if (view.getUint8(at + 1) !== 12) throw new Malformed()
      return timestamp(view, at + 1, 12)
    case 0xd9:
    case 0xda:
    case 0xdb: {
      const width = 1 << (first - 0xd9)
      return text(bytes, at + 1 + width, sized(width))
    }
    case 0xdc:
      return list(bytes, at + 3, sized(2), depth)
    case 0xdd:
      return list(bytes, at + 5, sized(4), depth)
    default:
      throw new Malformed()
  }
}

const integer = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value

function slice(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length > bytes.length) throw new Malformed()
  return bytes.slice(at, at + length)
}

const text = (bytes: Uint8Array, at: number, length: number): Read => ({
  value: utf8.decode(slice(bytes, at, length)),
  end: at + length,
})

const bin = (bytes: Uint8Array, at: number, length: number): Read => ({
  value: slice(bytes, at, length),
  end: at + length,
})

function list(bytes: Uint8Array, start: number, count: number, depth: number): Read {
  const values: unknown[] = []
  let at = start
  for (let left = count; left > 0; left--) {
    const { value, end } = read(bytes, at, depth + 1)
    values.push(value)
    at = end
  }
  return { value: values, end: at }
}

function map(bytes: Uint8Array, start: number, count: number, depth: number): Read {
  const members: [string, unknown][] = []
  let at = start
  for (let left = count; left > 0; left--) {
    const key = read(bytes, at, depth + 1)
    const { value, end } = read(bytes, key.end, depth + 1)
    members.push([String(key.value), value])
    at = end
  }
  return { value: Object.fromEntries(members), end: at }
}

/** Extension -1: seconds, seconds with nanoseconds, or both in full; a Date holds milliseconds. */
function timestamp(view: DataView, at: number, length: 4 | 8 | 12): Read {
  if (view.getInt8(at + 1) !== -1) throw new Malformed()
  const end = at + 2 + length
  if (length === 4) return { value: new Date(view.getUint32(at + 2) * 1000), end }
  if (length === 12) {
    const seconds = Number(view.getBigInt64(at + 6))
    return { value: new Date(seconds * 1000 + Math.floor(view.getUint32(at + 2) / 1e6)), end }
  }
  const both = view.getBigUint64(at + 2)
  const seconds = Number(both & 0x3ffffffffn)
  return { value: new Date(seconds * 1000 + Math.floor(Number(both >> 34n) / 1e6)), end }
}
