// What is held back is let go of once it is sent, though its response goes on.
import type { ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it, vi } from 'vitest'
import { withSession } from '../../src/adapters/node.ts'
import { listen, send, writing } from './node-servers.ts'
import { slowSessions, tick } from './slow-sessions.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

it('keeps nothing of what was sent', async () => {
  const { slow, next } = slowSessions()
  let going: ServerResponse | undefined
  let chunk: WeakRef<Buffer> | undefined
  const write = (response: ServerResponse) => {
    const written = Buffer.alloc(1e6)
    chunk = new WeakRef(written)
    response.write(written)
    going = response
  }
  const port = await listen(withSession(slow, writing(write)))
  const answered = send(port)
  ;(await next()).done()
  await vi.waitFor(async () => {
    await tick()
    collect()
    expect(chunk?.deref()).toBeUndefined()
  })
  going?.end()
  expect((await answered).body).toHaveLength(1e6)
})
