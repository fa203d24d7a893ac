// A session that goes on under an id that lies on another server of a cluster.

import { tagOfStored } from '../../core/ids.ts'
import type { Created, CreateTerms, From, StoredSession } from '../../core/store.ts'
import { earlier, overlay } from './changes.ts'
import {
  createdBy,
  creation,
  type FieldExpiry,
  handingOver,
  patchedBy,
  patching,
} from './redis-changes.ts'
import type { Keys } from './redis-keys.ts'
import { readSession } from './redis-records.ts'
import type { Runner } from './redis-runner.ts'
import { CREATE, END, PATCH } from './redis-scripts.ts'

/**
 * No script reaches both servers, so there are three steps, each atomic: the place of the new session is
 * held, unless the id is taken or the limit refuses it; the old session ends, if it is as expected, and
 * hands over its fields; the place is filled.
 *
 * A process that dies after the first step leaves the old session as it was, and a place that is no
 * session, counts half a minute towards a limit that refuses, and then goes. After the second there is
 * no session any more: its user must log in again, as they were doing. The other order would leave two
 * sessions, one of which nobody holds the cookie of, and would lose what was written to the old one
 * meanwhile. In no order a session is half written, or an index names one that is not there: places are
 * passed over by all who read an index.
 */
export async function createAcross(
  { runner, keys }: { readonly runner: Runner; readonly keys: Keys },
  session: StoredSession,
  from: From,
  { limit }: CreateTerms,
  expiry: FieldExpiry | null,
  now: number,
): Promise<Created> {
  const place = keys.begun(session)
  const at = (mode: 'hold' | 'fill' | 'leave', given: StoredSession) =>
    runner.run(CREATE, place, now, creation(mode, given, { limit }, expiry))
  const held = createdBy(await at('hold', { ...session, fields: new Map() }), undefined, now)
  if (held.state === 'full') {
    // What the old session says comes before what the limit says.
    const asked = patching({ set: new Map(), deleted: [], expect: from.expect }, null)
    const old = patchedBy(await runner.run(PATCH, keys.both(from.id), now, asked), from.expect, now)
    return old.state === 'done' ? held : old
  }
  if (held.state !== 'done') return held
  const ended = await runner.run(END, keys.both(from.id), now, handingOver(from, session.id))
  if (ended[0] !== 'done') {
    await at('leave', session)
    return createdBy(ended, from.expect, now)
  }
  const old = readSession(from.id, ended[1] ?? '')
  const fields = overlay(old?.fields ?? new Map(), from.deleted, session.fields)
  const checkAt = earlier(session.checkAt, old?.checkAt ?? 0)
  return createdBy(await at('fill', { ...session, fields, checkAt }), undefined, now)
}

/** Whether two stored ids may lie on different servers. */
export const liesApart = (one: string, other: string): boolean =>
  tagOfStored(one) !== tagOfStored(other)
