// A life of some sessions, verb by verb, the same each time: to be cut off anywhere and compared.
import type { FullStore, StoredSession } from '../../src/core/store.ts'
import { NOW, storedSession } from './stored-session.ts'

const SUBJECTS = ['ann', 'bob'] as const
/** The second in which what is not lasting is over. */
const LATER = NOW + 700

const REPLACED = { reason: 'replaced', keep: 9000 } as const
const LIMIT = { ...REPLACED, most: 3, action: 'end-oldest' } as const

const FIELDS = new Map([
  ['cart', '[1]'],
  ['long', 'x'.repeat(6000)],
])
const session = (id: string, changes: Partial<StoredSession> = {}): StoredSession =>
  storedSession({ id, subject: 'ann', fields: FIELDS, ...changes })

const patch = { set: new Map<string, string>(), deleted: [] }
const bounds = { idle: 60, endsAt: NOW + 5000, throttle: 5 }

export const STEPS: readonly ((store: FullStore) => unknown)[] = [
  (store) => store.create(session('a'), NOW),
  (store) => store.create(session('b', { createdAt: NOW + 1, checkAt: NOW + 650 }), NOW + 1),
  (store) => store.create(session('c', { createdAt: NOW + 2 }), NOW + 2, { limit: LIMIT }),
  (store) => store.create(session('guest', { subject: null, idle: 60 }), NOW + 3),
  (store) => store.create(session('other', { subject: 'bob', idle: 30 }), NOW + 3),
  (store) => {
    const set = new Map([
      ['left', '1'],
      ['right', '1'],
    ])
    return store.patch(
      'b',
      { ...patch, set, deleted: ['cart'], seenAt: NOW + 20, bounds },
      NOW + 20,
    )
  },
  (store) => store.read('c', NOW + 100, true),
  (store) => store.touch('b', NOW + 50),
  (store) => {
    const from = { ...REPLACED, id: 'guest', deleted: ['long'], until: NOW + 60 }
    const next = session('next', { createdAt: NOW + 30, fields: new Map([['new', '1']]) })
    return store.create(next, NOW + 30, { from, limit: LIMIT })
  },
  (store) => store.patch('c', { ...patch, checkAt: NOW + 110 }, NOW + 101),
  (store) => store.end('c', { reason: 'logout', keep: 50 }, NOW + 102, 'ann'),
  (store) => store.create(session('d', { createdAt: NOW + 103 }), NOW + 103),
  (store) => store.endAll('ann', { reason: 'revoked', keep: 9000 }, NOW + 104, 'd'),
  (store) => store.claim(NOW + 104, 10, 60),
  (store) => store.patch('d', { ...patch, recheck: { from: 0, to: NOW + 200 } }, NOW + 105),
  (store) => store.forget(['other', 'd', 'a'], NOW + 106),
  (store) => store.create(session('e', { createdAt: LATER, seenAt: LATER }), LATER),
]

/** Everything that can be seen of the sessions, as one text. */
export function picture(store: FullStore): string {
  const ids = ['a', 'b', 'c', 'guest', 'other', 'next', 'd', 'e']
  const seconds = [NOW + 3, NOW + 40, NOW + 104, NOW + 160, LATER]
  const seen = seconds.map((now) => ({
    read: ids.map((id) => store.read(id, now, false)),
    lists: SUBJECTS.map((subject) => store.list(subject, now)),
    scan: store.scan(now, null, 100),
  }))
  const claimed = [NOW + 105, LATER].map((now) => store.claim(now, 100, 60))
  return JSON.stringify([seen, claimed], (_, value) =>
    value instanceof Map ? { fields: [...value] } : value,
  )
}
