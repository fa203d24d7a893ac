// Opens a store by the driver that is installed. The only place that imports drivers, and only when one
// is asked for.
import type { FullStore } from '../core/store.ts'
import { ANSWER_TIMEOUT, inTime, type Load } from './store-driver.ts'
import type { OpenStore, StorePlace } from './store-place.ts'

/** @throws UsageError where no driver is installed; whatever a driver throws, which must not be shown. */
export async function openStore(
  place: StorePlace,
  load: Load = (name) => import(name),
): Promise<OpenStore> {
  const opened = await open(place, load)
  return { ...opened, store: patient(opened.store) }
}

/** A store whose every answer has a bound, so that nothing hangs. */
const patient = (store: FullStore): FullStore =>
  new Proxy(store, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name)
      if (typeof verb !== 'function') return verb
      const ask = async (args: unknown[]) => Reflect.apply(verb, target, args)
      return (...args: unknown[]) => inTime(ask(args), ANSWER_TIMEOUT)
    },
  })

async function open(place: StorePlace, load: Load): Promise<OpenStore> {
  switch (place.kind) {
    case 'redis':
      return (await import('./open-redis.ts')).openRedis(place, load)
    case 'postgres':
      return (await import('./open-postgres.ts')).openPostgres(place, load)
    case 'sqlite':
      return (await import('./open-sqlite.ts')).openSqlite(place, load)
  }
}
