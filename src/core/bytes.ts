// Small things done to text that must be done right: comparing secrets.

/** Whether two texts are the same, in a time that depends on their lengths alone. */
export function constantTimeEqual(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  let difference = 0
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}
