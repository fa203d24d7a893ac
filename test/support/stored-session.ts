// One session as a store is handed it, for tests that care about some of it.
import type { StoredSession } from '../../src/core/store.ts'

export const NOW = 1_700_000_000

export const storedSession = (changes: Partial<StoredSession> = {}): StoredSession => ({
  id: 'a session',
  subject: null,
  createdAt: NOW,
  seenAt: NOW,
  idle: 600,
  endsAt: NOW + 86_400,
  throttle: 60,
  checkAt: 0,
  fields: new Map([['cart', '[1]']]),
  ...changes,
})
