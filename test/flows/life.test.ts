// Random policies, requests, role and policy changes in every cookie mode, against the model.
// SOJOURN_RUNS says how many (CI: 10,000), SOJOURN_SEED repeats a run.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flask } from '../../src/formats/flask.ts'
import { sealed } from '../../src/formats/sealed.ts'
import { signed } from '../../src/formats/signed.ts'
import {
  createSessions,
  type Grants,
  type Lifetime,
  SessionError,
  type Sessions,
  type TokenFormat,
} from '../../src/index.ts'
import { type Act, type Limits, Model, NONE, type Policy } from './model.ts'

const RUNS = Number(process.env.SOJOURN_RUNS ?? 300)
/** Milliseconds: ten thousand runs on a machine that is shared. */
const PATIENCE = 600_000
const SEED = Number(process.env.SOJOURN_SEED ?? Date.now() % 2 ** 31)

interface Real {
  readonly format: TokenFormat
  sessions: Sessions
  cookie: string | undefined
}

const toLifetime = ({ idle, absolute }: Limits): Lifetime => ({
  ...(idle > 0 && { idle: { seconds: idle } }),
  ...(absolute > 0 && { absolute: { seconds: absolute } }),
})

const toGrants = (limits: Limits): Grants => ({
  permanent: { ...toLifetime(limits), absolute: { seconds: limits.absolute } },
})

/** One lifetime for all where both roles have the same, else a function of the session. */
function create(format: TokenFormat, policy: Policy, clock: () => number): Sessions {
  const [user, admin] = [toLifetime(policy.user), toLifetime(policy.admin)]
  return createSessions({
    secretKey: 'a secret key of some length',
    format,
    clock,
    lifetime:
      policy.user === policy.admin
        ? user
        : (session) => (session.get('role') === 'admin' ? admin : user),
    ...(policy.grant.absolute > 0 && { grants: toGrants(policy.grant) }),
    fields: Object.fromEntries(
      Object.entries(policy.fields).map(([key, limits]) => [
        key,
        { ...toLifetime(limits), keepAfterLogout: policy.kept.includes(key) },
      ]),
    ),
    idleAction: policy.lock ? 'lock' : 'end',
  })
}

class Visit implements fc.Command<Model, Real> {
  readonly #act: Act
  readonly #isUser: boolean

  constructor(act: Act, isUser: boolean) {
    this.#act = act
    this.#isUser = isUser
  }

  check = () => true

  run(model: Model, real: Real): void {
    const { cookie } = real
    const activity = this.#isUser ? 'user' : 'background'
    // A look of its own at the same cookie, which changes nothing.
    const session = real.sessions.open({ cookie })
    const { _permanent, ...data } = session.toJSON()
    const found = {
      ended: session.ended?.reason ?? null,
      locked: session.locked,
      subject: session.subject,
      data,
      endsAt: session.isNew ? null : session.endsAt,
      isFresh: session.isFresh({ within: '100s' }),
    }
    expect(found).toEqual(model.visit(this.#act, this.#isUser))
    const asked = real.sessions.open({ cookie, activity })
    perform(asked, this.#act)
    const { setCookie } = real.sessions.settle(asked)
    if (setCookie?.includes('Max-Age=0')) real.cookie = undefined
    else if (setCookie) real.cookie = setCookie.split(';')[0]
  }

  toString = () => `${this.#isUser ? '' : 'background '}${JSON.stringify(this.#act)}`
}

function perform(session: ReturnType<Sessions['open']>, act: Act): void {
  try {
    if (act.name === 'look') session.get('note')
    if (act.name === 'set')
      session.set(act.key, act.value, ...(isNone(act.own) ? [] : [toLifetime(act.own)]))
    if (act.name === 'permanent') {
      session.set('name', 'ann')
      session.permanent = true
    }
    if (act.name === 'limit') session.limit(toLifetime(act.own))
    if (act.name === 'authenticate') session.authenticate(act.subject, { factor: 'password' })
    if (act.name === 'unlock') session.unlock({ factor: 'otp' })
    if (act.name === 'logout') session.destroy()
  } catch (error) {
    if (!(error instanceof SessionError && error.code === 'locked')) throw error
  }
}

const isNone = ({ idle, absolute }: Limits): boolean => idle + absolute === 0

class Wait implements fc.Command<Model, Real> {
  readonly #seconds: number

  constructor(seconds: number) {
    this.#seconds = seconds
  }

  check = () => true

  run(model: Model): void {
    model.now += this.#seconds
  }

  toString = () => `wait ${this.#seconds}`
}

class ChangePolicy implements fc.Command<Model, Real> {
  readonly #policy: Policy

  constructor(policy: Policy) {
    this.#policy = policy
  }

  check = () => true

  run(model: Model, real: Real): void {
    model.policy = this.#policy
    real.sessions = create(real.format, this.#policy, () => model.now)
  }

  toString = () => `policy ${JSON.stringify(this.#policy)}`
}

/** Absolute is never shorter than idle, which is refused. */
const limits = (least: number): fc.Arbitrary<Limits> =>
  fc
    .tuple(fc.constantFrom(0, 1, 9, 10, 25, 60, 120), fc.constantFrom(0, 1, 50, 300))
    .map(([idle, more]) => ({
      idle,
      absolute: least + more > 0 ? Math.max(least, idle + more) : 0,
    }))
const none = fc.constant(NONE)
const policy: fc.Arbitrary<Policy> = fc
  .record({
    user: limits(0),
    admin: limits(0),
    grant: fc.oneof(none, limits(2)),
    fields: fc.record({ otp: fc.oneof(none, limits(0)), cart: fc.oneof(none, limits(0)) }),
    kept: fc.subarray(['otp', 'cart']),
    lock: fc.boolean(),
    byRole: fc.boolean(),
  })
  .map(({ byRole, ...stated }) => (byRole ? stated : { ...stated, admin: stated.user }))
  // What locks needs an end.
  .map((stated) => ({
    ...stated,
    lock: stated.lock && stated.user.absolute > 0 && stated.admin.absolute > 0,
  }))

const own = limits(0).filter((given) => !isNone(given))
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ name: fc.constantFrom('look', 'look', 'ignore', 'logout', 'permanent', 'unlock') }),
  fc.record({
    name: fc.constant('set' as const),
    key: fc.constantFrom('otp', 'cart', 'note'),
    value: fc.nat(9),
    own: fc.oneof(none, none, own),
  }),
  fc.record({
    name: fc.constant('set' as const),
    key: fc.constant('role'),
    value: fc.constantFrom('user', 'admin'),
    own: none,
  }),
  fc.record({ name: fc.constant('limit' as const), own }),
  fc.record({
    name: fc.constant('authenticate' as const),
    subject: fc.constantFrom('ann', 'bob'),
  }),
) as fc.Arbitrary<Act>

const commands = fc.commands(
  [
    fc.tuple(act, fc.nat(3)).map(([given, kind]) => new Visit(given, kind > 0)),
    fc.tuple(act, fc.nat(3)).map(([given, kind]) => new Visit(given, kind > 0)),
    fc
      .oneof(fc.nat(12), fc.constantFrom(1, 5, 6, 11, 12), fc.nat(130))
      .map((seconds) => new Wait(seconds)),
    policy.map((given) => new ChangePolicy(given)),
  ],
  { maxCommands: 30, size: 'max' },
)

test.each<[string, TokenFormat]>([
  ['sealed', sealed()],
  ['signed', signed()],
  ['flask', flask()],
])(
  '%s: a session is what the model says, whatever happens',
  (name, format) => {
    console.info(`${name}: ${RUNS} runs, SOJOURN_SEED=${SEED}`)
    fc.assert(
      fc.property(policy, commands, (initial, steps) => {
        const model = new Model(initial, name === 'flask')
        const sessions = create(format, initial, () => model.now)
        fc.modelRun(() => ({ model, real: { format, sessions, cookie: undefined } }), steps)
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env.CI !== undefined },
    )
  },
  PATIENCE,
)
