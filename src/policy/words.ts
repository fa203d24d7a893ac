// Lengths of time in words, exact: what a policy states must not be rounded. And names from
// elsewhere as text that can stand on any page.

const UNITS = [
  ['day', 'd', 86_400],
  ['hour', 'h', 3_600],
  ['minute', 'min', 60],
  ['second', 's', 1],
] as const

/** `14 minutes 1 second`; whole seconds only. */
export const inWords = (seconds: number): string =>
  split(seconds)
    .map(([amount, unit]) => `${amount} ${unit}${amount === 1 ? '' : 's'}`)
    .join(' ') || '0 seconds'

/** `14 min 1 s`, for a picture; whole seconds only. */
export const inShort = (seconds: number): string =>
  split(seconds)
    .map(([amount, , sign]) => `${amount} ${sign}`)
    .join(' ') || '0'

function split(seconds: number): (readonly [amount: number, unit: string, sign: string])[] {
  let rest = seconds
  return UNITS.map(([unit, sign, length]) => {
    const amount = Math.floor(rest / length)
    rest %= length
    return [amount, unit, sign] as const
  }).filter(([amount]) => amount > 0)
}

/** Controls, what turns the direction of writing, halves of characters, and what XML cannot hold. */
const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** A name on one line, without what a terminal or a page would act upon. */
export const toName = (text: string): string => text.replace(UNPRINTABLE, '\ufffd')
