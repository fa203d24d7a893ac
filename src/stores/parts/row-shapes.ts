// What a record of the memory store is to its reader: a session or a tombstone.
import type { EndReason } from '../../core/record.ts'
import type { StoredSession, Tombstone } from '../../core/store.ts'
import { unpackFields } from './packing.ts'
import type { Row } from './records.ts'

const NUL = '\0'

export const toSession = (row: Row): StoredSession => ({
  id: row.id,
  subject: row.subject,
  createdAt: row.createdAt,
  seenAt: row.seenAt,
  idle: row.idle,
  endsAt: row.endsAt,
  throttle: row.throttle,
  checkAt: row.checkAt,
  fields: unpackFields(row.text),
})

/** The text of a tombstone's record. */
export const tombstoneText = (reason: EndReason, next = ''): string => [reason, next].join(NUL)

export function toTombstone({ text, seenAt, subject, checkAt }: Row): Tombstone {
  const [reason, next] = text.split(NUL) as [EndReason, string]
  return { state: 'ended', reason, at: seenAt, subject, next: next || null, until: checkAt }
}
