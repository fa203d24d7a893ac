// The fields of a session as one text: a Map for each would cost more than what is in it. Keys and
// texts hold no NUL (`core/store.ts`), so it ends each of them.
const END = '\0'

/** Joined, the text is flat: it keeps none of the texts alive that it was made of. */
export function packFields(fields: Iterable<readonly [string, string]>): string {
  const parts: string[] = []
  for (const [key, text] of fields) parts.push(key, text)
  parts.push('')
  return parts.join(END)
}

export function unpackFields(packed: string): Map<string, string> {
  const fields = new Map<string, string>()
  const parts = packed.split(END)
  for (let at = 1; at < parts.length; at += 2) {
    fields.set(parts[at - 1] as string, parts[at] as string)
  }
  return fields
}

/** The same text as one piece: it keeps no longer text alive that it was cut out of. */
export const flat = (text: string): string =>
  text.length < 2 ? text : [text.slice(0, 1), text.slice(1)].join('')
