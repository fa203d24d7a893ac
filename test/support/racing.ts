// One side of a race: it opens requests, holds them, and finishes them when it is told.
import {
  createSessions,
  type FullStore,
  type Session,
  type SessionOptions,
} from '../../src/index.ts'

/** What a side can be told; all of it is plain data, so that it can be told from another process. */
export type Order =
  | { readonly act: 'begin'; readonly request: number; readonly cookie: string | undefined }
  | { readonly act: 'finish'; readonly request: number; readonly deed: Deed }
  | {
      readonly act: 'visit'
      readonly cookie: string | undefined
      readonly deed: Deed
      readonly times: number
    }
  | { readonly act: 'endAll' | 'count'; readonly subject: string }

export type Deed =
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'count'; readonly key: string }
  | { readonly kind: 'login'; readonly subject: string }
  | { readonly kind: 'read' | 'destroy' | 'renew' }

/** What came of a request. */
export interface Outcome {
  /** Why the session that it brought was over when it was opened. */
  readonly ended: string | null
  /** Why its write was refused, or it answered a problem instead. */
  readonly refused: string | null
  readonly cookie: string | null
  readonly data: Record<string, unknown>
}

export interface Side {
  tell(order: Order): Promise<Outcome[] | number>
  stop(): Promise<void>
}

const deeds: { [Kind in Deed['kind']]: (session: Session, deed: never) => void } = {
  set: (session, { key, value }: Deed & { kind: 'set' }) => session.set(key, value),
  count: (session, { key }: Deed & { kind: 'count' }) =>
    session.update(key, (count) => Number(count ?? 0) + 1),
  login: (session, { subject }: Deed & { kind: 'login' }) =>
    session.authenticate(subject, { factor: 'password' }),
  read: (session) => session.size,
  destroy: (session) => session.destroy(),
  renew: (session) => session.renewId(),
}

export function createSide(
  store: FullStore,
  options: Partial<SessionOptions>,
  close: () => Promise<void> = async () => {},
): Side {
  const sessions = createSessions({ store, ...options })
  const open = new Map<number, Session>()
  const begin = async (cookie: string | undefined) => {
    const session = sessions.open({ cookie })
    await sessions.load(session)
    return session
  }
  const finish = async (session: Session, deed: Deed): Promise<Outcome> => {
    const ended = session.ended?.reason ?? null
    const data = { ...session.toJSON(), subject: session.subject }
    deeds[deed.kind](session, deed as never)
    const { setCookie, ended: late, problem } = await sessions.commit(sessions.settle(session))
    const cookie = setCookie?.split(';')[0] ?? null
    return { ended, refused: late ?? problem?.type ?? null, cookie, data }
  }
  return {
    async tell(order) {
      if (order.act === 'begin') {
        open.set(order.request, await begin(order.cookie))
        return []
      }
      if (order.act === 'finish') {
        const session = open.get(order.request) as Session
        open.delete(order.request)
        return [await finish(session, order.deed)]
      }
      if (order.act === 'visit') {
        const { cookie, deed, times } = order
        const visit = async () => finish(await begin(cookie), deed)
        return Promise.all(Array.from({ length: times }, visit))
      }
      if (order.act === 'endAll') return (await sessions.of(order.subject).endAll()) ?? 0
      return (await sessions.of(order.subject).list()).length
    },
    stop: close,
  }
}
