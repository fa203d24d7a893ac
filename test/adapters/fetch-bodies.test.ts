// What becomes of the body of a response that is not sent.
import { expect, it } from 'vitest'
import { withSession } from '../../src/adapters/fetch.ts'
import { createSessions, SessionError } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const fails = () => {
  throw new SessionError('store-unavailable', 'down')
}

it.each([
  ['data cannot be written', memoryStore(), () => 1, 'not-serializable'],
  ['the store fails', Object.assign(memoryStore(), { create: fails }), 1, 503],
])('its source is let go of where %s', async (_, store, value, outcome) => {
  let reason: unknown = 'none'
  const sessions = createSessions({ store, cookie: { secure: false } })
  const handler = withSession(sessions, (__, session) => {
    session.set('v', value)
    const cancel = () => {
      reason = 'cancelled'
    }
    return new Response(new ReadableStream({ cancel }))
  })
  const answered = handler(new Request('http://localhost/')).then(
    ({ status }) => status,
    ({ code }) => code,
  )
  expect(await answered).toBe(outcome)
  expect(reason).toBe('cancelled')
})
