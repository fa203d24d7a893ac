// Browsers before one store: each keeps what it is sent; requests may overlap; the clock is moved by hand.
import {
  createSessions,
  type FullStore,
  type Session,
  type SessionEvents,
  type SessionOptions,
  type SessionRequest,
  type Settlement,
} from '../../src/index.ts'
import { modelStore } from '../support/model-store.ts'
import { NOW } from './start.ts'

export const TIMED = { lifetime: { idle: '30m', absolute: '12h' } } as const

/** A store that counts what it is asked. */
export function counting(store: FullStore): { store: FullStore; calls: string[] } {
  const calls: string[] = []
  const proxy = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (name !== 'onEvicted') calls.push(String(name))
        return Reflect.apply(value, target, args)
      }
    },
  })
  return { store: proxy, calls }
}

/** A store that does what is in `meanwhile` first, one act at each `end`. */
export function interrupted() {
  const store = modelStore()
  const meanwhile: (() => Promise<unknown>)[] = []
  const hurried: FullStore = {
    ...store,
    end: async (...given) => {
      await meanwhile.shift()?.()
      return store.end(...given)
    },
  }
  return { store: hurried, meanwhile }
}

export function startStored<Data extends object = Record<string, unknown>>(
  options: Partial<SessionOptions<Data>> = {},
) {
  let now = NOW
  const { store, calls } = counting((options.store as FullStore | undefined) ?? modelStore())
  const make = (changes: Partial<SessionOptions<Data>>) =>
    createSessions<Data>({ clock: () => now, ...options, ...changes, store })
  let sessions = make({})
  const events: [string, Record<string, unknown>][] = []
  const listen = () => {
    for (const name of [
      'created',
      'ended',
      'renewed',
      'authenticated',
      'rejected',
      'failed',
    ] as const)
      sessions.on(name, (event: SessionEvents[typeof name]) => {
        events.push([name, event as unknown as Record<string, unknown>])
      })
  }
  listen()
  return {
    sessions: () => sessions,
    store,
    calls,
    events,
    now: () => now,
    pass: (seconds: number) => {
      now += seconds
    },
    redeploy: (changes: Partial<SessionOptions<Data>>) => {
      sessions = make(changes)
      listen()
    },
    browser(cookie?: string) {
      let held = cookie
      const begin = async (request: SessionRequest = {}) => {
        const session = sessions.open({ cookie: held, ...request })
        await sessions.load(session)
        const finish = async () => {
          const settlement: Settlement = await sessions.commit(sessions.settle(session))
          const { setCookie } = settlement
          if (setCookie !== null) {
            held = setCookie.includes('Max-Age=0') ? undefined : setCookie.split(';')[0]
          }
          return settlement
        }
        return { session, finish }
      }
      return {
        begin,
        held: () => held,
        hold: (pair: string | undefined) => {
          held = pair
        },
        async visit<T>(
          handler: (session: Session<Data>) => T,
          request: SessionRequest = {},
        ): Promise<{ result: Awaited<T>; settlement: Settlement; session: Session<Data> }> {
          const { session, finish } = await begin(request)
          const result = await handler(session)
          return { result, settlement: await finish(), session }
        },
      }
    },
  }
}
