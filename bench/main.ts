// `npm run bench`: what a session costs, in multiples of the limit. README.md says how to read it.
import { parseArgs } from 'node:util'
import { createLimit, floor } from './floor.ts'
import { logins, measure } from './measure.ts'
import { createOurs } from './ours.ts'
import { createPeers } from './peers.ts'
import type { Login } from './plumbing.ts'
import { summarize, toTable } from './report.ts'
import { measureStores } from './stores.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    ours: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    cookies: { type: 'boolean', default: false },
    store: { type: 'string', multiple: true },
  },
})

const { store: stores = ['memory', 'redis', 'postgres'] } = values
const isNarrow = values.cookies || values.ours || values.json || values.only !== undefined

if (values.store === undefined) await measureCookies()
if (values.store !== undefined || !isNarrow) await measureStores(stores)
// Fastify may leave handles behind.
process.exit(0)

async function measureCookies(): Promise<void> {
  const rounds = Number(values.rounds ?? (values.quick ? 9 : 60))
  const limit = createLimit(logins[0] as Login)
  const peers = values.ours || values.only !== undefined ? [] : await createPeers()
  const candidates = [floor, ...createOurs(), ...peers].filter(
    ({ name }) => values.only === undefined || name.includes(values.only),
  )
  const figures = await measure(limit, candidates, { rounds, sampleMillis: 4 })

  if (values.json) {
    console.log(JSON.stringify({ node: process.version, rounds, figures }, null, 2))
  } else {
    console.log(
      `CPU µs of one request, net of the same request without a session, and multiples of the limit
(one HMAC-SHA1 and one JSON.parse of the same 188 bytes). Node ${process.version}, medians of ${rounds} rounds.
`,
    )
    console.log(toTable(figures))
    console.log(`\n${summarize(figures)}`)
  }
}
