// A side of a race in a process of its own: told by messages, answers by messages.
import { createSide, type Order } from '../../support/racing.ts'
import { openStore, type StoreSpec } from '../../support/stores.ts'

const spec = JSON.parse(process.env.STORE_SPEC ?? '') as StoreSpec
const shift = Number(process.env.SHIFT ?? 0)
const options = {
  ...JSON.parse(process.env.SESSION_OPTIONS ?? '{}'),
  clock: () => Date.now() / 1000 + shift,
}
const { store, close } = await openStore(spec)
const side = createSide(store, options, close)

process.on('message', ({ id, order }: { id: number; order: Order | 'stop' }) => {
  const run = async () => {
    if (order === 'stop') {
      await side.stop()
      process.disconnect()
      return
    }
    try {
      process.send?.({ id, answer: await side.tell(order) })
    } catch (error) {
      process.send?.({ id, failure: String(error instanceof Error ? error.stack : error) })
    }
  }
  void run()
})
process.send?.({ ready: true })
