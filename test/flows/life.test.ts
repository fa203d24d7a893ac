// A session's whole life in every cookie format, against a model that can be checked by eye.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flask } from '../../src/formats/flask.ts'
import { sealed } from '../../src/formats/sealed.ts'
import { signed } from '../../src/formats/signed.ts'
import { createSessions, type TokenFormat } from '../../src/index.ts'

type Act = 'ignore' | 'read' | 'write' | 'permanent' | 'logout'
type Step = readonly [wait: number, act: Act]

interface Model {
  readonly idle: number
  readonly absolute: number
  /** Seconds that activity may go unwritten, and whether Flask's rule holds. */
  readonly throttle: number
  readonly flask: boolean
}

/** What each request finds: whether the session is alive, and how often it was written before. */
function predict(model: Model, steps: readonly Step[]): (number | null)[] {
  let now = 0
  let session: { start: number; seen: number; writes: number; permanent: boolean } | null = null
  return steps.map(([wait, act]) => {
    now += wait
    const late = Math.max(0, model.throttle - 1)
    if (session && now - session.seen > model.idle + late) session = null
    if (session && now - session.start > model.absolute) session = null
    const found = session?.writes ?? null
    if (act === 'logout') session = null
    else if (act === 'write' || act === 'permanent') {
      session ??= { start: now, seen: now, writes: 0, permanent: false }
      session.writes++
      session.permanent ||= act === 'permanent'
      session.seen = now
    } else if (session && model.flask && session.permanent) session.seen = now
    else if (
      session &&
      !model.flask &&
      act === 'read' &&
      now > session.seen &&
      now - session.seen >= model.throttle
    ) {
      session.seen = now
    }
    return found
  })
}

function live(format: TokenFormat, model: Model, steps: readonly Step[]): (number | null)[] {
  let now = 1_700_000_000
  let cookie: string | undefined
  const sessions = createSessions<{ writes: number }>({
    secretKey: 'a secret key of some length',
    format,
    lifetime: { idle: { seconds: model.idle }, absolute: { seconds: model.absolute } },
    clock: () => now,
  })
  return steps.map(([wait, act]) => {
    now += wait
    // A second look at the same cookie, which changes nothing.
    const found = sessions.open({ cookie }).get('writes') ?? null
    const session = sessions.open({ cookie })
    if (act === 'read') session.get('writes')
    if (act === 'logout') session.destroy()
    if (act === 'write' || act === 'permanent') session.update('writes', (writes = 0) => writes + 1)
    if (act === 'permanent') session.permanent = true
    const { setCookie } = sessions.settle(session)
    if (setCookie?.includes('Max-Age=0')) cookie = undefined
    else if (setCookie) cookie = setCookie.split(';')[0]
    return found
  })
}

const act = fc.constantFrom<Act>('ignore', 'read', 'read', 'write', 'permanent', 'logout')
const history = fc.array(fc.tuple(fc.nat(90), act), { maxLength: 40 })

test.each<[string, TokenFormat, boolean]>([
  ['sealed', sealed(), false],
  ['signed', signed(), false],
  ['flask', flask(), true],
])('%s: alive exactly when the model says, never later, never revived', (_, format, isFlask) => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 120 }), fc.nat(400), (steps, idle, more) => {
      const throttle = isFlask ? 0 : Math.min(60, Math.floor(idle / 10))
      const model = { idle, absolute: idle + more, throttle, flask: isFlask }
      expect(live(format, model, steps)).toEqual(predict(model, steps))
    }),
    { numRuns: 1000, endOnFailure: true },
  )
})
