// Trailers of a response that is held back. They wait from the beginning: Node takes none back, and in
// HTTP/2 they would follow the answer of somebody else.
import type { HeldResponse, Verb } from './held.ts'

export const isTrailers = (verb: Verb): boolean => verb === 'addTrailers' || verb === 'setTrailer'

/** Keeps trailers for the body that they belong to. To add none is to take back all, as in HTTP/1. */
export function keepTrailers(held: HeldResponse, verb: Verb, args: unknown[]): void {
  if (verb === 'addTrailers' && Object.keys(args[0] as object).length === 0) held.trailers = null
  else (held.trailers ??= []).push([verb, args])
}

/** Hands over what was kept, now that the handler's body goes out. */
export function passTrailers(held: HeldResponse): void {
  const { methods, response, trailers } = held
  held.trailers = null
  for (const [verb, args] of trailers ?? []) methods[verb].apply(response, args)
}
