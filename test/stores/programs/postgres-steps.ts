// A life of sessions that is cut off before its n-th statement, by SIGKILL: STEP and PORT say where.
import { Pool } from 'pg'
import { createSessions, type Session } from '../../../src/index.ts'
import { type PgClient, postgresStore } from '../../../src/stores/postgres.ts'

const { PORT, STEP, SUBJECT = 'ann' } = process.env
const pool = new Pool({ host: '127.0.0.1', port: Number(PORT), user: 'postgres', max: 1 })
let left = Number(STEP)

const client: PgClient = {
  query: (query) => {
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    return pool.query({ ...query, values: [...query.values] })
  },
}
const sessions = createSessions({ store: postgresStore(client), maxSessions: 2 })

let cookie: string | undefined
async function visit(change: (session: Session) => unknown): Promise<void> {
  const session = sessions.open({ cookie })
  await sessions.load(session)
  change(session)
  const { setCookie } = await sessions.commit(sessions.settle(session))
  if (setCookie !== null) cookie = setCookie.split(';')[0]
}
const login = (session: Session) => session.authenticate(SUBJECT, { factor: 'password' })
const pair = (value: number) => (session: Session) => session.set('one', value).set('other', value)

await visit(pair(1))
await visit((session) => login(pair(2)(session)))
await visit(pair(3))
await visit((session) => session.renewId())
for (let at = 0; at < 2; at++) {
  cookie = undefined
  await visit((session) => login(pair(4)(session)))
}
await visit((session) => session.destroy())
cookie = undefined
await visit((session) => login(pair(5)(session)))
await sessions.of(SUBJECT).endAll()
await pool.end()
console.log('done')
