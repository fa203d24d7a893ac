// One look at a JSON text before it is parsed: whether the native parser reads it as Python would.
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  DEEPEST,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from './json-reader.ts'

/** `plain`: read natively. `tagged`: natively, then tags. `odd`: only our own reader gets it right. */
export type Survey = 'plain' | 'tagged' | 'odd'

const SPACE = 0x20
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
/** Fifteen digits are a safe integer in any case. */
const SAFE_DIGITS = 15

/**
 * Exact for valid JSON; the parser judges the rest. Odd are floats, since the native parser forgets
 * how they were spelled, minus zero, integers that may be unsafe, and what lies too deep.
 */
export function survey(text: string): Survey {
  let tagged = false
  let depth = 0
  let at = 0
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      const first = text.charCodeAt(at + 1)
      // A key that begins with a space may be spelled with an escape.
      tagged ||= first === SPACE || first === BACKSLASH
      at = endOfString(text, at + 1)
    } else if ((unit >= ZERO && unit <= NINE) || unit === MINUS) {
      const end = endOfDigits(text, at + 1)
      if (isOdd(text, at, end)) return 'odd'
      at = end
    } else {
      if (unit === OPEN_LIST || unit === OPEN_OBJECT) depth++
      else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth--
      if (depth > DEEPEST) return 'odd'
      at++
    }
  }
  return tagged ? 'tagged' : 'plain'
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at
    while (text.charCodeAt(before - 1) === BACKSLASH) before--
    if ((at - before) % 2 === 0) return at + 1
  }
  return text.length
}

function endOfDigits(text: string, start: number): number {
  let at = start
  while (text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= NINE) at++
  return at
}

/** A digit, or a minus, and the digits after it. */
function isOdd(text: string, start: number, end: number): boolean {
  const after = text.charCodeAt(end) | 0x20
  if (after === 0x2e || after === 0x65 || end - start > SAFE_DIGITS) return true
  return text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO
}
