// Store contract: keys and texts of every kind come back as they went.
import { same } from './store-asserts.ts'
import { type Book, LOGOUT } from './store-stage.ts'

/** Texts that some layer between here and a disk takes for something else. */
const ODD: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '01',
  '1e3',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  'toString',
  'a',
  'A',
  'a ',
  ' a',
  '@',
  '@@',
  '@u',
  'a.b',
  'a:b',
  'a/b',
  'a,b',
  '$1',
  '%s%d%%',
  '?',
  '{}',
  '{a}',
  '[]',
  '*',
  '\\',
  '\\0',
  '\\u0000',
  '"',
  "'",
  "''",
  '`',
  "'; DROP TABLE sessions; --",
  '\n',
  '\r\n',
  '\t',
  '\u0001',
  '\u001f',
  '\u007f',
  '\u0080',
  '\u00a0',
  'ß',
  'é',
  'e\u0301',
  'İ',
  'ı',
  '日本語',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '😀',
  '👨‍👩‍👧',
  '\u{10ffff}',
]

const OWN_KEYS = new Map(ODD.map((text, at) => [text, `${at}`]))
const OWN_TEXTS = new Map(ODD.map((text, at) => [`k${at}`, text]))
const THREE = new Map([
  ['a', '1'],
  ['b', '2'],
  ['c', '3'],
])
const LONG = 'ü"\\\n'.repeat(25_000)

export const FIELDS: Book = {
  'keys of every kind are kept apart': async (stage) => {
    const session = await stage.begin({ fields: OWN_KEYS })
    await stage.holds(session)
  },

  'texts of every kind come back to the letter': async (stage) => {
    const session = await stage.begin({ fields: OWN_TEXTS })
    await stage.holds(session)
  },

  'keys and texts of every kind are patched': async (stage) => {
    const session = await stage.begin({ fields: new Map() })
    const fields = new Map(ODD.map((text) => [text, text]))
    await stage.change(session.id, { set: fields })
    await stage.holds(session, { fields })
    const gone = ODD.filter((_, at) => at % 2 === 1)
    await stage.change(session.id, { set: new Map(), deleted: gone })
    for (const key of gone) fields.delete(key)
    await stage.holds(session, { fields })
  },

  'keys and texts of every kind are expected': async (stage) => {
    const fields = new Map(ODD.map((text) => [text, text]))
    const { id } = await stage.begin({ fields })
    await stage.change(id, { expect: fields })
    const none = new Map(ODD.map((text) => [`${text}!`, null]))
    await stage.change(id, { expect: none })
    const expect = new Map(ODD.map((text) => [text, `${text}!`]))
    const patched = await stage.patch(id, { expect })
    same(patched, { state: 'conflict', current: fields }, 'patch that expects other texts')
  },

  'fields of every kind move to the session that goes on': async (stage) => {
    const fields = new Map(ODD.map((text) => [text, text]))
    const { id } = await stage.begin({ fields })
    const deleted = ODD.filter((_, at) => at % 3 === 1)
    const next = await stage.begin({ fields: new Map() }, { from: stage.from(id, { deleted }) })
    for (const key of deleted) fields.delete(key)
    await stage.holds(next, { fields })
  },

  'a text may be very long': async (stage) => {
    const fields = new Map([
      ['long', LONG],
      ['short', '1'],
    ])
    const session = await stage.begin({ fields })
    await stage.holds(session)
    const set = new Map([['another', `${LONG}!`]])
    await stage.change(session.id, { set, expect: new Map([['long', LONG]]) })
    await stage.holds(session, { fields: new Map([...fields, ...set]) })
    same(await stage.store.end(session.id, LOGOUT, stage.now), { state: 'done' }, 'end')
  },

  'a key may be long, and there may be many': async (stage) => {
    const fields = new Map([[`k${'é'.repeat(500)}`, '1']])
    for (let at = 0; at < 600; at++) fields.set(`key ${at}`, `"${at}"`)
    const session = await stage.begin({ fields })
    await stage.holds(session)
    await stage.change(session.id, { set: new Map([['key 7', 'x']]), deleted: ['key 8'] })
    fields.set('key 7', 'x').delete('key 8')
    await stage.holds(session, { fields })
  },

  'a field with an end of its own is there until then': async (stage) => {
    const { now } = stage
    const fieldEnds = new Map([
      ['a', now + 50],
      ['c', now + 100],
    ])
    const session = await stage.begin({ fields: THREE, fieldEnds })
    same((await stage.find(session.id)).fieldEnds, undefined, 'fieldEnds, which are not handed out')
    await stage.holds(session, {}, now + 50)
    const { fields } = await stage.find(session.id, now + 100)
    same(fields.get('b'), '2', 'the field without an end')
    same(fields.get('c'), '3', 'the field in its last second')
  },

  'a field that is set anew has the end that comes with it, or none': async (stage) => {
    const { now } = stage
    const fieldEnds = new Map([...THREE.keys()].map((key) => [key, now + 50]))
    const session = await stage.begin({ idle: 0, fields: THREE, fieldEnds })
    await stage.change(session.id, { set: new Map([['a', 'one']]) })
    const later = { set: new Map([['b', 'two']]), fieldEnds: new Map([['b', now + 9000]]) }
    await stage.change(session.id, later)
    await stage.change(session.id, { deleted: ['c'] })
    await stage.change(session.id, { set: new Map([['c', 'three']]) })
    const fields = new Map([
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'three'],
    ])
    await stage.holds(session, { fields }, now + 9000)
  },
}

export const ORDER: Book = {
  'fields stay in the order in which they were set': async (stage) => {
    const { id } = await stage.begin({
      fields: new Map([
        ['zoo', '1'],
        ['10', '2'],
        ['a', '3'],
        ['9', '4'],
      ]),
    })
    const set = new Map([
      ['new', '5'],
      ['10', 'again'],
    ])
    await stage.change(id, { set, deleted: ['a'] })
    same([...(await stage.find(id)).fields.keys()], ['zoo', '10', '9', 'new'], 'the keys')
  },

  'fields that move come before those of the session they move to': async (stage) => {
    const old = await stage.begin({ fields: THREE })
    const fields = new Map([
      ['new', '4'],
      ['b', 'two'],
    ])
    const { id } = await stage.begin({ fields }, { from: stage.from(old.id) })
    same([...(await stage.find(id)).fields.keys()], ['a', 'b', 'c', 'new'], 'the keys')
  },
}
