// What is handed on when a session is left, by a logout, a change of account or its end: once, to whoever
// stays, and as it was written last.
import { describe, expect, test } from 'vitest'
import type { Session, SessionOptions } from '../../src/index.ts'
import { interrupted, startStored, TIMED } from './start-stored.ts'

const PASSWORD = { factor: 'password' }
type Data = Record<string, unknown>
type Act = (session: Session<Data>) => unknown

const add =
  (item: string): Act =>
  (session) =>
    session.update('cart', (cart) => [...((cart ?? []) as string[]), item])
const login =
  (subject: string): Act =>
  (session) =>
    session.authenticate(subject, PASSWORD)

async function shop(begin: Act, options: Partial<SessionOptions<Data>> = {}) {
  const life = startStored<Data>({
    ...TIMED,
    fields: { cart: { keepAfterLogout: true } },
    ...options,
  })
  const ann = life.browser()
  await ann.visit((session) => begin(session.set('cart', ['x']) as Session<Data>))
  const live = async () => (await life.store.scan(life.now(), null, 100)).sessions.length
  const cart = async () =>
    (await ann.visit((session) => [session.subject, session.get('cart')])).result
  return { ...life, ann, old: ann.held(), live, cart }
}

describe('what is set after a logout or a change of account', () => {
  test.each([undefined, 3])(
    'is kept, though it is what stood there before: %s',
    async (maxSessions) => {
      const options = maxSessions === undefined ? {} : { maxSessions }
      const { ann } = await shop((session) => login('ann')(session.set('role', 'user')), options)
      await ann.visit((session) => session.authenticate('bob', PASSWORD).set('role', 'user'))
      const bob = await ann.visit((session) => [session.subject, session.toJSON()])
      expect(bob.result).toEqual(['bob', { cart: ['x'], role: 'user' }])
      await ann.visit((session) => {
        session.destroy()
        session.set('role', 'user').set('cart', ['x'])
      })
      const nobody = await ann.visit((session) => [session.subject, session.toJSON()])
      expect(nobody.result).toEqual([null, { cart: ['x'], role: 'user' }])
    },
  )

  test('starts from what others wrote, where it is an update', async () => {
    const { ann, cart } = await shop(login('ann'))
    const out = await ann.begin()
    out.session.destroy()
    add('mine')(out.session)
    await ann.visit(add('theirs'))
    await out.finish()
    expect(await cart()).toEqual([null, ['x', 'theirs', 'mine']])
  })
})

describe('a change of account', () => {
  test.each([undefined, 3])('hands on what is written in its moment: %s', async (maxSessions) => {
    const { store, meanwhile } = interrupted()
    const options = maxSessions === undefined ? {} : { maxSessions }
    const { ann, browser, old, cart } = await shop(login('ann'), { ...options, store })
    const [change, other] = [await ann.begin(), await browser(old).begin()]
    login('bob')(change.session)
    add('late')(other.session)
    meanwhile.push(async () => expect((await other.finish()).ended).toBeNull())
    await change.finish()
    expect(await cart()).toEqual(['bob', ['x', 'late']])
  })

  test('that is sent twice makes one session', async () => {
    for (const begin of [login('ann'), login('bob'), () => {}]) {
      const { ann, sessions } = await shop(begin)
      const [one, other] = [await ann.begin(), await ann.begin()]
      for (const { session } of [one, other]) login('bob')(session)
      expect((await one.finish()).setCookie).not.toBeNull()
      expect(await other.finish()).toMatchObject({ setCookie: null, ended: 'renewed' })
      expect(await sessions().of('bob').list()).toHaveLength(1)
    }
  })
})

describe('what is kept', () => {
  const KEPT = { cart: { keepAfterLogout: true }, lang: { keepAfterLogout: true } } as const

  test('stays at a login, with and without a limit of sessions', async () => {
    for (const options of [{}, { maxSessions: 2 }] as const) {
      const { ann, cart } = await shop(() => {}, options)
      await ann.visit(login('ann'))
      expect(await cart()).toEqual(['ann', ['x']])
      await ann.visit(login('ann'))
      expect(await cart()).toEqual(['ann', ['x']])
    }
  })

  test.each([undefined, 2])(
    'goes on as the request itself has left it: %s',
    async (maxSessions) => {
      const LEAVES: Act[] = [(session) => session.destroy(), login('bob')]
      const CHANGES: [Act, unknown][] = [
        [(session) => session.set('cart', ['new']), { cart: ['new'] }],
        [add('more'), { cart: ['x', 'more'] }],
        [(session) => (session.get('cart') as string[]).push('inside'), { cart: ['x', 'inside'] }],
        [(session) => session.set('lang', 'de'), { cart: ['x'], lang: 'de' }],
        [(session) => session.update('lang', () => 'fr'), { cart: ['x'], lang: 'fr' }],
        [(session) => session.delete('cart'), {}],
        [(session) => session.pop('cart'), {}],
      ]
      for (const leave of LEAVES) {
        for (const [change, expected] of CHANGES) {
          const options = maxSessions === undefined ? {} : { maxSessions }
          const { ann } = await shop(login('ann'), { ...options, fields: KEPT })
          await ann.visit((session) => {
            change(session)
            leave(session)
          })
          expect((await ann.visit((session) => session.toJSON())).result).toEqual(expected)
        }
      }
    },
  )
})

describe('a login under a limit of one, sent twice', () => {
  test.each(['ann', null])('leaves one logged in, over a session of %s', async (subject) => {
    const begin = subject === null ? () => {} : login(subject)
    for (const isOver of [false, true]) {
      const { ann, pass, sessions, cart } = await shop(begin, { maxSessions: 1 })
      pass(isOver ? 7200 : 1)
      const requests = [await ann.begin(), await ann.begin(), await ann.begin()]
      for (const { session } of requests) login('bob')(session)
      for (const { finish } of requests) await finish()
      expect(await cart()).toEqual(['bob', ['x']])
      expect(await sessions().of('bob').list()).toHaveLength(1)
    }
  })
})

describe('a logout', () => {
  test('that is sent twice hands on once', async () => {
    const { ann, live, cart } = await shop(login('ann'))
    const [one, other] = [await ann.begin(), await ann.begin()]
    for (const { session } of [one, other]) session.destroy()
    expect((await one.finish()).setCookie).toContain('__Host-session=')
    expect(await other.finish()).toMatchObject({ setCookie: null, ended: 'logout' })
    expect([await live(), await cart()]).toEqual([1, [null, ['x']]])
  })

  test('hands on nothing of a session that was revoked', async () => {
    const { ann, live, sessions } = await shop(login('ann'))
    const out = await ann.begin()
    out.session.destroy()
    await sessions().of('ann').endAll()
    const { ended, setCookie } = await out.finish()
    expect([ended, setCookie?.includes('Max-Age=0'), await live()]).toEqual(['revoked', true, 0])
  })

  test('leaves its cookie, whatever comes too late', async () => {
    const { ann, browser, old, cart } = await shop(login('ann'))
    const [late, popping] = [await browser(old).begin(), await browser(old).begin()]
    late.session.set('report', 'done')
    popping.session.pop('cart')
    await ann.visit((session) => session.destroy())
    for (const { finish } of [late, popping]) {
      expect(await finish()).toMatchObject({ setCookie: null, ended: 'logout' })
    }
    expect(await cart()).toEqual([null, ['x']])
  })
})

describe('a session that is over, and leaves something', () => {
  const HOUR = 3600

  test.each([5, 12])(
    'is not begun anew by a request that took %s seconds, over whatever came of it',
    async (seconds) => {
      const ACTS: [Act, string | null, unknown][] = [
        [login('ann'), 'ann', 'renewed'],
        [(session) => session.renewId(), null, seconds > 10 ? 'renewed' : null],
        [(session) => session.destroy(), null, seconds > 10 ? 'renewed' : 'logout'],
      ]
      for (const [act, subject, ended] of ACTS) {
        const { ann, browser, old, pass, live, cart } = await shop(() => {})
        pass(HOUR)
        const [quick, slow] = [await ann.begin(), await browser(old).begin()]
        quick.session.set('a', 1)
        slow.session.set('b', 2)
        await quick.finish()
        pass(2)
        await ann.visit(act)
        pass(seconds - 2)
        expect(await slow.finish()).toMatchObject({ setCookie: null, ended })
        expect([await live(), await cart()]).toEqual([1, [subject, ['x']]])
      }
    },
  )

  test('goes on as one, though one of them renews its id', async () => {
    for (const isFirst of [true, false]) {
      const { ann, browser, old, pass, live } = await shop(() => {})
      pass(HOUR)
      const [renewing, other] = [await ann.begin(), await browser(old).begin()]
      renewing.session.set('a', 1).renewId()
      other.session.set('b', 2)
      const first = isFirst ? renewing : other
      const { setCookie } = await first.finish()
      await (isFirst ? other : renewing).finish()
      const { result } = await browser(setCookie?.split(';')[0]).visit((session) =>
        session.toJSON(),
      )
      expect([await live(), result]).toEqual([1, { cart: ['x'], a: 1, b: 2 }])
    }
  })

  test('hands a login what another changed meanwhile', async () => {
    const { store, meanwhile } = interrupted()
    const { ann, browser, old, pass, live, cart } = await shop(() => {}, { store })
    pass(HOUR)
    const [entering, other] = [await ann.begin(), await browser(old).begin()]
    login('ann')(entering.session)
    add('late')(other.session)
    meanwhile.push(async () => expect((await other.finish()).ended).toBeNull())
    await entering.finish()
    expect([await live(), await cart()]).toEqual([1, ['ann', ['x', 'late']]])
  })

  test('leaves nothing that was taken out or cleared', async () => {
    const ACTS: Act[] = [(session) => session.pop('cart'), (session) => session.clear()]
    for (const act of ACTS) {
      const { ann, browser, old, pass, live } = await shop(() => {})
      pass(HOUR)
      await ann.visit(act)
      const { result } = await browser(old).visit((session) => session.toJSON())
      expect([await live(), result]).toEqual([0, {}])
    }
    const late = await shop(() => {})
    late.pass(HOUR)
    const popping = await late.browser(late.old).begin()
    await late.ann.visit(login('bob'))
    popping.session.pop('cart')
    expect(await popping.finish()).toMatchObject({ setCookie: null, ended: 'renewed' })
    expect(await late.cart()).toEqual(['bob', ['x']])
    const { ann, browser, old, pass } = await shop(() => {})
    pass(HOUR)
    const [one, other] = [await ann.begin(), await browser(old).begin()]
    one.session.set('a', 1)
    other.session.pop('cart')
    other.session.set('paid', true)
    await one.finish()
    await other.finish()
    expect((await ann.visit((session) => session.toJSON())).result).toEqual({ a: 1, paid: true })
  })
})
