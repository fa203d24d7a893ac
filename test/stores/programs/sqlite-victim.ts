// Lives through the script and kills itself before the n-th statement. Says which verbs it is through with.
import { writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type SqliteValue, sqliteStore } from '../../../src/stores/sqlite.ts'
import { STEPS } from '../../support/sqlite-script.ts'

const [path = '', last = '0'] = process.argv.slice(2)
let left = Number(last)

function maybeDie(): void {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL')
}

const database = new DatabaseSync(path)
database.exec('PRAGMA journal_mode = WAL')
database.exec('PRAGMA synchronous = NORMAL')

const store = sqliteStore({
  exec(sql) {
    maybeDie()
    database.exec(sql)
  },
  close: () => database.close(),
  prepare(sql) {
    const statement = database.prepare(sql)
    const mortal =
      <Answer>(run: (...values: SqliteValue[]) => Answer) =>
      (...values: SqliteValue[]) => {
        maybeDie()
        return run.apply(statement, values)
      }
    return {
      get: mortal(statement.get),
      all: mortal(statement.all as (...values: SqliteValue[]) => unknown[]),
      run: mortal(statement.run),
    }
  },
})
writeSync(1, 'open\n')
for (const step of STEPS) {
  step(store)
  writeSync(1, 'done\n')
}
writeSync(1, 'through\n')
