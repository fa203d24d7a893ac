// Stores of which one verb is broken on purpose, and the cases that say so.
import type { CreateTerms, SessionLimit, StoredSession } from '../../src/core/store.ts'
import { type Broken, broken } from './broken.ts'

const withFields = (session: StoredSession, change: (key: string, text: string) => string[]) => ({
  ...session,
  fields: new Map([...session.fields].map(([key, text]) => change(key, text) as [string, string])),
})

const withoutLimit = (terms?: CreateTerms): CreateTerms => ({ ...terms, limit: undefined })

export const BROKEN_VERBS: { readonly [name: string]: Broken } = {
  'whose patches expect nothing': {
    open: broken((sound) => ({
      patch: (id, patch, now) => sound.patch(id, { ...patch, expect: undefined }, now),
    })),
    fails: [
      'a counter loses no increment',
      'one field that is not as expected, and nothing changes',
      'a text is expected to the letter, and nothing is not an empty text',
    ],
  },
  'whose ends expect nothing': {
    open: broken((sound) => ({
      end: (id, ending, now, subject) =>
        sound.end(id, { ...ending, expect: undefined }, now, subject),
    })),
    fails: ['a session ends only where its fields have the texts that are expected'],
  },
  'whose ends lead nowhere': {
    open: broken((sound) => ({
      end: (id, ending, now, subject) =>
        sound.end(id, { ...ending, next: undefined }, now, subject),
    })),
    fails: ['an end may say which session goes on from it'],
  },
  'that touches at every read': {
    open: broken((sound) => ({
      read: async (id, now, touch) => {
        const reading = await sound.read(id, now, touch)
        if (touch && reading.state === 'live') await sound.touch(id, now)
        return reading
      },
    })),
    fails: ['a read within the throttle is not written down'],
  },
  'whose reads never touch': {
    open: broken((sound) => ({ read: (id, now) => sound.read(id, now, false) })),
    fails: ['a read beyond the throttle touches, and shows the session as it was before'],
  },
  'that takes every end for the first': {
    open: broken((sound) => ({
      read: async (id, now, touch) => {
        const reading = await sound.read(id, now, touch)
        return reading.state === 'ended' ? { ...reading, reason: 'logout', at: now } : reading
      },
    })),
    fails: ['the first reason for an end stays', 'each reason is kept as it was given'],
  },
  'whose tombstones stay for ever': {
    open: broken((sound) => ({
      end: (id, ending, now, subject) => sound.end(id, { ...ending, keep: 1e9 }, now, subject),
    })),
    fails: ['a tombstone is kept as long as was asked, and no longer'],
  },
  "that ends another's session": {
    open: broken((sound) => ({ end: (id, ending, now) => sound.end(id, ending, now) })),
    fails: ['who asks for one subject does not end what is of another'],
  },
  'that lets a session go a second early': {
    open: broken((sound) => ({ read: (id, now, touch) => sound.read(id, now + 1, touch) })),
    fails: ['a session is over after so many idle seconds'],
  },
  'that takes keys for those of an object': {
    open: broken((sound) => ({
      create: (session, now, terms) => {
        const object: Record<string, string> = {}
        for (const [key, text] of session.fields) object[key] = text
        return sound.create({ ...session, fields: new Map(Object.entries(object)) }, now, terms)
      },
    })),
    fails: ['keys of every kind are kept apart'],
  },
  'that normalizes texts': {
    open: broken((sound) => ({
      create: (session, now, terms) =>
        sound.create(
          withFields(session, (key, text) => [key, text.normalize()]),
          now,
          terms,
        ),
    })),
    fails: ['texts of every kind come back to the letter'],
  },
  'that trims subjects': {
    open: broken((sound) => ({
      create: (session, now, terms) =>
        sound.create({ ...session, subject: session.subject?.trim() ?? null }, now, terms),
      list: (subject, now) => sound.list(subject.trim(), now),
    })),
    fails: ['subjects that look alike are not the same'],
  },
  'that moves what was deleted': {
    open: broken((sound) => ({
      create: (session, now, terms) => {
        const from = terms?.from && { ...terms.from, deleted: [] }
        return sound.create(session, now, { ...terms, from })
      },
    })),
    fails: ['an authentication lies where its subject does, and the old id leads nowhere'],
  },
  'whose sessions go on from anything': {
    open: broken((sound) => ({
      create: (session, now, terms) => sound.create(session, now, { ...terms, from: undefined }),
    })),
    fails: [
      'nothing goes on from what was ended',
      'a renewed session takes the fields along, and the old id points at it',
    ],
  },
  'whose limit is none': {
    open: broken((sound) => ({
      create: (session, now, terms) => sound.create(session, now, withoutLimit(terms)),
    })),
    fails: ['a session beyond the limit is refused'],
  },
  'whose limit counts the session that goes on': {
    open: broken((sound) => ({
      create: (session, now, terms) => {
        const limit: SessionLimit | undefined = terms?.limit && {
          ...terms.limit,
          most: terms.limit.most - (terms.from ? 1 : 0),
        }
        return sound.create(session, now, { ...terms, limit })
      },
    })),
    fails: ['the session that the new one goes on from does not count'],
  },
  'whose list has no order': {
    open: broken((sound) => ({
      list: async (subject, now) => (await sound.list(subject, now)).reverse(),
    })),
    fails: [
      'sessions are listed whole, those that began first coming first',
      'of sessions that began in one second those that were created first come first',
    ],
  },
  'whose endAll leaves nobody': {
    open: broken((sound) => ({
      endAll: (subject, ending, now) => sound.endAll(subject, ending, now),
    })),
    fails: ['endAll leaves the one that it is told to leave'],
  },
  'that leases nothing': {
    open: broken((sound) => ({ claim: (now, most) => sound.claim(now, most, -1) })),
    fails: ['what is over is handed out whole, once per lease, until it is forgotten'],
  },
  'that forgets what it hands out': {
    open: broken((sound) => ({
      claim: async (now, most, lease) => {
        const claimed = await sound.claim(now, most, lease)
        const ids = claimed.map(({ id }) => id)
        await sound.forget(ids, now)
        return claimed
      },
    })),
    fails: ['what is over is handed out whole, once per lease, until it is forgotten'],
  },
  'that forgets what is live': {
    open: broken((sound) => ({ forget: (ids, now) => sound.forget(ids, now + 1e9) })),
    fails: ['forget leaves what is live or ended, and counts what it forgot'],
  },
  'whose scan ends early': {
    open: broken((sound) => ({
      scan: async (now, after, most) => ({ ...(await sound.scan(now, after, most)), next: null }),
    })),
    fails: ['a scan meets every live session, whole'],
  },
}
