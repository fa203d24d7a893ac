// Random walks of one store beside the model: the same verbs at the same times must answer the same.
import fc from 'fast-check'
import { tagOfSubject } from '../../src/core/ids.ts'
import type {
  Awaitable,
  CreateTerms,
  FullStore,
  Patch,
  Reading,
  StoredSession,
} from '../../src/index.ts'
import { modelStore } from './model-store.ts'

const SUBJECTS = [null, 'ann', 'bob'] as const
const KEYS = ['a', 'b', '@p', '__proto__', 'ü"']
const NOW = 1_700_000_000

/** Whose a session is goes with its id, since the id says where it lies. */
const subjectOf = (id: number) => SUBJECTS[id % 3] ?? null

type Step = (store: FullStore, now: number, name: (id: number) => string) => Awaitable<unknown>

const id = fc.integer({ min: 0, max: 7 })
const key = fc.constantFrom(...KEYS)
const text = fc.constantFrom('1', '2', '"ü"', '')
const fields = fc.array(fc.tuple(key, text), { maxLength: 3 }).map((all) => new Map(all))
const expected = fc.option(
  fc
    .array(fc.tuple(key, fc.option(text)), { minLength: 1, maxLength: 2 })
    .map((all) => new Map(all)),
  { nil: undefined, freq: 2 },
)
const bounds = fc.record({
  idle: fc.constantFrom(0, 20, 60),
  endsAt: fc.constantFrom(50, 100, 100_000).map((after) => NOW + after),
  throttle: fc.constantFrom(0, 5, 1000),
})
const ending = fc.record({
  reason: fc.constantFrom('logout', 'revoked'),
  keep: fc.constantFrom(10, 5000),
})
const deleted = fc.array(key, { maxLength: 2 })

const create: fc.Arbitrary<Step> = fc
  .record({
    id,
    fields,
    bounds,
    checkAt: fc.constantFrom(0, 0, NOW + 30),
    from: fc.option(
      fc.record({ id, deleted, expect: expected, until: fc.constantFrom(null, 10), ending }),
      { nil: undefined, freq: 2 },
    ),
    limit: fc.option(
      fc.record({
        most: fc.constantFrom(1, 2),
        action: fc.constantFrom('end-oldest', 'refuse'),
        ending,
      }),
      { nil: undefined, freq: 2 },
    ),
  })
  .map(
    ({ from, limit, bounds, ...given }): Step =>
      (store, now, name) => {
        const session: StoredSession = {
          ...given,
          ...bounds,
          id: name(given.id),
          subject: subjectOf(given.id),
          createdAt: now,
          seenAt: now,
        }
        const terms: CreateTerms = {
          from: from && {
            ...from,
            ...from.ending,
            id: name(from.id),
            until: from.until === null ? null : now + from.until,
          },
          limit: limit && { ...limit, ...limit.ending },
        } as CreateTerms
        return store.create(session, now, terms)
      },
  )

const patch: fc.Arbitrary<Step> = fc
  .record({
    id,
    set: fields,
    deleted,
    expect: expected,
    isActive: fc.boolean(),
    bounds: fc.option(bounds, { nil: undefined }),
    checkAt: fc.constantFrom(undefined, NOW + 40, NOW + 80),
  })
  .map(
    ({ id, isActive, deleted, ...given }): Step =>
      (store, now, name) => {
        const rest = deleted.filter((key) => !given.set.has(key))
        const patch: Patch = { ...given, deleted: rest, seenAt: isActive ? now : undefined }
        return store.patch(name(id), patch, now)
      },
  )

const steps: fc.Arbitrary<Step> = fc.oneof(
  create,
  create,
  patch,
  fc.tuple(id, fc.boolean()).map(
    ([id, touch]): Step =>
      async (store, now, name) =>
        plain(await store.read(name(id), now, touch)),
  ),
  id.map(
    (id): Step =>
      (store, now, name) =>
        store.touch(name(id), now),
  ),
  fc.tuple(id, ending, fc.constantFrom(undefined, 'ann')).map(
    ([id, ending, subject]): Step =>
      (store, now, name) =>
        store.end(name(id), ending as never, now, subject),
  ),
  fc.constantFrom('ann', 'bob').map(
    (subject): Step =>
      async (store, now) =>
        (await store.list(subject, now)).map(plainSession),
  ),
  fc.tuple(fc.constantFrom('ann', 'bob'), ending, fc.option(id, { nil: undefined })).map(
    ([subject, ending, except]): Step =>
      async (store, now, name) =>
        (
          await store.endAll(
            subject,
            ending as never,
            now,
            except === undefined ? undefined : name(except),
          )
        )
          .slice()
          .sort(),
  ),
)

const plainSession = ({ fields, fieldEnds: _, ...rest }: StoredSession) => ({
  ...rest,
  fields: Object.fromEntries([...fields].sort(([one], [other]) => (one < other ? -1 : 1))),
})

const plain = (reading: Reading) =>
  'session' in reading ? { ...reading, session: plainSession(reading.session) } : reading

const plainAnswer = (answer: unknown): unknown => {
  if (typeof answer !== 'object' || answer === null) return answer
  return 'current' in answer && answer.current instanceof Map
    ? { ...answer, current: Object.fromEntries([...answer.current].sort()) }
    : answer
}

/** Walks; each run has ids and subjects of its own, so that one store may stand for all of them. */
export async function walk(store: FullStore, runs: number, seed?: number): Promise<void> {
  let run = 0
  const walks = fc.array(fc.tuple(steps, fc.constantFrom(0, 0, 1, 7, 25)), {
    minLength: 3,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(walks, async (all) => {
      const model = modelStore()
      run += 1
      const own = `walk${run}x${Math.random().toString(36).slice(2)}`
      const name = (id: number) => {
        const subject = subjectOf(id)
        const tag = subject === null ? `0${id}` : tagOfSubject(subject + own)
        return (tag + own + id).padEnd(45, '_')
      }
      const asOwn = ownSubjects(store, own)
      const asModel = ownSubjects(model, own)
      let now = NOW
      for (const [step, pause] of all) {
        now += pause
        const [came, wanted] = [await step(asOwn, now, name), await step(asModel, now, name)]
        const [one, other] = [plainAnswer(came), plainAnswer(wanted)].map((answer) =>
          JSON.stringify(answer, sorted),
        )
        if (one !== other) throw new Error(`at ${now - NOW} came ${one}, wanted ${other}`)
      }
    }),
    { numRuns: runs, seed },
  )
}

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

/** The same store for subjects that no other walk has. */
function ownSubjects(store: FullStore, own: string): FullStore {
  const to = (subject: string | null) => (subject === null ? null : `${subject}${own}`)
  return {
    ...bind(store),
    create: (session, now, terms) =>
      store.create({ ...session, subject: to(session.subject) }, now, terms),
    end: (id, ending, now, subject) =>
      store.end(id, ending, now, subject === undefined ? undefined : `${subject}${own}`),
    list: (subject, now) => store.list(`${subject}${own}`, now),
    endAll: (subject, ending, now, except) => store.endAll(`${subject}${own}`, ending, now, except),
  }
}

const bind = (store: FullStore): FullStore =>
  ({
    read: store.read.bind(store),
    patch: store.patch.bind(store),
    touch: store.touch.bind(store),
    claim: store.claim.bind(store),
    forget: store.forget.bind(store),
    scan: store.scan.bind(store),
  }) as FullStore
