// Updates of one value by requests at once: no step is lost, whatever else happens to their session.
import { expect, test } from 'vitest'
import type { FullStore, Session, SessionOptions } from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { startStored, TIMED } from './start-stored.ts'

const PASSWORD = { factor: 'password' }
type Data = Record<string, unknown>

const count = (session: Session<Data>) => session.update('views', (views = 0) => Number(views) + 1)

async function office(options: Partial<SessionOptions<Data>> = {}) {
  const life = startStored<Data>({ ...TIMED, ...options })
  const ann = life.browser()
  await ann.visit((session) => count(session.authenticate('ann', PASSWORD)))
  const views = async () => (await ann.visit((session) => session.get('views'))).result
  return { ...life, ann, views }
}

test('while the id is renewed because it is time, and nobody is logged out', async () => {
  for (const many of [2, 3, 5]) {
    const lifetime = { idle: '8h', absolute: '12h', renewal: '1h' } as const
    const { ann, views, pass, sessions } = await office({ lifetime })
    pass(3660)
    const requests = await Promise.all(Array.from({ length: many }, () => ann.begin()))
    for (const { session } of requests) count(session)
    let cookies = 0
    for (const { finish } of requests) if ((await finish()).setCookie !== null) cookies++
    expect(cookies).toBe(1)
    pass(11)
    expect((await ann.visit((session) => session.subject)).result).toBe('ann')
    expect(await views()).toBe(1 + many)
    expect(await sessions().of('ann').list()).toHaveLength(1)
  }
})

test('while the id is renewed between two steps of one of them', async () => {
  const store = modelStore()
  const meanwhile: (() => Promise<unknown>)[] = []
  const hurried: FullStore = {
    ...store,
    patch: async (...given) => {
      const patched = await store.patch(...given)
      if (patched.state === 'conflict') await meanwhile.shift()?.()
      return patched
    },
  }
  const { ann, views } = await office({ store: hurried })
  const [one, two, renewing] = [await ann.begin(), await ann.begin(), await ann.begin()]
  for (const { session } of [one, two]) count(session)
  renewing.session.renewId()
  await one.finish()
  const slow = await ann.begin()
  count(slow.session)
  meanwhile.push(async () => {
    await renewing.finish()
    await slow.finish()
  })
  await two.finish()
  expect(meanwhile).toEqual([])
  expect(await views()).toBe(4)
})

test('where the time of the value was over', async () => {
  const { ann, views, pass } = await office({ fields: { views: { absolute: '1m' } } })
  pass(120)
  const requests = [await ann.begin(), await ann.begin(), await ann.begin()]
  for (const { session } of requests) count(session)
  for (const { finish } of requests) await finish()
  expect(await views()).toBe(3)
})

test('where it was over, and another has set it anew', async () => {
  const { ann, views, pass } = await office({ fields: { views: { absolute: '1m' } } })
  pass(120)
  const [one, other] = [await ann.begin(), await ann.begin()]
  one.session.set('views', 10)
  count(other.session)
  await one.finish()
  await other.finish()
  expect(await views()).toBe(11)
})

test('and what was set and deleted in one request deletes nothing of others', async () => {
  const { ann, pass } = await office({ fields: { views: { absolute: '1m' } } })
  pass(120)
  const [one, other] = [await ann.begin(), await ann.begin()]
  one.session.set('note', 'mine').set('views', 5)
  other.session.set('note', 'draft').delete('note')
  count(other.session)
  await one.finish()
  await other.finish()
  const { result } = await ann.visit((session) => session.toJSON())
  expect(result).toEqual({ note: 'mine', views: 6 })
})
