// One whole request on a store, as an adapter makes it: opened, fetched, read, settled, committed.
import { createSessions, type Store } from 'sojourn'
import { createLogin, type Login } from './plumbing.ts'

export interface StoredRequests {
  readonly cookies: readonly string[]
  /** A request that reads one value. */
  read(cookie: string): Promise<number>
  /** A request that changes one value. */
  write(cookie: string): Promise<number>
}

/** So many visitors with a login session each. */
export async function storedRequests(store: Store, visitors: number): Promise<StoredRequests> {
  const sessions = createSessions<Login>({ store, lifetime: { idle: '8h', absolute: '12h' } })
  const open = async (cookie?: string) => {
    const session = sessions.open({ cookie })
    const loading = sessions.load(session)
    if (loading) await loading
    return session
  }
  const save = async (session: Awaited<ReturnType<typeof open>>) => {
    const settlement = sessions.settle(session)
    return settlement.write === null ? settlement : sessions.commit(settlement)
  }
  const begin = async (visitor: number) => {
    const session = (await open()).update(createLogin(visitor))
    return (await save(session)).setCookie?.split(';')[0] ?? ''
  }
  return {
    cookies: await Promise.all(Array.from({ length: visitors }, (_, visitor) => begin(visitor))),
    async read(cookie) {
      const session = sessions.open({ cookie })
      const loading = sessions.load(session)
      if (loading) await loading
      const views = session.get('views')
      const settlement = sessions.settle(session)
      if (settlement.write !== null) await sessions.commit(settlement)
      return views ?? Number.NaN
    },
    async write(cookie) {
      const session = await open(cookie)
      const views = (session.get('views') ?? Number.NaN) + 1
      session.set('views', views)
      await save(session)
      return views
    },
  }
}
