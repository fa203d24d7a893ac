// `sojourn migration`: the SQL that a store needs before it can be used.
import { type Command, good, UsageError } from './command.ts'
import { text } from './options.ts'

export const migration: Command = {
  name: 'migration',
  argument: 'STORE',
  summary: 'print the SQL that makes the tables of a store: postgres',
  details: `PostgreSQL is the one store that needs it: print it into your migrations, or hand it to psql. It may run
again, and then does nothing. SQLite makes its tables itself; Redis has none.`,
  options: {
    schema: {
      type: 'string',
      value: 'NAME',
      help: "the schema of the tables, as the program's store has it",
    },
  },
  async run(argument, given) {
    if (argument !== 'postgres') {
      throw new UsageError('migration knows postgres alone: the other stores need none.')
    }
    const { postgresMigration } = await import('../stores/postgres.ts')
    const schema = text(given, 'schema')
    return good(postgresMigration(schema === undefined ? {} : { schema }).trimEnd())
  },
}
