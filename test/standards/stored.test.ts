// What the standards ask of sessions that a server knows: with a store. See docs/standards.md.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSessions, type SessionOptions } from '../../src/index.ts'
import { BY } from '../core/start.ts'
import { startStored } from '../core/start-stored.ts'
import { modelStore } from '../support/model-store.ts'

const signedIn = async (options: Partial<SessionOptions> = {}) => {
  const life = startStored(options)
  const login = async (subject = 'ann') => {
    const browser = life.browser()
    const { settlement } = await browser.visit((session) => session.authenticate(subject, BY))
    const subjectOf = async () => (await browser.visit((session) => session.subject)).result
    return { browser, settlement, subjectOf }
  }
  return { ...life, login }
}

test('item 05: the id from before an authentication is ended', async () => {
  const { browser } = startStored()
  const ann = browser()
  await ann.visit((session) => session.set('cart', ['apple']))
  const before = ann.held()
  await ann.visit((session) => session.authenticate('ann', BY))
  ann.hold(before)
  expect((await ann.visit((session) => session.ended?.reason)).result).toBe('renewed')
})

test('item 06: an id is renewed every so often, with a grace for requests under way', async () => {
  const { browser, pass } = startStored({
    lifetime: { idle: '8h', absolute: '12h', renewal: '1h' },
    renewalGrace: '10s',
  })
  const ann = browser()
  await ann.visit((session) => session.set('name', 'ann'))
  const old = ann.held()
  pass(3600)
  await ann.visit((session) => session.get('name'))
  expect(ann.held()).not.toBe(old)
  ann.hold(old)
  pass(10)
  expect((await ann.visit((session) => session.get('name'))).result).toBe('ann')
  pass(1)
  expect((await ann.visit((session) => session.get('name'))).result).toBeUndefined()
})

test('item 08: a store has the hash of an id, never the id', async () => {
  const seen: string[] = []
  const model = modelStore()
  const store = {
    ...model,
    create: (...args: Parameters<typeof model.create>) => {
      seen.push(JSON.stringify([args[0], [...args[0].fields]]))
      return model.create(...args)
    },
  }
  const ann = startStored({ store }).browser()
  await ann.visit((session) => session.set('name', 'ann'))
  const id = ann.held()?.split('=')[1] ?? ''
  expect(seen[0]).toContain(createHash('sha256').update(id).digest('base64url'))
  expect(seen[0]).not.toContain(id.slice(2))
})

test('item 38: a session that has ended is of no use, also to requests in flight', async () => {
  const { login } = await signedIn()
  const { browser } = await login()
  const copy = browser.held()
  const slow = await browser.begin()
  await browser.visit((session) => session.destroy())
  slow.session.set('mail', 'eve@example.com')
  expect(await slow.finish()).toMatchObject({ ended: 'logout' })
  browser.hold(copy)
  const { result } = await browser.visit((session) => [session.subject, session.ended?.reason])
  expect(result).toEqual([null, 'logout'])
})

test('item 39: all sessions of an account end when it is closed', async () => {
  const { login, sessions } = await signedIn()
  const all = [await login(), await login(), await login('bob')]
  await sessions().of('ann').endAll()
  expect(await Promise.all(all.map(({ subjectOf }) => subjectOf()))).toEqual([null, null, 'bob'])
})

test('item 40: all other sessions end when a factor changes', async () => {
  const { login, sessions } = await signedIn()
  const [here, there] = [await login(), await login()]
  const { session } = await here.browser.begin()
  await sessions().of('ann').endOthers(session)
  expect([await here.subjectOf(), await there.subjectOf()]).toEqual(['ann', null])
})

test('item 41: an administrator ends the sessions of one user, also of those that cookies carry', async () => {
  let now = 1_700_000_000
  const secretKey = 'the key of these tests'
  const sessions = createSessions({
    secretKey,
    clock: () => now,
    notBefore: { store: modelStore() },
  })
  const session = sessions.open({}).authenticate('ann', BY)
  const [cookie] = (sessions.settle(session).setCookie ?? '').split(';')
  now += 5
  await sessions.of('ann').endAll()
  const later = await sessions.open({ cookie }).load()
  expect([later.subject, later.ended?.reason]).toEqual([null, 'revoked'])
})

test('item 42: users see their sessions and end any of them', async () => {
  const { login, sessions } = await signedIn()
  const [phone, laptop] = [await login(), await login()]
  const { session } = await laptop.browser.begin()
  const list = await sessions().of('ann').list(session)
  const other = list.find(({ current }) => !current)
  expect(
    await sessions()
      .of('ann')
      .end(other?.id ?? ''),
  ).toBe(true)
  expect([await phone.subjectOf(), await laptop.subjectOf()]).toEqual([null, 'ann'])
})

test('item 44: parallel sessions are capped, with a declared action', async () => {
  const oldest = await signedIn({ maxSessions: 1 })
  const [first, second] = [await oldest.login(), await oldest.login()]
  expect([await first.subjectOf(), await second.subjectOf()].filter(Boolean)).toHaveLength(1)
  const refusing = await signedIn({ maxSessions: 1, maxSessionsAction: 'refuse' })
  await refusing.login()
  expect((await refusing.login()).settlement.problem?.status).toBe(409)
})

test('item 53: a session ends that is not the request’s own', async () => {
  const { login, sessions } = await signedIn()
  const { subjectOf } = await login()
  await sessions().of('ann').endAll()
  expect(await subjectOf()).toBeNull()
})
