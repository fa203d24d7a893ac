// A length of time in words, exact: what a policy states must not be rounded.

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** `14 minutes 1 second`; whole seconds only. */
export function inWords(seconds: number): string {
  let rest = seconds
  const words: string[] = []
  for (const [unit, length] of UNITS) {
    const amount = Math.floor(rest / length)
    rest %= length
    if (amount > 0) words.push(`${amount} ${unit}${amount === 1 ? '' : 's'}`)
  }
  return words.join(' ') || '0 seconds'
}
