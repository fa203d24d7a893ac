// The events of what a handler did: begun, authenticated, renewed, unlocked, ended.
import { type Events, hashId, toTold } from './events.ts'
import type { Found } from './opening.ts'
import type { Deed, SessionState } from './session-state.ts'

/** Tells what was done in a request, once it is settled: to the session that went, then to the one that stays. */
export function tellDeeds(
  events: Events,
  { deeds, now }: SessionState,
  loaded: Found | null,
): void {
  const all = deeds ?? []
  const stays = loaded?.record ?? null
  // Of what came and went in one request nobody has heard.
  for (const deed of all) if (deed.record !== stays && !deed.isNew) tellDeed(events, deed, now)
  if (loaded?.isNew) events.tell('created', now, toTold(loaded.record), {})
  for (const deed of all) {
    if (deed.record === stays && deed.name !== 'cleared') tellDeed(events, deed, now)
  }
}

function tellDeed(
  events: Events,
  { name, before, record, isNew, factor }: Deed,
  now: number,
): void {
  const told = toTold(record)
  if (name === 'destroyed' || name === 'replaced' || name === 'cleared') {
    const over = { reason: 'logout', at: Math.floor(now), field: null } as const
    events.tell('ended', now, before, over)
  } else if (name !== 'renewed') events.tell(name, now, told, { factor })
  else if (!isNew && before.id !== null) {
    events.tell(name, now, told, { before: hashId(before.id) })
  }
}
